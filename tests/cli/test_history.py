"""`s2s train --watch` and `s2s attend --history`: attention as it comes about."""

import json
import random
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from seq2seq_cli.cli.app import app
from seq2seq_cli.cli.history import history_pictures, open_history
from seq2seq_cli.model.run import Run
from seq2seq_cli.sealed import sealed
from seq2seq_cli.text.visible import visible

S2S = Callable[..., Result]
LINE = "bada gide moku lira"
TINY = (
    *("--threads", "1", "--embedding-size", "4", "--encoder-size", "4", "--decoder-size", "8"),
    *("--attention-size", "4", "--batch-sentences", "256", "--epochs", "1", "--metric", "loss"),
    *("--attention", "bahdanau", "--device", "cpu"),
)
"""A run of a few steps that learns nothing."""
HOSTILE = "\x1b[31mbada [red]x[/red] \u202egide\u202c \x9b\x07 a\u200bb"


def shown(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def watched_run(copy_data: Path, copy_options: list[str]) -> Path:
    """The copy task learned while two sentences are watched; tests leave it as it is."""
    folder = copy_data.parent / "watched"
    watch = ["--watch", LINE, "--watch", "tane suto", "--watch-target", LINE]
    arguments = ["train", copy_data, "--run", folder, *copy_options, *watch]
    words = [*map(str, arguments), "--watch-target", "tane suto", "--quiet"]
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.output) == (0, "")
    return folder


@pytest.fixture
def history(s2s: S2S, watched_run: Path) -> S2S:
    def run(*arguments: str | Path) -> Result:
        return s2s("attend", "--history", "--run", watched_run, *arguments)

    return run


def facts_of(result: Result) -> list[dict[str, Any]]:
    watched: list[dict[str, Any]] = json.loads(shown(result))["watched"]
    return watched


def diagonal(moment: dict[str, Any]) -> float:
    """The mean weight of each target word on the source word at its place."""
    return float(np.trace(moment["weights"]) / len(moment["target_tokens"]))


def test_attention_is_seen_to_form(history: S2S) -> None:
    for watched in facts_of(history("--json")):
        moments = watched["moments"]
        assert [moment["epoch"] for moment in moments] == list(range(1, 10))
        assert all(one["step"] < other["step"] for one, other in pairwise(moments))
        even = 1 / len(moments[0]["source_tokens"])
        assert diagonal(moments[0]) == pytest.approx(even, abs=0.1)
        assert diagonal(moments[-1]) > 0.5 > 1.5 * diagonal(moments[0])
        assert all(moment["text"] == watched["target"] for moment in moments)
        assert moments[-1]["score"] > moments[0]["score"]


def test_the_tables_come_grouped_in_order_under_their_moments(history: S2S) -> None:
    lines = shown(history()).splitlines()
    titles = [line for line in lines if line.startswith(("watched  ", "target   ", "epoch "))]
    assert titles[:2] == [f"watched  {LINE}", f"target   {LINE}"]
    assert [title.split(",")[0] for title in titles[2:11]] == [f"epoch {n}" for n in range(1, 10)]
    assert titles[11] == "watched  tane suto"
    assert len(titles) == 22
    assert lines.count("lira") == 0
    assert len([line for line in lines if line.startswith("lira ") and "●" in line]) == 9


def test_one_sentence_of_the_history_alone(history: S2S) -> None:
    assert LINE not in shown(history("tane suto"))
    result = history("tane")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "this sentence was not watched." in flat(result.stderr)
    assert f'"{LINE}", "tane suto"' in flat(result.stderr)


def test_the_history_in_numbers_and_without_the_end(history: S2S) -> None:
    drawn = shown(history("tane suto", "--numbers", "--no-end"))
    assert "cells in percent" in drawn
    assert not [line for line in drawn.splitlines() if line.startswith("</s>")]


def test_pictures_are_those_of_the_tables(history: S2S, watched_run: Path) -> None:
    run = Run.open(watched_run)
    pictures = history_pictures(run, open_history(run))
    moments = [moment for watched in facts_of(history("--json")) for moment in watched["moments"]]
    assert len(pictures) == len(moments) == 18
    for picture, moment in zip(pictures, moments, strict=True):
        assert picture.moment == f"epoch {moment['epoch']}, step {moment['step']:,}"
        assert (picture.run, picture.rank) == ("watched (bahdanau)", 1)
        assert (picture.text, picture.score) == (moment["text"], moment["score"])
        np.testing.assert_array_equal(picture.alignment.weights, moment["weights"])
    assert [picture.sentence for picture in pictures] == [LINE] * 9 + ["tane suto"] * 9


def test_watching_does_not_change_the_run(watched_run: Path, copy_run: Path) -> None:
    for name in ("model.safetensors", "config.toml"):
        assert (watched_run / name).read_bytes() == (copy_run / name).read_bytes()


def test_tables_are_shown_while_training_goes_on(s2s: S2S, copy_data: Path) -> None:
    result = s2s("train", copy_data, "--run", "tiny", *TINY, "--watch", "bada gide")
    lines = result.stderr.splitlines()
    assert result.exit_code == 0
    assert [line for line in lines if line.split() == ["bada", "gide", "</s>"]]
    assert "s2s attend --run tiny --history" in result.stderr
    assert "  watched     bada gide\n" in Path("tiny/train.log").read_text("utf-8")


def test_a_resumed_run_goes_on_watching_unless_told_otherwise(s2s: S2S, copy_data: Path) -> None:
    shown(s2s("train", copy_data, "--run", "tiny", *TINY, "--watch", "bada"))
    go_on = ("train", "--resume", "--run", "tiny", "--quiet", "--epochs")
    shown(s2s(*go_on, "2"))
    shown(s2s(*go_on, "3", "--watch", "gide", "--watch-target", "moku"))
    shown(s2s(*go_on, "4"))
    bada, gide = facts_of(s2s("attend", "--history", "--run", "tiny", "--json"))
    assert [moment["epoch"] for moment in bada["moments"]] == [1, 2]
    assert [moment["epoch"] for moment in gide["moments"]] == [3, 4]
    assert (bada["source"], bada["target"]) == ("bada", None)
    assert (gide["source"], gide["target"]) == ("gide", "moku")


def test_a_run_that_watched_nothing_may_begin_when_it_is_resumed(s2s: S2S, copy_data: Path) -> None:
    shown(s2s("train", copy_data, "--run", "tiny", *TINY))
    result = s2s("attend", "--history", "--run", "tiny")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "tiny has no history: no sentence was watched" in flat(result.stderr)
    assert '`s2s train --resume --run tiny --watch "SENTENCE"`' in flat(result.stderr)
    shown(s2s("train", "--resume", "--run", "tiny", "--epochs", "2", "--watch", "bada"))
    (watched,) = facts_of(s2s("attend", "--history", "--run", "tiny", "--json"))
    assert [moment["epoch"] for moment in watched["moments"]] == [2]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--watch", " "], "error: --watch: the sentence is blank."),
        (["--watch", "a", "--watch", "b", "--watch-target", "c"], "--watch is given 2 times and"),
        (["--watch-target", "c"], "--watch is given 0 times and --watch-target 1 times."),
        (["--watch", "a " * 300], "--watch: expected a sentence of 1 to 200 tokens, found 300."),
    ],
)
def test_what_cannot_be_watched_leaves_nothing(
    s2s: S2S, copy_data: Path, options: list[str], expected: str
) -> None:
    result = s2s("train", copy_data, *TINY, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in flat(result.stderr)
    assert list(Path().iterdir()) == []


def test_the_same_sentence_twice_is_watched_once(s2s: S2S, copy_data: Path) -> None:
    shown(s2s("train", copy_data, "--run", "tiny", *TINY, "--watch", "bada", "--watch", "bada"))
    assert len(Path("tiny/watch.jsonl").read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize("option", ["--beam", "--n-best", "--length-penalty", "--target"])
def test_the_history_searches_for_nothing(history: S2S, option: str) -> None:
    result = history(option, "2")
    assert result.exit_code == 2
    assert f"Leave out {option}." in flat(result.stderr)


def test_a_damaged_history_is_named_with_its_line(s2s: S2S, watched_run: Path) -> None:
    shutil.copytree(watched_run, "run")
    path = Path("run/watch.jsonl")
    first, *rest = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join((first, first.replace('"weights"', '"waits"'), *rest)), "utf-8")
    result = s2s("attend", "--history", "--run", "run")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: run/watch.jsonl, line 2: expected what fits its own")


def test_a_run_that_remembers_something_else_is_damaged(s2s: S2S, copy_data: Path) -> None:
    shown(s2s("train", copy_data, "--run", "tiny", *TINY))
    facts = json.loads(Path("tiny/run.json").read_text("utf-8"))
    Path("tiny/run.json").write_text(json.dumps(sealed(facts | {"watch": [5]})), "utf-8")
    result = s2s("train", "--resume", "--run", "tiny", "--epochs", "2")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "tiny/run.json: expected a mapping, found int" in flat(result.stderr)


def test_hostile_sentences_are_harmless(s2s: S2S, copy_data: Path) -> None:
    watch = ("--watch", HOSTILE, "--watch-target", HOSTILE)
    trained = s2s("train", copy_data, "--run", "tiny", *TINY, *watch)
    assert trained.exit_code == 0
    listed = s2s("attend", "--history", "--run", "tiny", "x")
    for said in (
        trained.stderr,
        Path("tiny/train.log").read_text("utf-8"),
        listed.stderr,
        shown(s2s("attend", "--history", "--run", "tiny")),
        shown(s2s("attend", "--history", "--run", "tiny", "--json")),
    ):
        for line in said.splitlines():
            assert visible(line) == line
    assert "[red]x[/red]" in flat(listed.stderr)


def test_pieces_and_words_are_both_kept(s2s: S2S) -> None:
    chance = random.Random(3)
    words = ["low", "lower", "lowest", "new", "newer", "newest", "slow", "slower", "slowest"]
    lines = [" ".join(chance.choices(words, k=3)) for _ in range(300)]
    Path("pairs.tsv").write_text("".join(f"{line}\t{line}\n" for line in lines), "utf-8")
    sizes = ("--tokenizer", "bpe", "--vocab-size", "20")
    shown(s2s("prepare", "pairs.tsv", *sizes, "--out", "pieces"))
    watch = ("--watch", "slower lowest", "--watch-target", "newest low")
    shown(s2s("train", "pieces", "--run", "tiny", *TINY, *watch))
    history = ("attend", "--history", "--run", "tiny")
    (by_word,) = facts_of(s2s(*history, "--json"))[0]["moments"]
    (by_piece,) = facts_of(s2s(*history, "--json", "--pieces"))[0]["moments"]
    assert by_word["source_tokens"] == ["slower", "lowest", "</s>"]
    assert by_word["target_tokens"] == ["newest", "low", "</s>"]
    assert "".join(by_piece["source_tokens"]) == "▁slower▁lowest</s>"
    assert len(by_piece["source_tokens"]) > 3
    assert sum(by_piece["log_probs"]) == pytest.approx(sum(by_word["log_probs"]), abs=1e-4)
    assert "▁" in shown(s2s(*history, "--pieces"))
    assert "▁" not in shown(s2s(*history))


def test_the_history_is_saved_as_one_page_that_switches_between_epochs(
    s2s: S2S, watched_run: Path
) -> None:
    result = s2s("attend", "--history", "--run", watched_run, "--save", "history.html")
    assert result.exit_code == 0
    assert "saved" in result.stderr
    page = Path("history.html").read_text("utf-8")
    assert all(f"epoch {epoch}, step" in page for epoch in range(1, 10))
    assert s2s("attend", "--history", "--run", watched_run, "--save", "h.doc").exit_code == 2
