"""Round ticks, and labels that do not cover each other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.views.axis import length_axis, rows_without_overlap, score_axis, spread


def test_scores_begin_at_zero_where_they_reach_far_down() -> None:
    axis = score_axis([12.0, 97.0], 6)
    assert axis.ticks == (0, 20, 40, 60, 80, 100)
    assert (axis.low, axis.high) == (0, 100)
    assert axis.share(25) == 0.25


def test_scores_close_together_are_not_blown_up() -> None:
    axis = score_axis([96.0, 97.5], 6)
    assert axis.high == 100
    assert axis.high - axis.low >= 10
    assert score_axis([0.0, 0.0], 6).low == 0


@given(
    st.lists(st.floats(min_value=0, max_value=100, allow_subnormal=False), min_size=1, max_size=9),
    st.integers(min_value=3, max_value=9),
)
def test_every_score_lies_on_its_axis(values: list[float], most: int) -> None:
    axis = score_axis(values, most)
    assert all(-1e-9 <= axis.share(value) <= 1 + 1e-9 for value in values)
    assert 2 <= len(axis.ticks) <= most + 1
    assert axis.ticks[0] == pytest.approx(axis.low)
    assert axis.ticks[-1] == pytest.approx(axis.high)


def test_lengths_end_at_the_longest() -> None:
    axis = length_axis([4.1, 31.9], 8)
    assert (axis.low, axis.high) == (0, 31.9)
    assert axis.ticks == (0, 5, 10, 15, 20, 25, 30)
    assert length_axis([26.2, 31.9], 8).low >= 25


@given(
    st.lists(st.floats(min_value=0, max_value=2_000, allow_subnormal=False), min_size=1, max_size=9)
)
def test_every_length_lies_on_its_axis(lengths: list[float]) -> None:
    axis = length_axis(lengths, 8)
    assert axis.low < axis.high
    assert all(-1e-9 <= axis.share(length) <= 1 + 1e-9 for length in lengths)
    assert 1 <= len(axis.ticks) <= 9
    assert all(float(tick).is_integer() for tick in axis.ticks)


def test_places_are_moved_no_further_than_need_be() -> None:
    assert spread([0.0, 5.0, 9.0], 2.0, 0.0, 10.0) == [0.0, 5.0, 9.0]
    assert spread([5.0, 5.0], 2.0, 0.0, 10.0) == [5.0, 7.0]
    assert spread([10.0, 9.5, 0.0], 2.0, 0.0, 10.0) == [10.0, 8.0, 0.0]


@given(
    st.lists(st.floats(min_value=0, max_value=20, allow_subnormal=False), min_size=1, max_size=20)
)
def test_places_are_apart_in_order_and_inside(places: list[float]) -> None:
    moved = sorted(spread(places, 1.0, 0.0, 20.0))
    assert moved[0] >= -1e-9
    assert moved[-1] <= 20.0
    assert all(b - a >= 1 - 1e-9 for a, b in pairwise(moved))


def test_labels_go_into_the_first_free_row() -> None:
    assert rows_without_overlap([0, 5, 8, 20], [10, 12, 15, 30]) == [0, 1, 2, 0]
    assert rows_without_overlap([], []) == []
