"""`watch.jsonl`: what is recorded is what was seen, also after a resume; damage is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.training.events import AttentionWatched, RunStarted, StepDone
from seq2seq_cli.training.history import read_history
from seq2seq_cli.training.record import Record
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.training.watching import WatchedSentence

MakeTrainer = Callable[..., Trainer]
WATCH = (
    WatchedSentence(source="bada xoku", target=None),
    WatchedSentence(source="bada gide", target="bada gide"),
)
SETTINGS = {"training__epochs": 3, "training__metric": "loss", "training__validate_every": 3}


def follow(trainer: Trainer, *, until: int = 10**9) -> list[AttentionWatched]:
    """Train with a record up to step `until`; what was watched."""
    record, seen = Record(trainer.run.folder), []
    for event in trainer.events():
        record.write(event)
        if isinstance(event, AttentionWatched):
            seen.append(event)
        if isinstance(event, StepDone) and event.step >= until:
            trainer.stop()
    return seen


def assert_same(one: Alignment, other: Alignment) -> None:
    assert (one.source, one.target, one.source_known) == (
        other.source,
        other.target,
        other.source_known,
    )
    np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=5e-7)
    np.testing.assert_allclose(one.log_probs, other.log_probs, rtol=0, atol=5e-7)


def test_what_is_seen_is_read_again(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(watch=WATCH, **SETTINGS)
    seen = follow(trainer)
    found = read_history(trainer.run.folder)
    assert len(seen) == len(found) >= 6
    for one, other in zip(seen, found, strict=True):
        for name in ("step", "epoch", "sentence", "target", "text", "score", "unknown"):
            assert getattr(one, name) == getattr(other, name), name
        assert_same(one.alignment, other.alignment)


def test_a_resume_drops_what_is_trained_again_and_goes_on(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make_trainer("whole", watch=WATCH, **SETTINGS)
    follow(whole)
    expected = (whole.run.folder / "watch.jsonl").read_bytes()
    crashed = make_trainer("crashed", watch=WATCH, **SETTINGS)
    follow(crashed, until=4)
    path = crashed.run.folder / "watch.jsonl"
    early = path.read_bytes()
    assert expected.startswith(early)
    assert early.count(b"\n") == 2
    ahead = expected.splitlines(keepends=True)[2]
    path.write_bytes(early + ahead + ahead[:50])  # beyond the checkpoint, and cut by a crash
    resumed = make_trainer("crashed", resume=True, watch=WATCH, **SETTINGS)
    started = next(resumed.events())
    assert isinstance(started, RunStarted)
    assert started.resumed_step == 4
    follow(make_trainer("crashed", resume=True, watch=WATCH, **SETTINGS))
    assert path.read_bytes() == expected


def test_a_run_that_watched_nothing_has_no_history(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(**SETTINGS)
    follow(trainer)
    assert not (trainer.run.folder / "watch.jsonl").exists()
    assert read_history(trainer.run.folder) == []


LINE: dict[str, Any] = {
    "step": 34,
    "epoch": 1,
    "sentence": "bada",
    "target": None,
    "text": "gide",
    "score": -1.5,
    "unknown": {"bada": ["gide"]},
    "alignment": {
        "source": ["bada"],
        "target": ["gide"],
        "weights": [[1.0]],
        "log_probs": [-1.5],
        "source_known": [False],
        "source_end": False,
        "target_end": False,
    },
    "by_piece": None,
}


def written(run: Path, *lines: object) -> Path:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (run / "watch.jsonl").write_text(text, "utf-8")
    return run


def test_a_line_by_hand_is_read(tmp_path: Path) -> None:
    (found,) = read_history(written(tmp_path, LINE))
    assert (found.step, found.text, found.unknown) == (34, "gide", {"bada": ("gide",)})
    assert found.alignment.weights.tolist() == [[1.0]]


def test_a_last_line_that_a_crash_cut_short_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, LINE) / "watch.jsonl"
    path.write_bytes(path.read_bytes() + json.dumps(LINE).encode()[:-1])
    assert len(read_history(tmp_path)) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": 0}, "expected step as a whole number from 1 on, found 0"),
        ({"epoch": True}, "expected epoch as a whole number from 1 on, found True"),
        ({"step": 1.5}, "expected step as a whole number"),
        ({"sentence": None}, "expected sentence as Unicode text, found None"),
        ({"target": 5}, "expected target as Unicode text, found 5"),
        ({"text": "\ud800"}, "expected text as Unicode text"),
        ({"score": float("nan")}, "expected score as a number, found nan"),
        ({"score": "\x1b[31m"}, r"expected score as a number, found '\\x1b\[31m'"),
        ({"unknown": []}, "expected unknown words as a mapping, found list"),
        ({"unknown": {"a": "b"}}, "expected a list of closest words, found str"),
        ({"more": 1}, "expected the keys step, epoch, sentence"),
        ({"alignment": {}}, ", alignment: expected the keys source, target"),
        ({"by_piece": []}, ", by_piece: expected a mapping, found list"),
    ],
)
def test_damage_is_named_with_its_line(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=rf"watch\.jsonl, line 2.*{message}"):
        read_history(written(tmp_path, LINE, LINE | change, LINE))


@pytest.mark.parametrize("line", [b"\xff", b"", b"{", b"[" * 200_000, b"9" * 5_000])
def test_what_is_no_json_is_named_with_its_line(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "watch.jsonl").write_bytes(line + b"\n")
    with pytest.raises(InputError, match=r"watch\.jsonl, line 1: expected JSON in UTF-8"):
        read_history(tmp_path)


def test_files_that_are_too_large_or_no_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, LINE, LINE)
    monkeypatch.setattr("seq2seq_cli.training.history.MOST_BYTES", 500)
    with pytest.raises(InputError, match=r"watch\.jsonl: expected at most 500 bytes"):
        read_history(tmp_path)
    (tmp_path / "watch.jsonl").unlink()
    (tmp_path / "watch.jsonl").mkdir()
    with pytest.raises(InputError, match=r"cannot read .*watch\.jsonl: Is a directory"):
        read_history(tmp_path)
