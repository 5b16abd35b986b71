"""`s2s evaluate`: any split or any pair of files, written beside the run."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
from typer.testing import Result

import seq2seq_cli
from seq2seq_cli.batching.dataset import Dataset

S2S = Callable[..., Result]
KEYS = ("bleu", "chrf", "ter", "exact_match", "token_error_rate", "character_error_rate")


@pytest.fixture
def run(copy_run: Path, copy_data: Path, tmp_path: Path) -> Path:
    """A copy of the trained run, `run`, beside its dataset, in the current folder."""
    shutil.copytree(copy_data, tmp_path / copy_data.name)
    return Path(shutil.copytree(copy_run, tmp_path / "run"))


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def refused(result: Result, code: int = 2) -> str:
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("error: ")
    return flat(result.stderr)


def test_scores_are_shown_with_signatures_and_written(s2s: S2S, run: Path) -> None:
    result = s2s("evaluate", "run", "--threads", "1")
    assert result.exit_code == 0
    for words in ("run on test", "BLEU|nrefs:1|", "chrF2|nrefs:1|", "TER|", "By source length"):
        assert words in result.stdout
    assert "written to run/evaluation/test" in result.stdout
    folder = run / "evaluation" / "test"
    facts = json.loads((folder / "evaluation.json").read_text())
    assert facts["split"] == "test"
    assert facts["search"]["beam"] == 5
    assert all("score" in facts[key] for key in KEYS)
    hypotheses = (folder / "hypotheses.txt").read_text().splitlines()
    references = (folder / "references.txt").read_text().splitlines()
    assert len(hypotheses) == facts["count"]
    by_hand = sacrebleu.BLEU()
    assert by_hand.corpus_score(hypotheses, [references]).score == facts["bleu"]["score"]
    assert str(by_hand.get_signature()) == facts["bleu"]["signature"]


def test_json_is_what_was_written(s2s: S2S, run: Path) -> None:
    result = s2s("evaluate", "--run", "run", "--json", "--threads", "1", "--beam", "2")
    facts = json.loads(result.stdout)
    assert list(facts) == ["test"]
    assert facts["test"] == json.loads((run / "evaluation/test/evaluation.json").read_text())
    assert facts["test"]["search"]["beam"] == 2


def test_attention_is_measured_in_the_hypotheses(s2s: S2S, run: Path) -> None:
    """By hand from each line alone: neither padding nor the row of `</s>` may count."""
    result = s2s("evaluate", "run", "--threads", "1", "--beam", "1")
    assert " Attention" in result.stdout
    assert "warning" not in result.stdout
    facts = json.loads((run / "evaluation" / "test" / "evaluation.json").read_text())
    model = seq2seq_cli.load(run)
    weights = []
    for line in Dataset.open(run.parent / "copy").split("test").source_lines():
        alignment = model.attend(line, beam=1, pieces=True).alignment
        assert alignment.target_end
        weights.append(alignment.weights[:-1])
    tokens = sum(len(matrix) for matrix in weights)
    received = [matrix[:, :-1].sum(axis=0) for matrix in weights]
    found = facts["attention"]
    assert found["target_tokens"] == tokens
    assert found["end_mass"] == pytest.approx(sum(m[:, -1].sum() for m in weights) / tokens)
    assert found["coverage"] == pytest.approx(float(np.concatenate(received).mean()))
    assert found["variation"] > 0.5
    assert found["collapse"] is None


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        (["valid", "test"], ["valid", "test"]),
        (["all"], ["valid", "test"]),
    ],
)
def test_several_splits(s2s: S2S, run: Path, splits: list[str], expected: list[str]) -> None:
    options = [word for split in splits for word in ("--split", split)]
    result = s2s("evaluate", "run", *options, "--json", "--threads", "1", "--beam", "1")
    assert list(json.loads(result.stdout)) == expected


def test_two_files_take_the_place_of_a_split(s2s: S2S, run: Path) -> None:
    Path("new.src").write_text("bada gide\n\nmoku\n")
    Path("new.ref").write_text("bada gide\n\nlira\n")
    result = s2s(
        *("evaluate", "run", "--src", "new.src", "--ref", "new.ref", "--json", "--threads", "1")
    )
    facts = json.loads(result.stdout)["new.src"]
    assert facts["count"] == 3
    assert facts["exact_match"]["score"] == pytest.approx(200 / 3)
    written = (run / "evaluation/new.src/hypotheses.txt").read_text()
    assert written == "bada gide\n\nmoku\n"


def test_a_run_needs_nothing_but_itself(s2s: S2S, run: Path, copy_data: Path) -> None:
    Path("new.src").write_text("bada gide\n")
    shutil.rmtree(Path(copy_data.name))
    said = refused(s2s("evaluate", "run", "--threads", "1"))
    assert "the dataset of run is no longer at" in said
    assert "Name it with --data, or score two files with --src and --ref." in said
    done = s2s("evaluate", "run", "--data", copy_data, "--json", "--threads", "1")
    assert json.loads(done.stdout)["test"]["exact_match"]["score"] > 90
    done = s2s("evaluate", "run", "--src", "new.src", "--ref", "new.src", "--threads", "1")
    assert done.exit_code == 0


def test_lowercase_and_tokenizer_reach_the_signature(s2s: S2S, run: Path) -> None:
    result = s2s(
        *("evaluate", "run", "--json", "--threads", "1", "--lowercase"),
        *("--bleu-tokenizer", "char", "--beam", "1"),
    )
    signature = json.loads(result.stdout)["test"]["bleu"]["signature"]
    assert "case:lc" in signature
    assert "tok:char" in signature


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--src", "two"], "--src and --ref belong together: give both files, or neither."),
        (
            ["--src", "two", "--ref", "three"],
            "the number of lines differs: 2 in two and 3 in three",
        ),
        (["--src", "two", "--ref", "nowhere"], "nowhere: there is no such file."),
        (["--src", "bad", "--ref", "two"], "bad, line 2 is not valid UTF-8"),
        (["--src", "empty", "--ref", "empty"], "There are no lines to score."),
        (["--src", "two", "--ref", "two", "--split", "test"], "take the place of --split and"),
        (["--split", "tset"], "no split `tset`; it has train, valid, test. Did you mean `test`?"),
        (["--data", "run"], "run is not a dataset: it has no manifest.json."),
        (["--run", "./run"], "the run run is named twice. Name each run once."),
        (["--run", "nowhere"], "nowhere is not a run: it has no config.toml."),
    ],
)
def test_refusals(s2s: S2S, run: Path, arguments: list[str], expected: str) -> None:
    Path("two").write_text("a\nb\n")
    Path("three").write_text("a\nb\nc\n")
    Path("bad").write_bytes(b"a\n\xff\n")
    Path("empty").write_bytes(b"")
    assert expected in refused(s2s("evaluate", "run", *arguments, "--threads", "1"))
    assert not (run / "evaluation").exists()


def test_several_runs_are_scored_in_turn(s2s: S2S, run: Path) -> None:
    shutil.copytree(run, "other")
    arguments = ("evaluate", "run", "--run", "other", "--threads", "1", "--beam", "1")
    shown = s2s(*arguments).stdout
    assert shown.index("run on test") < shown.index("other on test")
    found = json.loads(s2s(*arguments, "--json").stdout)
    assert list(found) == ["run", "other"]
    assert found["other"]["test"]["bleu"] == found["run"]["test"]["bleu"]
    for name in found:
        written = json.loads(Path(name, "evaluation/test/evaluation.json").read_text())
        assert written == found[name]["test"]


def test_standard_input_is_read_once_for_several_runs(s2s: S2S, run: Path) -> None:
    shutil.copytree(run, "other")
    Path("new.ref").write_text("bada gide\nmoku\n")
    files = ("--src", "-", "--ref", "new.ref", "--json", "--threads", "1")
    result = s2s("evaluate", "--run", "run", "--run", "other", *files, stdin="bada gide\nmoku\n")
    found = json.loads(result.stdout)
    assert [facts["stdin"]["exact_match"]["score"] for facts in found.values()] == [100, 100]


def test_no_run_here(s2s: S2S) -> None:
    assert "there is no run in ./s2s-runs." in refused(s2s("evaluate"))


def test_scores_are_shown_even_where_they_cannot_be_written(s2s: S2S, run: Path) -> None:
    (run / "evaluation").write_text("in the way")
    result = s2s("evaluate", "run", "--threads", "1", "--beam", "1")
    assert result.exit_code == 1
    assert "run on test" in result.stdout
    assert "error: cannot make run/evaluation/test: " in flat(result.stderr)
