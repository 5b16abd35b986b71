"""`s2s attend`: what it shows, at any width, of any sentence."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import Result

from seq2seq_cli.text.visible import visible

S2S = Callable[..., Result]
HOSTILE = "\x1b[31mbada [red]x[/red] \t:smile: \u202egide\u202c \x9b\x07 a\u200bb"


def shown(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def attend(s2s: S2S, copy_run: Path) -> S2S:
    def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        return s2s("attend", "--run", copy_run, "--threads", "1", *arguments, stdin=stdin)

    return run


def rows_of(drawn: str) -> list[str]:
    """The first word of each line that is part of the table."""
    return [line.split()[0] for line in drawn.splitlines() if line.strip()]


def test_a_sentence_is_translated_and_aligned(attend: S2S) -> None:
    drawn = shown(attend("bada gide moku"))
    assert re.search(r"^bada gide moku +score -\d+\.\d{3}$", drawn, re.MULTILINE)
    lines = drawn.splitlines()
    header = next(line for line in lines if line.split() == ["bada", "gide", "moku", "</s>"])
    for word in ("bada", "gide", "moku"):
        row = next(line for line in lines if line.startswith(word) and "●" in line)
        place = header.index(word)
        assert place <= row.index("●") <= place + len(word)


def test_no_end_leaves_the_end_out(attend: S2S) -> None:
    assert "</s>" in shown(attend("bada"))
    drawn = shown(attend("bada", "--no-end"))
    assert not re.search(r"</s>.*●|^ .*</s> *$", drawn, re.MULTILINE)
    assert "without </s>: rows may add up to less than 100%" in drawn


def test_numbers_are_percentages(attend: S2S) -> None:
    drawn = shown(attend("bada gide", "--numbers"))
    row = next(line for line in drawn.splitlines() if line.startswith("bada "))
    if "score" in row:
        row = next(line for line in drawn.splitlines()[3:] if line.startswith("bada "))
    numbers = [int(number) for number in re.findall(r"\d+", row)]
    assert 97 <= sum(numbers) <= 103
    assert "cells in percent" in drawn


def test_n_best_is_ranked(attend: S2S) -> None:
    drawn = shown(attend("bada gide moku", "--n-best", "3"))
    found = re.findall(r"^(\d)\. .*score (-?\d+\.\d+)$", drawn, re.MULTILINE)
    assert [rank for rank, _ in found] == ["1", "2", "3"]
    scores = [float(score) for _, score in found]
    assert scores == sorted(scores, reverse=True)


def test_json_has_tokens_weights_and_scores(attend: S2S) -> None:
    facts = json.loads(shown(attend("bada xoku", "--json", "--n-best", "2")))
    assert facts["source"] == "bada xoku"
    assert facts["unknown"].keys() == {"xoku"}
    assert facts["unknown"]["xoku"][0] == "moku"
    assert len(facts["hypotheses"]) == 2
    for found in facts["hypotheses"]:
        assert found["source_tokens"] == ["bada", "xoku", "</s>"]
        assert len(found["weights"]) == len(found["target_tokens"]) == len(found["log_probs"])
        for row in found["weights"]:
            assert sum(row) == pytest.approx(1, abs=1e-4)
        assert all(value <= 0 for value in found["log_probs"])


def test_a_given_target_is_forced_with_its_log_probabilities(attend: S2S) -> None:
    drawn = shown(attend("bada gide", "--target", "gide bada"))
    assert "gide bada" in drawn
    assert "log p" in drawn
    own = json.loads(shown(attend("bada gide", "--json")))["hypotheses"][0]
    same = json.loads(shown(attend("bada gide", "--json", "--target", own["text"])))
    assert same["hypotheses"][0]["log_probs"] == pytest.approx(own["log_probs"], abs=1e-4)
    assert same["hypotheses"][0]["score"] == pytest.approx(own["score"], abs=1e-4)
    other = json.loads(shown(attend("bada gide", "--json", "--target", "gide bada")))
    assert other["hypotheses"][0]["score"] < own["score"]


def test_words_never_seen_are_named_with_the_closest(attend: S2S) -> None:
    drawn = shown(attend("bada xoku", "--target", "bada zide"))
    assert "“xoku” is not in the vocabulary; closest: moku" in drawn
    assert "target: “zide” is not in the vocabulary; closest: gide" in drawn
    assert "‹xoku›" in drawn


def test_two_runs_are_compared_on_one_sentence(attend: S2S, copy_run: Path) -> None:
    drawn = shown(attend("bada gide", "--compare", copy_run))
    name = f"{copy_run.name} (bahdanau)"
    assert drawn.count(f"{name}: bada gide") == 2
    assert next(line for line in drawn.splitlines() if line.count(name) == 2)
    facts = json.loads(shown(attend("bada gide", "--compare", copy_run, "--json")))
    names = [name, f"{copy_run.parent.name}/{name}"]  # one name each, or they cannot be told apart
    assert [run["run"] for run in facts["runs"]] == names


def test_lines_of_a_pipe_are_shown_one_by_one(attend: S2S) -> None:
    drawn = shown(attend(stdin="bada\n\n   \ngide moku\r\n"))
    assert len(re.findall(r"score -", drawn)) == 2
    assert "gide moku  score" in drawn
    result = attend("--json", stdin="bada\ngide\n")
    assert [json.loads(line)["source"] for line in result.stdout.splitlines()] == ["bada", "gide"]


def test_a_pipe_that_is_not_utf8_is_shown_with_a_warning(attend: S2S) -> None:
    result = attend(stdin=b"ba\xffda\n")
    assert "standard input, line 1: not UTF-8" in result.stderr
    assert "ba\ufffdda" in shown(result)


@pytest.mark.parametrize("sentence", ["", "   ", "\t"])
def test_blank_sentences_are_refused(attend: S2S, sentence: str) -> None:
    result = attend(sentence)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: the sentence is blank")


@pytest.mark.parametrize("options", [[], ["--json"], ["--pieces", "--numbers"], ["--n-best", "2"]])
def test_hostile_sentences_are_harmless(attend: S2S, options: list[str]) -> None:
    for arguments, stdin in (((HOSTILE,), None), ((), HOSTILE), (("a", "--target", HOSTILE), None)):
        result = attend(*arguments, *options, stdin=stdin)
        for line in shown(result).splitlines():
            assert visible(line) == line
        if "--json" not in options and arguments != ("a", "--target", HOSTILE):
            assert "[red]x[/red]" in result.stdout.replace("\n", "")


def test_bytes_of_the_command_line_that_are_not_utf8(attend: S2S) -> None:
    for options in ([], ["--json"]):
        assert "\udcff" not in shown(attend("ba\udcffda", *options))


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_long_sentences_keep_to_the_width(
    attend: S2S, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    sentence = " ".join(["bada", "gide", "日本語日本語", "e\u0301te\u0301", "moku"] * 8)
    monkeypatch.setenv("COLUMNS", str(width))
    drawn = shown(attend(sentence, "--beam", "1"))
    table = [line for line in drawn.splitlines() if "vocabulary" not in line]
    assert max(cell_len(line) for line in table) <= width


def test_ten_thousand_characters_are_survived(attend: S2S) -> None:
    drawn = shown(attend("bada" * 2_500, "--beam", "1"))
    assert max(map(cell_len, drawn.splitlines())) <= 80
    result = attend("bada " * 2_000, "--beam", "1", "--json", "--max-length", "2000")
    assert len(json.loads(shown(result))["hypotheses"][0]["source_tokens"]) == 2_001


def test_without_unicode_the_table_is_ascii(attend: S2S, copy_run: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seq2seq_cli", "attend", "--run", copy_run, "--threads", "1", "é"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert done.stdout.isascii()
    assert rb"\xe9" in done.stdout


def read_until(descriptor: int, words: bytes, seconds: float = 60) -> bytes:
    found, end = b"", time.monotonic() + seconds
    while words not in found and time.monotonic() < end:
        if select.select([descriptor], [], [], 0.1)[0]:
            found += os.read(descriptor, 65_536)
    assert words in found, found
    return found


def test_a_terminal_is_asked_again_and_again(copy_run: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "seq2seq_cli", "attend", "--run", copy_run, "--threads", "1"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
    )
    os.close(theirs)
    try:
        read_until(ours, b"sentence> ")
        os.write(ours, b"bada gide\n")
        answer = read_until(ours, b"sentence> ")
        assert b"score" in answer
        assert b"48;5;" in answer  # cells have coloured backgrounds
        os.write(ours, b"\n")
        read_until(ours, b"sentence> ")
        os.write(ours, b"\x04")
        assert process.wait(30) == 0
    finally:
        process.kill()
        os.close(ours)
