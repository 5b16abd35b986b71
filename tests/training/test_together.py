"""Training by several processes: the result does not depend on how many there are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Together = Callable[..., list[dict[str, Any]]]
KINDS = ("none", "bahdanau", "luong-dot", "luong-general", "luong-concat")
CASES: dict[str, dict[str, Any]] = {
    "doubles": {"double": True, "steps": 50, "settings": {}},
    "floats": {"steps": 20, "settings": {}},
    "guided, more processes than pairs": {
        "double": True,
        "steps": 12,
        "guided": True,
        "settings": {"training.batch_sentences": 3, "training.metric": "loss"},
    },
    "in parts": {"double": True, "steps": 6, "cells": 40, "settings": {}},
    **{
        f"{kind}, {cell}": {
            "double": True,
            "steps": 3,
            "settings": {"model.attention": kind, "model.cell": cell, "model.encoder_layers": 2},
        }
        for kind, cell in zip(KINDS, ("lstm", "lstm", "gru", "lstm", "gru"), strict=True)
    },
}


@pytest.fixture(scope="module")
def found(together: Together, copy_data: Path) -> dict[int, dict[str, list[list[float]]]]:
    """The figures of each case, by the number of processes."""
    jobs = [
        {"size": size, "work": "losses", "arguments": [str(copy_data), list(CASES.values())]}
        for size in (1, 2, 4)
    ]
    ended = together(*jobs)
    for one in ended:
        assert not any(one["codes"]), one["err"]
    figures = [json.loads(one["out"][0]) for one in ended]
    return {
        size: dict(zip(CASES, own, strict=True))
        for size, own in zip((1, 2, 4), figures, strict=True)
    }


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("case", CASES)
def test_several_processes_do_what_one_does(
    found: dict[int, dict[str, list[list[float]]]], case: str, size: int
) -> None:
    exact = 1e-9 if CASES[case].get("double") else 1e-4
    alone, several = found[1][case], found[size][case]
    assert len(alone) == len(several) >= CASES[case]["steps"]
    for one, other in zip(alone, several, strict=True):
        assert other == pytest.approx(one, rel=exact)


def test_the_model_learns_something_meanwhile(
    found: dict[int, dict[str, list[list[float]]]],
) -> None:
    figures = found[4]["doubles"]
    assert figures[-1][0] < 0.98 * figures[0][0]


def test_all_end_at_the_same_step_where_one_is_asked_to(
    together: Together, copy_data: Path
) -> None:
    (ended,) = together({"size": 3, "work": "stopped", "arguments": [str(copy_data), 5]})
    assert ended["codes"] == [0, 0, 0], ended["err"]
    assert ended["out"] == ["interrupted 6\n"] * 3
