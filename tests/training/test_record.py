"""The diary for programs."""

import errno
import json
from pathlib import Path

import pytest

from seq2seq_cli.errors import WorkError
from seq2seq_cli.training.events import CheckpointSaved, RunStarted, StepDone, ValidationDone
from seq2seq_cli.training.record import Record


def started(resumed_step: int) -> RunStarted:
    return RunStarted(
        run=Path("r"),
        parameters=1,
        train_pairs=2,
        valid_pairs=3,
        attention="none",
        device="cpu",
        precision="fp32",
        threads=1,
        metric="bleu",
        epochs=4,
        steps_per_epoch=5,
        max_minutes=None,
        resumed_step=resumed_step,
    )


def stepped(step: int) -> StepDone:
    return StepDone(
        step=step,
        epoch=1,
        step_in_epoch=step,
        loss=2.5,
        perplexity=9.25,
        learning_rate=0.001,
        gradient_norm=1.5,
        tokens_per_second=1000.0,
        seconds=1.0,
        seconds_left=None,
    )


def validated(step: int) -> ValidationDone:
    return ValidationDone(
        step=step,
        epoch=1,
        loss=1.25,
        perplexity=3.5,
        metric="bleu",
        score=45.5,
        is_best=True,
        best_score=45.5,
        seconds=66.0,
        example=None,
        patience_left=6,
    )


def steps_in(run: Path) -> list[tuple[str, int]]:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [(line["event"], line["step"]) for line in map(json.loads, lines)]


def test_every_fiftieth_step_and_every_validation_is_kept(tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.write(started(0))
    for step in range(1, 121):
        record.write(stepped(step))
    record.write(validated(120))
    record.write(CheckpointSaved(step=120, path=Path("c")))
    assert steps_in(tmp_path) == [("step", 50), ("step", 100), ("validation", 120)]


def test_a_line_holds_all_facts_under_their_names(tmp_path: Path) -> None:
    Record(tmp_path).write(validated(3))
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {
        "event": "validation",
        "step": 3,
        "epoch": 1,
        "loss": 1.25,
        "perplexity": 3.5,
        "metric": "bleu",
        "score": 45.5,
        "is_best": True,
        "best_score": 45.5,
        "seconds": 66.0,
        "example": None,
        "patience_left": 6,
        "attention": None,
    }


def test_lines_after_the_step_of_a_resume_are_forgotten(tmp_path: Path) -> None:
    record = Record(tmp_path)
    for step in (50, 100, 150):
        record.write(stepped(step))
    record.write(validated(101))
    Record(tmp_path).write(started(100))
    assert steps_in(tmp_path) == [("step", 50), ("step", 100)]


def test_a_line_that_a_crash_cut_short_is_forgotten(tmp_path: Path) -> None:
    Record(tmp_path).write(stepped(50))
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(path.read_bytes() + b'{"event": "step", "step": 10')
    record = Record(tmp_path)
    record.write(started(100))
    record.write(stepped(150))
    assert steps_in(tmp_path) == [("step", 50), ("step", 150)]


def test_a_full_disk_is_a_work_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("seq2seq_cli.sealed.os.open", full)
    with pytest.raises(WorkError, match=r"cannot write .*metrics\.jsonl: No space left on device"):
        Record(tmp_path).write(stepped(50))
