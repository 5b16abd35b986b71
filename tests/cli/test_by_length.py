"""`s2s evaluate --by-length`: several runs on the same lines, by source length."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sacrebleu
from typer.testing import Result

S2S = Callable[..., Result]
CHART = ("evaluate", "--by-length", "--threads", "1", "--beam", "1")


@pytest.fixture
def run(copy_run: Path, copy_data: Path, tmp_path: Path) -> Path:
    """A copy of the trained run, `run`, beside its dataset, in the current folder."""
    shutil.copytree(copy_data, tmp_path / copy_data.name)
    return Path(shutil.copytree(copy_run, tmp_path / "run"))


@pytest.fixture
def lines(run: Path) -> tuple[Path, Path]:
    """Sources of 4 and of 8 words with their references: long ones are never right."""
    sources = ["bada gide moku lira", "bada gide moku lira tane suto peka niro"] * 30
    references = ["bada gide moku lira", "niro niro niro niro gide moku lira bada"] * 30
    for name, rows in (("new.src", sources), ("new.ref", references)):
        Path(name).write_text("".join(f"{row}\n" for row in rows))
    return Path("new.src"), Path("new.ref")


def flat(text: str) -> str:
    return " ".join(text.split())


def refused(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    return flat(result.stderr)


def test_two_runs_in_one_chart(s2s: S2S, run: Path, lines: tuple[Path, Path]) -> None:
    shutil.copytree(run, "other")
    result = s2s(*CHART, "run", "--run", "other", "--src", lines[0], "--ref", lines[1])
    assert result.exit_code == 0
    assert "BLEU by source length new.src, 60 lines" in flat(result.stdout)
    assert "● run (bahdanau)" in result.stdout
    assert "■ other (bahdanau)" in result.stdout
    assert "1-5 30* 100.0 100.0" in flat(result.stdout)
    assert "run: translating 60 lines" in result.stderr
    assert not (run / "evaluation" / "new.src").exists()


def test_json_has_ranges_and_the_curve_of_each_run(
    s2s: S2S, run: Path, lines: tuple[Path, Path]
) -> None:
    shutil.copytree(run, "other")
    files = ("--src", lines[0], "--ref", lines[1])
    found = json.loads(s2s(*CHART, "run", "--run", "other", *files, "--json").stdout)
    assert found["ranges"] == [
        {"shortest": 1, "longest": 5, "count": 30, "mean_length": 4.0},
        {"shortest": 6, "longest": 8, "count": 30, "mean_length": 8.0},
    ]
    assert (found["metric"], found["unit"], found["splits"]) == ("bleu", "words", ["new.src"])
    assert list(found["runs"]) == ["run", "other"]
    one = found["runs"]["run"]
    assert (one["attention"], one["search"]["beam"]) == ("bahdanau", 1)
    s2s("evaluate", "run", *files, "--threads", "1", "--beam", "1")
    texts = [
        (run / "evaluation/new.src" / name).read_text().splitlines()
        for name in ("hypotheses.txt", "references.txt")
    ]
    by_hand = sacrebleu.BLEU()
    assert one["score"] == by_hand.corpus_score(texts[0], [texts[1]]).score
    assert one["by_range"][1] == by_hand.corpus_score(texts[0][1::2], [texts[1][1::2]]).score
    assert found["signature"] == str(by_hand.get_signature())


def test_splits_are_pooled(s2s: S2S, run: Path) -> None:
    def counted(*splits: str) -> int:
        options = [word for split in splits for word in ("--split", split)]
        found = json.loads(s2s(*CHART, "run", *options, "--json", "--metric", "exact_match").stdout)
        assert found["splits"] == list(splits)
        return int(found["count"])

    assert counted("test", "valid") == counted("test") + counted("valid")


def test_the_picture_is_saved_and_never_replaced_unasked(s2s: S2S, run: Path) -> None:
    result = s2s(*CHART, "run", "--save", "chart.svg", "--metric", "chrf")
    assert "written to chart.svg" in result.stdout
    root = ElementTree.fromstring(Path("chart.svg").read_text("utf-8"))
    assert "chrF by source length" in [element.text for element in root.iter()]
    Path("chart.svg").write_text("mine")
    said = refused(s2s(*CHART, "run", "--save", "chart.svg"))
    assert "chart.svg exists already. Choose another name, or replace it by --force." in said
    assert Path("chart.svg").read_text() == "mine"
    assert s2s(*CHART, "run", "--save", "chart.svg", "--force").exit_code == 0
    assert Path("chart.svg").read_text("utf-8").startswith("<svg ")


def test_runs_of_the_same_name_are_told_apart_by_their_paths(s2s: S2S, run: Path) -> None:
    shutil.copytree(run, "more/run")
    options = ("--data", "copy", "--split", "test")
    shown = s2s(*CHART, "run", "--run", "more/run", *options).stdout
    assert "■ more/run (bahdanau)" in shown


def test_runs_whose_lines_differ_are_refused(s2s: S2S, run: Path) -> None:
    shutil.copytree(run, "elsewhere/run")
    Path("pairs.tsv").write_text("".join(f"bada {n}\tbada {n}\n" for n in range(200)))
    s2s("prepare", "pairs.tsv", "--tokenizer", "space", "--out", "elsewhere/copy")
    said = refused(s2s(*CHART, "run", "--run", "elsewhere/run"))
    assert "run and elsewhere/run would be scored on lines that differ: test (" in said
    assert "Give them the same lines: --data DATASET, or --src and --ref." in said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--metric", "chrf"], "--metric belongs to the chart of --by-length."),
        (["--save", "x.svg"], "--save belongs to the chart of --by-length."),
        (["--force"], "--force belongs to the chart of --by-length."),
        (["--by-length", "--force"], "--force replaces the file of --save."),
        (["--by-length", "--save", "x.png"], "--save writes SVG, and x.png does not end in .svg."),
        (["--by-length", "--save", "no/x.svg"], "there is no folder no to save x.svg in."),
        (["--by-length", "--save", "folder.svg", "--force"], "folder.svg exists already."),
    ],
)
def test_refusals(s2s: S2S, run: Path, arguments: list[str], expected: str) -> None:
    Path("folder.svg").mkdir()
    assert expected in refused(s2s("evaluate", "run", *arguments, "--threads", "1"))
