"""Kinds of attention that go by position, through every command that takes a run."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

S2S = Callable[..., Result]
TINY = (
    *("--threads", "1", "--embedding-size", "4", "--encoder-size", "4", "--decoder-size", "8"),
    *("--attention-size", "4", "--batch-sentences", "256", "--epochs", "1", "--device", "cpu"),
)
LINE = "bada gide moku lira tane"


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("kind", ["luong-local-m", "luong-local-p", "location"])
def test_every_command_takes_them(s2s: S2S, copy_data: Path, copy_run: Path, kind: str) -> None:
    options = ("--attention", kind, "--attention-window", "1", "--run", "new", "--quiet")
    done(s2s("train", copy_data, *TINY, *options, "--watch", LINE))
    config = Path("new/config.toml").read_text()
    assert f'attention = "{kind}"' in config
    assert "attention_window = 1" in config
    forced = ("--target", LINE, "--run", "new", "--device", "cpu")
    (facts,) = json.loads(done(s2s("attend", LINE, *forced, "--json")))["hypotheses"]
    weights = np.array(facts["weights"])
    assert weights.shape == (6, 6)
    if kind == "location":
        assert (weights > 0).all()
    else:
        assert ((weights > 0).sum(axis=1) <= 3).all()
    if kind == "luong-local-m":
        steps, places = np.nonzero(weights)
        assert np.abs(steps - places).max() == 1
    done(s2s("attend", LINE, *forced, "--save", "page.html"))
    assert Path("page.html").stat().st_size > 1_000
    assert len(done(s2s("align", "-", "--run", "new", stdin=f"{LINE}\t{LINE}\n")).splitlines()) == 1
    both = ("--run", "new", "--run", copy_run, "--ensemble")
    assert done(s2s("translate", *both, stdin=f"{LINE}\n")).count("\n") == 1
    scored = json.loads(done(s2s("evaluate", "new", "--json", "--threads", "1")))
    assert 0 < scored["test"]["attention"]["entropy_bits"] < 3
    assert f"({kind})" in done(s2s("attend", LINE, "--run", "new", "--compare", copy_run))
    assert done(s2s("attend", "--history", "--run", "new"))
