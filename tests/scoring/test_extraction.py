"""Links read from weights, by hand."""

import numpy as np
import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import Links, parse_links
from seq2seq_cli.scoring.extraction import (
    METHODS,
    Extraction,
    mutual_links,
    strongest_links,
    threshold_links,
    word_rows,
)

# Three target words and `</s>` in rows, three source words and `</s>` in columns.
WITH_ENDS = np.array(
    [
        [0.55, 0.30, 0.10, 0.05],
        [0.10, 0.20, 0.15, 0.55],
        [0.40, 0.00, 0.00, 0.60],
        [0.02, 0.90, 0.04, 0.04],
    ]
)
WORDS = word_rows(WITH_ENDS, shift=False)


def links(text: str) -> Links:
    return parse_links(text, origin="test", line_number=1)[1]


def test_the_row_and_the_column_of_the_end_are_cut_off() -> None:
    np.testing.assert_array_equal(WORDS, WITH_ENDS[:3, :3])


def test_a_shift_reads_the_next_row_and_that_of_the_end_for_the_last_word() -> None:
    shifted = word_rows(WITH_ENDS, shift=True)
    np.testing.assert_array_equal(shifted, WITH_ENDS[1:, :3])
    assert strongest_links(shifted) == links("1-0 0-1 1-2")
    assert threshold_links(shifted, 0.4) == links("0-1 1-2")


def test_strongest_gives_each_target_word_one_link() -> None:
    assert strongest_links(WORDS) == links("0-0 1-1 0-2")


def test_strongest_takes_the_first_of_equals_and_nothing_from_nothing() -> None:
    assert strongest_links(np.array([[0.5, 0.5], [0.0, 0.0]])) == links("0-0")
    assert strongest_links(np.zeros((0, 3))) == frozenset()
    assert strongest_links(np.zeros((3, 0))) == frozenset()


def test_threshold_takes_all_cells_that_reach_it() -> None:
    assert threshold_links(WORDS, 0.30) == links("0-0 1-0 0-2")
    assert threshold_links(WORDS, 0.56) == frozenset()


def test_mutual_takes_what_is_strongest_both_ways() -> None:
    """Source 0 is strongest for targets 0 and 2, and prefers 0; target 1 wants 1, which wants 0."""
    assert mutual_links(WORDS, 1.0) == links("0-0")
    assert mutual_links(WORDS, 0.40) == links("0-0 0-2")


def test_the_method_and_its_usual_threshold() -> None:
    weights = np.array([[0.95, 0.05], [0.92, 0.08], [0.30, 0.52]])
    assert Extraction().links(weights) == links("0-0 0-1 1-2")
    assert Extraction(threshold=1.0).links(weights) == links("0-0 1-2")
    assert Extraction(method="strongest").links(weights) == links("0-0 0-1 1-2")
    assert Extraction(method="threshold").links(weights) == links("0-0 0-1 1-2")
    assert Extraction(method="threshold", threshold=0.6).links(weights) == links("0-0 0-1")


@pytest.mark.parametrize("method", METHODS)
def test_signatures_name_what_matters(method: str) -> None:
    expected = {
        "strongest": "method:strongest|shift:no",
        "threshold": "method:threshold|threshold:0.5|shift:no",
        "mutual": "method:mutual|threshold:0.9|shift:no",
    }
    assert Extraction(method=method).signature == expected[method]  # type: ignore[arg-type]
    assert Extraction(threshold=0.25, shift=True).signature == (
        "method:mutual|threshold:0.25|shift:yes"
    )


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01, float("nan")])
def test_a_threshold_is_a_weight(threshold: float) -> None:
    with pytest.raises(InputError, match="a weight above 0 and up to 1 is expected"):
        Extraction(threshold=threshold)


def test_the_strongest_has_no_threshold() -> None:
    with pytest.raises(InputError, match="strongest has none"):
        Extraction(method="strongest", threshold=0.5)
