"""`s2s train --seeds`: several runs, their mean, and a series that goes on where it stopped."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
from typer.testing import Result

S2S = Callable[..., Result]


@pytest.fixture
def small(copy_options: list[str]) -> list[str]:
    """Options for a run of a second."""
    return [*copy_options, "--epochs", "1", "--encoder-size", "8", "--decoder-size", "16"]


def flat(text: str) -> str:
    return " ".join(text.split())


def config(run: str | Path) -> dict[str, Any]:
    return tomllib.loads(Path(run, "config.toml").read_text())


def weights(run: str | Path) -> bytes:
    return Path(run, "model.safetensors").read_bytes()


def test_a_series_goes_on_where_it_stopped(s2s: S2S, copy_data: Path, small: list[str]) -> None:
    arguments = ("train", copy_data, *small, "--seed", "4", "--run", "r", "--watch", "bada")
    done = s2s(*arguments, "--seeds", "3", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    scores = [one["best_score"] for one in found["runs"]]
    assert [one["run"] for one in found["runs"]] == ["r-seed4", "r-seed5", "r-seed6"]
    assert (found["metric"], found["count"]) == (config("r-seed4")["training"]["metric"], 3)
    assert found["mean"] == pytest.approx(mean(scores))
    assert found["deviation"] == pytest.approx(stdev(scores))
    assert len({weights(f"r-seed{seed}") for seed in (4, 5, 6)}) == 3
    for seed in (5, 6):
        settings, first = config(f"r-seed{seed}"), config("r-seed4")
        assert settings["training"].pop("seed") == seed
        first["training"].pop("seed")
        assert [settings[part] for part in ("model", "training", "search")] == [
            first[part] for part in ("model", "training", "search")
        ]
        assert json.loads(Path(f"r-seed{seed}/run.json").read_text())["watch"]

    refused = s2s(*arguments, "--seeds", "2")
    assert refused.exit_code == 2
    assert "r-seed4 exists already" in refused.stderr

    before = {seed: weights(f"r-seed{seed}") for seed in (4, 5, 6)}
    shutil.rmtree("r-seed6")  # not begun
    shutil.rmtree("r-seed5/checkpoints")  # ended before its first checkpoint
    again = s2s("train", "--resume", "--seeds", "3", "--run", "r")
    assert again.exit_code == 0
    assert {seed: weights(f"r-seed{seed}") for seed in (4, 5, 6)} == before
    assert "run 3 of 3, seed 6: r-seed6" in again.stderr
    assert f"mean {mean(scores):.2f}, standard deviation {stdev(scores):.2f}" in again.stderr
    assert "nothing was left to do" not in again.stderr  # a longer r-seed4 is no part of the series

    part = s2s("train", copy_data, *small, "--seed", "5", "--resume", "--seeds", "2", "--run", "r")
    assert part.exit_code == 0
    assert "run 2 of 2, seed 6: r-seed6" in part.stderr
    assert {seed: weights(f"r-seed{seed}") for seed in (4, 5, 6)} == before


def test_a_run_of_a_series_is_the_run_of_that_seed(
    s2s: S2S, copy_data: Path, small: list[str]
) -> None:
    series = s2s("train", copy_data, *small, "--seeds", "2", "--run", "r", "--quiet")
    assert (series.exit_code, series.output) == (0, "")
    alone = s2s("train", copy_data, *small, "--seed", "2", "--run", "alone", "--quiet")
    assert alone.exit_code == 0
    assert weights("alone") == weights("r-seed2")


def test_folders_are_named_by_the_dataset(s2s: S2S, copy_data: Path, small: list[str]) -> None:
    for _ in range(2):
        assert s2s("train", copy_data, *small, "--seeds", "2", "--quiet").exit_code == 0
    names = {path.name for path in Path("s2s-runs").iterdir()}
    assert names == {"copy-seed1", "copy-seed2", "copy-2-seed1", "copy-2-seed2"}
    assert s2s("train", "--resume", "--seeds", "2", "--quiet").exit_code == 0


def test_a_series_needs_a_name(s2s: S2S) -> None:
    refused = s2s("train", "--resume", "--seeds", "2", "--run", ".")
    assert refused.exit_code == 2
    assert "--run . has no name that runs of seeds could take." in flat(refused.stderr)


def test_there_is_no_such_series(s2s: S2S) -> None:
    refused = s2s("train", "--resume", "--seeds", "2", "--run", "r")
    assert refused.exit_code == 2
    assert "there is no series r: no run r-seed1, say." in flat(refused.stderr)
