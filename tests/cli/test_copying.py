"""A run that copies through the commands: unknown words are carried over and shown."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seq2seq_cli.cli.app import app

S2S = Callable[..., Result]
WORDS = ("bada", "gide", "moku", "lira")


def name(chance: random.Random) -> str:
    """A word that hardly comes again."""
    return "".join(chance.choices("prstvz", k=7))


@pytest.fixture(scope="session")
def name_run(tmp_path_factory: pytest.TempPathFactory, copy_options: list[str]) -> Path:
    """Words are doubled, names are not; no name is in a vocabulary."""
    folder, chance, lines = tmp_path_factory.mktemp("names"), random.Random(3), []
    for _ in range(700):
        words = [*chance.choices(WORDS, k=chance.randint(1, 2)), name(chance)]
        chance.shuffle(words)
        doubled = [part for word in words for part in [word] * (1 + (word in WORDS))]
        lines.append(f"{' '.join(words)}\t{' '.join(doubled)}\n")
    table, data, run = folder / "names.tsv", folder / "data", folder / "run"
    table.write_text("".join(lines), encoding="utf-8")
    for arguments in (
        ["prepare", table, "--out", data, "--tokenizer", "space", "--min-frequency", "5"],
        ["train", data, "--run", run, *copy_options, "--copying"],
    ):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
    return run


def test_names_are_carried_over(s2s: S2S, name_run: Path) -> None:
    lines = ["bada xyzxyz", "vvvzzz lira", "gide qqq moku"]
    result = s2s("translate", "--run", name_run, "--threads", "1", stdin="\n".join(lines) + "\n")
    assert result.stdout.splitlines() == [
        "bada bada xyzxyz",
        "vvvzzz lira lira",
        "gide gide qqq moku moku",
    ]


def test_what_is_evaluated_is_what_is_translated(s2s: S2S, name_run: Path) -> None:
    assert s2s("evaluate", name_run, "--threads", "1").exit_code == 0
    folder = name_run / "evaluation" / "test"
    scores = json.loads((folder / "evaluation.json").read_text("utf-8"))
    assert scores["exact_match"]["score"] > 90
    assert "<unk>" not in (folder / "hypotheses.txt").read_text("utf-8")


def test_attend_says_how_much_is_copied(s2s: S2S, name_run: Path) -> None:
    arguments = ("attend", "--run", name_run, "--threads", "1", "bada xyzxyz")
    (found,) = json.loads(s2s(*arguments, "--json").stdout)["hypotheses"]
    assert found["target_tokens"] == ["bada", "bada", "xyzxyz", "</s>"]
    assert len(found["copied"]) == 4
    assert all(0 <= share <= 1 for share in found["copied"])
    drawn = s2s(*arguments, "--target", "bada bada xyzxyz").stdout
    assert re.search(r"log p copied$", drawn, re.MULTILINE)
    assert len(re.findall(r" -?\d+\.\d\d +\d+%$", drawn, re.MULTILINE)) == 4


def test_a_run_that_copies_is_resumed_as_it_is(s2s: S2S, name_run: Path) -> None:
    result = s2s("train", "--resume", "--run", name_run, "--no-copying")
    assert result.exit_code == 2
    assert "--copying False (the run has True) cannot change" in result.output


def test_copying_without_attention_is_refused(s2s: S2S, copy_data: Path) -> None:
    result = s2s("train", copy_data, "--run", "run", "--attention", "none", "--copying")
    assert result.exit_code == 2
    assert "leave out --copying" in re.sub(r"\s+", " ", result.output)
    assert not Path("run").exists()
