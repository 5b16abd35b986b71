"""`--ensemble` in all four commands, and what `s2s evaluate` adds on request."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from seq2seq_cli.cli.app import app

S2S = Callable[..., Result]
LINES = "bada gide moku\nlira\n\ntane suto\n"
TOGETHER = ("--run", "one", "--run", "other", "--ensemble", "--threads", "1")


@pytest.fixture(scope="session")
def weak_run(copy_data: Path, copy_options: list[str]) -> Path:
    """A run of another seed that has learned less."""
    folder = copy_data.parent / "weak"
    options = [*copy_options, "--seed", "7", "--epochs", "4", "--cell", "lstm"]
    result = CliRunner().invoke(app, ["train", str(copy_data), "--run", str(folder), *options])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def runs(copy_run: Path, weak_run: Path, copy_data: Path, tmp_path: Path) -> None:
    """`one`, its copy `same`, `other` of another seed, and their dataset, in the current folder."""
    shutil.copytree(copy_data, tmp_path / copy_data.name)
    for source, name in ((copy_run, "one"), (copy_run, "same"), (weak_run, "other")):
        shutil.copytree(source, tmp_path / name)


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def without_checksums(path: Path, **changed: str) -> None:
    """Let a run or dataset be one whose files may be edited, with other facts."""
    facts = json.loads(path.read_text()) | changed
    path.write_text(json.dumps({k: v for k, v in facts.items() if k not in ("files", "sha256")}))


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    "command",
    [
        ("translate", "--json", "--n-best", "2"),
        ("align", "-", "--format", "json"),
        ("attend", "bada gide", "--json", "--beam", "2"),
        ("evaluate", "--json", "--beam", "1", "--split", "valid"),
    ],
    ids=lambda command: command[0],
)
def test_a_run_with_its_copy_is_that_run(s2s: S2S, command: tuple[str, ...]) -> None:
    stdin = "bada gide\tgide bada\nmoku\tmoku\n" if command[0] == "align" else LINES
    alone = s2s(*command, "--run", "one", "--threads", "1", stdin=stdin)
    both = ("--run", "one", "--run", "same", "--ensemble", "--threads", "1")
    together = s2s(*command, *both, stdin=stdin)
    assert alone.exit_code == together.exit_code == 0
    expected = alone.stdout.replace('"one (bahdanau)"', '"one + same (bahdanau)"')
    if command[0] == "evaluate":
        expected, found = json.loads(expected), json.loads(together.stdout)
        assert found["valid"].pop("ensemble") == ["one", "same"]
        assert found["valid"].pop("run") == "one + same"
        assert expected["valid"].pop("run") == "one"
        assert found == expected
    else:
        assert together.stdout == expected


@pytest.mark.usefixtures("runs")
def test_unlike_runs_decode_together(s2s: S2S) -> None:
    result = s2s("evaluate", *TOGETHER, "--beam", "2")
    assert "one + other on test" in result.stdout
    assert "written to one/evaluation/ensemble/test" in result.stdout
    facts = json.loads(Path("one/evaluation/ensemble/test/evaluation.json").read_text())
    assert facts["ensemble"] == ["one", "other"]
    weak = json.loads(s2s("evaluate", "other", "--threads", "1", "--json").stdout)["test"]
    assert facts["chrf"]["score"] > weak["chrf"]["score"]
    assert not Path("one/evaluation/test/ensemble").exists()


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("command", [("translate",), ("align", "-")], ids=lambda words: words[0])
def test_commands_with_one_output_ask_for_ensemble(s2s: S2S, command: tuple[str, ...]) -> None:
    result = s2s(*command, "--run", "one", "--run", "other", stdin=LINES)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "2 runs are named, and there is one output for each line. Add --ensemble" in flat(
        result.stderr
    )


@pytest.mark.usefixtures("runs")
def test_attend_shows_several_runs_or_an_ensemble_beside_one(s2s: S2S) -> None:
    several = s2s("attend", "lira", "--run", "one", "--run", "other", "--json", "--threads", "1")
    assert [run["run"] for run in json.loads(several.stdout)["runs"]] == [
        *("one (bahdanau)", "other (bahdanau)")
    ]
    beside = s2s("attend", "lira", *TOGETHER, "--compare", "other", "--json")
    shown: list[dict[str, Any]] = json.loads(beside.stdout)["runs"]
    assert [run["run"] for run in shown] == ["one + other (bahdanau)", "other (bahdanau)"]


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--run", "one", "--ensemble"], "--ensemble decodes with several runs together"),
        (
            ["--run", "one", "--run", "cut", "--ensemble"],
            "one and cut cannot decode together: their target vocabularies differ (12 and 11 "
            "tokens).",
        ),
        (["--run", "one", "--run", "one", "--ensemble"], "the run one is named twice"),
    ],
)
def test_refusals(s2s: S2S, arguments: list[str], expected: str) -> None:
    shutil.copytree("one", "cut")
    path = Path("cut/target.vocabulary.json")
    vocabulary = json.loads(path.read_text())
    vocabulary["tokens"].pop()
    path.write_text(json.dumps(vocabulary))
    without_checksums(Path("cut/run.json"))
    result = s2s("translate", *arguments, stdin=LINES)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in flat(result.stderr)


@pytest.mark.usefixtures("runs")
def test_runs_scored_in_turn_have_a_mean(s2s: S2S) -> None:
    runs, quick = ("--run", "one", "--run", "other"), ("--threads", "1", "--beam", "1")
    facts = json.loads(s2s("evaluate", *runs, *quick, "--json").stdout)
    scores = [facts[run]["test"]["exact_match"]["score"] for run in ("one", "other")]
    assert scores[0] != scores[1]
    low, high = sorted(scores)
    shown = s2s("evaluate", *runs, *quick).stdout
    assert "Mean of 2 runs on test" in shown
    assert f"exact match {mean(scores):.1f} {stdev(scores):.1f} {low:.1f} {high:.1f}" in flat(
        shown.split("Mean of")[1]
    )
    assert "Mean of" not in s2s("evaluate", "one", *quick).stdout


@pytest.mark.usefixtures("runs")
def test_a_better_run_is_told_from_a_copy(s2s: S2S) -> None:
    """The weak run is clearly worse; a copy is not better by chance or otherwise."""
    options = ("--threads", "1", "--beam", "1", "--json", "--confidence")
    facts = json.loads(s2s("evaluate", "one", "--baseline", "other", *options).stdout)["test"]
    found = facts["comparison"]
    assert found["baseline"] == "other"
    assert found["chrf"]["verdict"] == found["exact_match"]["verdict"] == "better"
    assert found["chrf"]["score"] == facts["chrf"]["score"]
    assert "|ar:10000|" in found["bleu"]["signatures"]["randomization"]
    assert facts["exact_match"]["interval"]["low"] < facts["exact_match"]["score"]
    copied = json.loads(s2s("evaluate", "one", "--baseline", "same", *options).stdout)
    found = copied["test"]["comparison"]
    assert {found[name]["verdict"] for name in ("bleu", "chrf", "ter", "exact_match")} == {"chance"}


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--baseline", "one"], "--baseline one would be compared with itself."),
        (["--by-length", "--worst", "3"], "--by-length draws a chart alone: leave out --worst."),
        (
            ["--baseline", "moved"],
            "one and moved would be scored on lines that differ: test (",
        ),
    ],
)
def test_refused_comparisons(s2s: S2S, arguments: list[str], expected: str, tmp_path: Path) -> None:
    """A run whose dataset has other lines cannot be compared without naming the lines."""
    shutil.copytree("same", "moved")
    shutil.copytree("copy", "edited")
    for name in ("test.source.txt", "test.target.txt"):
        path = Path("edited", name)
        lines = path.read_text().splitlines()
        path.write_text("".join(f"{line}\n" for line in [lines[1], lines[0], *lines[2:]]))
    without_checksums(Path("edited/manifest.json"))
    without_checksums(Path("moved/run.json"), dataset="../edited")
    result = s2s("evaluate", "one", *arguments, "--threads", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in flat(result.stderr)


@pytest.mark.usefixtures("runs")
def test_a_closer_look_at_files_is_harmless(s2s: S2S) -> None:
    Path("new.src").write_text("bada \x1b[31mzebra\nlira\n")
    Path("new.ref").write_text("bada [red]zebra[/red]\nmoku\n")
    files = ("--src", "new.src", "--ref", "new.ref", "--threads", "1")
    closer = ("--confusions", "--worst", "2", "--unknown")
    result = s2s("evaluate", "one", *files, *closer)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    for words in ("Confusions", "Worst lines", "[red]zebra[/red]", "␛[31mzebra", "Unknown words"):
        assert words in result.stdout
    facts = json.loads(s2s("evaluate", "one", *files, *closer, "--json").stdout)["new.src"]
    assert {"reference": "moku", "hypothesis": "lira", "count": 1} in facts["confusions"]
    assert [line["number"] for line in facts["worst"]["lines"]] == [2, 1]
    assert facts["unknown_in_sources"]["words"][0]["word"] == "\x1b[31mzebra"
    assert facts["unknown_in_references"]["unknown"] == 1
