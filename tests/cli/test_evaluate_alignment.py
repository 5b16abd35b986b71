"""The alignment error in `s2s evaluate`: gold links of a split or of a file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from seq2seq_cli.sealed import sealed

S2S = Callable[..., Result]
LINES = ("bada gide", "moku lira tane", "", "suto")


@pytest.fixture
def run(copy_run: Path, tmp_path: Path) -> Path:
    """A copy of the trained run, `run`, and two copies of the same lines, in the current folder."""
    for name in ("new.src", "new.ref"):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in LINES))
    return Path(shutil.copytree(copy_run, tmp_path / "run"))


@pytest.fixture
def evaluate(s2s: S2S, run: Path) -> S2S:
    def call(*arguments: str | Path, files: bool = True) -> Result:
        pair = ("--src", "new.src", "--ref", "new.ref") if files else ()
        return s2s("evaluate", "run", *pair, "--threads", "1", "--beam", "1", *arguments)

    return call


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def error_of(result: Result, name: str = "new.src") -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)[name]["aer"]
    return found


def test_gold_of_a_file_by_hand(evaluate: S2S, run: Path) -> None:
    """A is the diagonal, 6 links; S has 5, of which it has 3; of A, 4 are in S or P."""
    Path("gold").write_text("0-0 1p1\n0-0 1-1 2-0 0-1\n\n\n")
    found = error_of(evaluate("--gold", "gold", "--json"))
    assert found["precision"] == pytest.approx(100 * 4 / 6)
    assert found["recall"] == pytest.approx(100 * 3 / 5)
    assert found["score"] == pytest.approx(100 * (1 - (3 + 4) / (6 + 5)))
    assert found["f1"] == pytest.approx(100 * 2 * (2 / 3) * (3 / 5) / (2 / 3 + 3 / 5))
    # One link for each of six target words: 4 of them have a link, 3 a sure one.
    assert found["oracle"] == pytest.approx(100 * (1 - (3 + 4) / (6 + 5)))
    assert found["pairs"] == 4
    assert found["signature"] == "method:mutual|threshold:0.9|shift:no|units:pieces"
    assert "by_label" not in found
    written = json.loads((run / "evaluation/new.src/evaluation.json").read_text())
    assert written["aer"] == found


def test_the_tables_show_it(evaluate: S2S) -> None:
    Path("gold").write_text("0-0 1-1\n0-0 1-1 2-2\n\n0-0\n")
    result = evaluate("--gold", "gold")
    assert "Alignment of the references 4 pairs" in flat(result.stdout)
    assert "AER 0.0 %" in flat(result.stdout)
    assert "AER|method:mutual|threshold:0.9|shift:no|units:pieces" in result.stdout


def test_links_that_count_from_one_and_the_chosen_method(evaluate: S2S, copy_run: Path) -> None:
    Path("gold").write_text("1-1 2-2\n1-1 2-2 3-3\n\n1-1\n")
    options = ("--gold", "gold", "--one-based", "--json", "--units", "words")
    found = error_of(evaluate(*options, "--method", "strongest"))
    assert (found["score"], found["signature"]) == (0.0, "method:strongest|shift:no|units:words")
    shifted = error_of(evaluate(*options, "--method", "strongest", "--shift"))
    assert shifted["score"] > 20.0
    both = error_of(evaluate(*options, "--reverse", copy_run, "--symmetrize", "intersection"))
    assert both["score"] == 0.0
    assert both["signature"].endswith("|units:words|symmetrize:intersection")


@pytest.fixture
def labelled(s2s: S2S) -> Path:
    """A dataset of copies with gold links and labels; `odd` pairs are said to be crossed."""
    words = ("bada", "gide", "moku", "lira", "tane", "suto", "peka", "niro")
    table = [f"{a} {b}\t{a} {b}\t0-0 1-1\teven" for a in words for b in words if a < b]
    Path("train.tsv").write_text("".join(f"{row}\n" for row in table))
    odd = [row.replace("0-0 1-1", "0-1 1-0").replace("even", "odd,both") for row in table[:3]]
    even = [row.replace("even", "even,both") for row in table[3:5]]
    Path("test.tsv").write_text("".join(f"{row}\n" for row in odd + even))
    columns = ("--links-col", "3", "--labels-col", "4", "--tokenizer", "space")
    files = ("train.tsv", "--valid", "test.tsv", "--test", "test.tsv")
    assert s2s("prepare", *files, *columns, "--out", "labelled").exit_code == 0
    return Path("labelled")


def test_gold_of_a_split_comes_by_itself_with_the_error_of_each_label(
    evaluate: S2S, labelled: Path
) -> None:
    result = evaluate("--data", labelled, "--json", files=False)
    found = error_of(result, "test")
    assert found["score"] == pytest.approx(60.0)
    assert [(one["label"], one["pairs"], one["aer"], one["gap"]) for one in found["by_label"]] == [
        ("odd", 3, 100.0, 100.0),
        ("both", 5, pytest.approx(60.0), pytest.approx(60.0)),
        ("even", 2, 0.0, 0.0),
    ]


def test_a_split_whose_gold_is_damaged_keeps_its_other_scores(
    evaluate: S2S, labelled: Path
) -> None:
    path = labelled / "test.links.txt"
    path.write_text(path.read_text().replace("0-1 1-0", "0-7", 1))
    manifest = labelled / "manifest.json"
    facts = json.loads(manifest.read_text())
    del facts["files"]  # its checksums: links that were always wrong, not damaged since
    manifest.write_text(json.dumps(sealed(facts)))
    result = evaluate("--data", labelled, "--json", files=False)
    assert result.exit_code == 0
    assert "aer" not in json.loads(result.stdout)["test"]
    assert "the alignment error of test is left out: gold links of test, line 1: a link" in (
        flat(result.stderr)
    )


def test_without_gold_there_is_no_alignment_error(evaluate: S2S) -> None:
    result = evaluate("--json")
    assert "aer" not in json.loads(result.stdout)["new.src"]
    assert "Alignment" not in evaluate().stdout


def test_a_run_without_attention_is_passed_over_with_a_word(
    s2s: S2S, labelled: Path, copy_options: list[str]
) -> None:
    plain = ("--attention", "none", "--epochs", "1", "--quiet", "--run", "plain")
    assert s2s("train", labelled, *copy_options, *plain).exit_code == 0
    result = s2s("evaluate", "plain", "--json", "--threads", "1", "--beam", "1")
    assert "plain has no attention: the alignment error is left out." in flat(result.stderr)
    assert "aer" not in json.loads(result.stdout)["test"]
    Path("gold").write_text("0-0\n" * 5)
    refused = s2s("evaluate", "plain", "--gold", "gold", "--threads", "1")
    assert refused.exit_code == 2
    assert "plain has no attention" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--gold", "short"], "the number of lines differs: 2 in short and 4 pairs in new.src."),
        (["--gold", "wild"], "wild, line 2: expected links such as 0-1 (sure) or 0p1 (possible),"),
        (["--gold", "wide"], "wide, line 1: a link joins source word 0 and target word 2, counted"),
        (["--gold", "empty"], "The gold alignments have no sure link"),
        (["--gold", "wide", "--one-based"], "wide, line 1: link 0-2 counts from 0, but links that"),
        (["--gold", "nowhere"], "nowhere: there is no such file."),
        (["--one-based"], "--one-based says how --gold FILE counts"),
        (["--reverse", "run"], "--reverse aligns, and there are no gold links to compare with."),
        (["--symmetrize", "union"], "--symmetrize combines two directions"),
    ],
)
def test_refusals_come_before_anything_is_written(
    evaluate: S2S, run: Path, arguments: list[str], expected: str
) -> None:
    Path("short").write_text("0-0\n0-0\n")
    Path("wild").write_text("0-0\n0:0\n\n0-0\n")
    Path("wide").write_text("0-2\n0-0\n\n0-0\n")
    Path("empty").write_text("\n\n\n\n")
    result = evaluate(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in flat(result.stderr)
    assert not (run / "evaluation").exists()


def test_one_file_of_gold_is_for_one_split(evaluate: S2S, labelled: Path) -> None:
    Path("gold").write_text("0-0\n")
    result = evaluate("--data", labelled, "--split", "all", "--gold", "gold", files=False)
    assert result.exit_code == 2
    assert "--gold is for one set of pairs; these were chosen: valid, test." in flat(result.stderr)
