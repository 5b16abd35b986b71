"""Alignments to JSON and back, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.search.alignment_json import alignment_from_json, alignment_to_json

ALIGNMENT = Alignment(
    source=("the", "\x1b[31mcat", "</s>"),
    target=("", "</s>"),
    weights=np.array([[0.25, 0.75, 0.0], [1 / 3, 1 / 3, 1 / 3]]),
    log_probs=(-0.125, -2.0),
    source_known=(True, False, True),
    source_end=True,
    target_end=True,
)
Change = Callable[[dict[str, Any]], object]


def through_text(alignment: Alignment) -> Alignment:
    return alignment_from_json(json.loads(json.dumps(alignment_to_json(alignment))), "here")


def test_what_is_written_is_read() -> None:
    found = through_text(ALIGNMENT)
    assert (found.source, found.target) == (ALIGNMENT.source, ALIGNMENT.target)
    assert (found.log_probs, found.source_known) == ((-0.125, -2.0), (True, False, True))
    assert (found.source_end, found.target_end) == (True, True)
    assert found.weights.dtype == np.float64
    np.testing.assert_allclose(found.weights, ALIGNMENT.weights, rtol=0, atol=5e-7)


def test_what_is_copied_is_kept_where_the_model_copies() -> None:
    assert "copied" not in alignment_to_json(ALIGNMENT)
    assert through_text(ALIGNMENT).copied is None
    assert through_text(replace(ALIGNMENT, copied=(0.5, 1.0))).copied == (0.5, 1.0)
    for bad, message in (((0.5,), "2 copied"), ((0.5, 1.5), "from 0 to 1, found 1.5")):
        with pytest.raises(InputError, match=message):
            through_text(replace(ALIGNMENT, copied=bad))


def test_an_empty_target_keeps_its_shape() -> None:
    empty = Alignment(
        source=("a", "b"),
        target=(),
        weights=np.zeros((0, 2)),
        log_probs=(),
        source_known=(True, True),
        source_end=False,
        target_end=False,
    )
    assert through_text(empty).weights.shape == (0, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("target"), "expected the keys source, target, weights"),
        (lambda d: d.update(more=1), "expected the keys source, target, weights"),
        (lambda d: d["weights"].pop(), "expected 2 rows of weights, one for each label, found 1"),
        (lambda d: d["weights"][1].pop(), "expected 3 weights of a row, .* found 2"),
        (lambda d: d["source"].append("x"), "expected 4 weights of a row"),
        (lambda d: d["log_probs"].append(-1.0), "expected 2 log_probs, .* found 3"),
        (lambda d: d["source_known"].pop(), "expected 3 source_known, .* found 2"),
        (lambda d: d["weights"][0].__setitem__(1, 1.02), "weights from 0 to 1, found 1.02"),
        (lambda d: d["weights"][0].__setitem__(1, -0.5), "weights from 0 to 1, found -0.5"),
        (lambda d: d["weights"][0].__setitem__(1, float("nan")), "each of weights as a number"),
        (lambda d: d["weights"][0].__setitem__(1, "0.5"), "each of weights as a number"),
        (lambda d: d["weights"][0].__setitem__(1, True), "each of weights as a number"),
        (lambda d: d["weights"].__setitem__(0, 1), "list of weights of a row, found int"),
        (lambda d: d["log_probs"].__setitem__(0, float("-inf")), "each of log_probs as a number"),
        (lambda d: d["log_probs"].__setitem__(0, None), "each of log_probs as a number"),
        (lambda d: d["source_known"].__setitem__(0, 1), "source_known as true or false, found 1"),
        (lambda d: d.update(source_end="yes"), "source_end as true or false, found 'yes'"),
        (lambda d: d["target"].__setitem__(0, "\ud800"), "target labels each as Unicode text"),
        (lambda d: d["target"].__setitem__(0, 7), "target labels each as Unicode text, found 7"),
        (
            lambda d: d.update(target=[], weights=[], log_probs=[]),
            "expected a last label where there is an end",
        ),
    ],
)
def test_what_is_no_alignment_is_refused(change: Change, message: str) -> None:
    data = alignment_to_json(ALIGNMENT)
    change(data)
    with pytest.raises(InputError, match=f"^here: .*{message}"):
        alignment_from_json(data, "here")


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_what_is_no_mapping_is_refused(data: object) -> None:
    with pytest.raises(InputError, match="expected a mapping"):
        alignment_from_json(data, "here")
