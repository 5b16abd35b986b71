"""`s2s train --guide`: what it reads and remembers, what it says, what it refuses."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

S2S = Callable[..., Result]
TINY = (
    *("--threads", "1", "--embedding-size", "4", "--encoder-size", "4", "--decoder-size", "8"),
    *("--attention-size", "4", "--batch-sentences", "8", "--epochs", "1", "--metric", "loss"),
)


def flat(text: str) -> str:
    return " ".join(text.split())


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return flat(result.stderr)


def refused(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("error: ")
    return flat(result.stderr)


@pytest.fixture
def links(copy_data: Path, s2s: S2S) -> Path:
    """`links.txt` in the current folder: each word of the copy task linked to itself."""
    lines = (copy_data / "train.target.txt").read_text("utf-8").splitlines()
    words = (range(len(line.split())) for line in lines)
    text = "".join(" ".join(f"{i}-{i}" for i in some) + "\n" for some in words)
    Path("links.txt").write_text(text)
    return Path("links.txt")


def test_a_guided_run_says_and_remembers_its_guide(s2s: S2S, copy_data: Path, links: Path) -> None:
    options = ("--guide-weight", "0.5", "--guide-units", "space")
    said = done(s2s("train", copy_data, "--run", "r/one", "--guide", links, *options, *TINY))
    pairs = len(links.read_text().splitlines())
    assert f"{pairs} training ({pairs} guided by links.txt) and " in said
    facts = json.loads(Path("r/one/run.json").read_text())
    assert facts["guide"] == "../../links.txt"
    assert len(facts["guide_sha256"]) == 64
    settings = tomllib.loads(Path("r/one/config.toml").read_text())["training"]
    assert (settings["guide_weight"], settings["guide_units"]) == (0.5, "space")
    step = json.loads(Path("r/one/metrics.jsonl").read_text().splitlines()[0])
    assert step["step"] == 50
    assert 0 < step["guide_loss"] < 3


def test_an_unguided_run_has_nothing_of_it(s2s: S2S, copy_data: Path) -> None:
    assert "guide" not in done(s2s("train", copy_data, "--run", "r", *TINY))
    assert "guide" not in json.loads(Path("r/run.json").read_text())
    step = json.loads(Path("r/metrics.jsonl").read_text().splitlines()[0])
    assert step["guide_loss"] is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--guide", "no.txt"], "no.txt: there is no such file."),
        (["--guide", "."], "is a folder; a file with lines is expected"),
        (["--guide", "-"], "--guide -: a file is expected, which a resumed run can read again."),
        (["--guide", "short.txt"], "short.txt has 1 lines, and the dataset has"),
        (["--guide", "far.txt"], "far.txt, line 1: link 0-9 is out of range: its source has"),
        (["--guide", "blank.txt"], "blank.txt has no link between tokens"),
        (["--guide", "links.txt", "--attention", "none"], "--attention none has none. Choose"),
        (["--guide", "links.txt", "--guide-weight", "-1"], "--guide-weight: Input should be"),
        (["--guide", "links.txt", "--guide-decay", "2"], "--guide-decay: Input should be"),
        (["--guide-decay", "0.5"], "--guide-decay: there is nothing to guide by. Name a file"),
    ],
)
def test_refusals_leave_no_run(
    s2s: S2S, copy_data: Path, links: Path, options: list[str], expected: str
) -> None:
    lines = links.read_text().splitlines()
    Path("short.txt").write_text("0-0\n")
    Path("far.txt").write_text("\n".join(["0-9", *lines[1:]]) + "\n")
    Path("blank.txt").write_text("\n" * len(lines))
    before = sorted(Path().iterdir())
    assert expected in refused(s2s("train", copy_data, *TINY, *options))
    assert sorted(Path().iterdir()) == before


def test_resume_needs_the_very_same_guide(s2s: S2S, copy_data: Path, links: Path) -> None:
    done(s2s("train", copy_data, "--run", "r", "--guide", links, *TINY))
    more = ("train", "--resume", "--run", "r", "--epochs", "2")
    moved = links.rename("moved.txt")
    said = refused(s2s(*more))
    assert "the guide of r is no longer at" in said
    assert "Name it: s2s train --resume --run RUN --guide FILE." in said
    shutil.copy(moved, "links.txt")
    with Path("links.txt").open("a") as file:
        file.write(" ")
    assert "is not the guide that r was trained with: its bytes differ." in refused(s2s(*more))
    assert "links.txt is not the guide" in refused(s2s(*more, "--guide", "links.txt"))
    assert "--guide-weight 1.0 (the run has 0.1) cannot change" in refused(
        s2s(*more, "--guide-weight", "1")
    )
    assert "guided by moved.txt) and" in done(s2s(*more, "--guide", moved))
    shutil.copy(moved, "links.txt")
    assert "going on with r at step" in done(s2s(*more[:-1], "3"))


def test_resume_takes_no_guide_where_there_was_none(s2s: S2S, copy_data: Path, links: Path) -> None:
    done(s2s("train", copy_data, "--run", "r", *TINY))
    said = refused(s2s("train", "--resume", "--run", "r", "--epochs", "2", "--guide", links))
    assert "r was trained without a guide, and goes on so." in said
