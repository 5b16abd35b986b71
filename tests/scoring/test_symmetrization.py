"""Links of two directions combined, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.scoring.alignment import Links, parse_links, transposed
from seq2seq_cli.scoring.symmetrization import (
    SYMMETRIZATIONS,
    grow_diag,
    grow_diag_final_and,
    intersection,
    union,
)


def links(text: str) -> Links:
    return parse_links(text, origin="test", line_number=1)[1]


FORWARD, BACKWARD = links("0-0 1-1 4-4 4-1"), links("0-0 2-1 4-3")


def test_intersection_and_union() -> None:
    assert intersection(FORWARD, BACKWARD) == links("0-0")
    assert union(FORWARD, BACKWARD) == links("0-0 1-1 2-1 4-1 4-3 4-4")


def test_grow_diag_takes_neighbours_that_bring_a_free_word() -> None:
    """1-1 touches 0-0 diagonally, then 2-1 touches 1-1 and brings source 2; the rest is apart."""
    assert grow_diag(FORWARD, BACKWARD) == links("0-0 1-1 2-1")


def test_final_and_adds_links_between_two_free_words() -> None:
    """4-4 joins two free words; target 1 has links by then, and source 4 has one for 4-3."""
    assert grow_diag_final_and(FORWARD, BACKWARD) == links("0-0 1-1 2-1 4-4")


def test_final_and_takes_the_first_direction_first() -> None:
    assert grow_diag_final_and(BACKWARD, FORWARD) == links("0-0 1-1 2-1 4-3")


def test_growing_leaves_out_what_brings_no_free_word() -> None:
    """0-1 and 1-0 neighbour both links, but all four words have theirs."""
    forward, backward = links("0-0 1-1 0-1"), links("0-0 1-1 1-0")
    assert grow_diag(forward, backward) == links("0-0 1-1")


def test_growing_goes_on_along_a_chain_against_the_order_of_visits() -> None:
    forward, backward = links("3-3 2-2 1-1"), links("3-3 0-0 1-1")
    assert intersection(forward, backward) == links("1-1 3-3")
    assert grow_diag(forward, backward) == links("0-0 1-1 2-2 3-3")
    backward = links("3-3 0-0")
    assert grow_diag(links("3-3 2-2 1-1"), backward) == links("0-0 1-1 2-2 3-3")


def test_the_first_visited_takes_the_free_word() -> None:
    """Both 1-0 and 1-2 want source 1; from 0-0 ... 2-1 the target-wise first of them gets it.

    0-1 is in. Straight neighbours come before diagonal ones: none here. Of the diagonal ones
    1-0 comes before 1-2; the latter still brings target 2.
    """
    forward, backward = links("0-1 1-0"), links("0-1 1-2")
    assert grow_diag(forward, backward) == links("0-1 1-0 1-2")
    taken = links("2-0")
    assert grow_diag(forward | taken, backward | taken) == links("0-1 1-0 1-2 2-0")


@pytest.mark.parametrize("way", SYMMETRIZATIONS.values(), ids=SYMMETRIZATIONS)
def test_directions_that_agree_are_left_as_they_are(way: object) -> None:
    assert callable(way)
    assert way(FORWARD, FORWARD) == FORWARD
    assert way(frozenset(), frozenset()) == frozenset()


def test_nothing_grows_from_no_intersection_but_final_and_starts_anew() -> None:
    forward, backward = links("0-0 1-1"), links("0-1 2-2")
    assert grow_diag(forward, backward) == frozenset()
    assert grow_diag_final_and(forward, backward) == links("0-0 1-1 2-2")


some_links = st.frozensets(st.tuples(st.integers(0, 5), st.integers(0, 5)))


@given(some_links, some_links)
def test_each_way_holds_the_one_before_it(forward: Links, backward: Links) -> None:
    found = [way(forward, backward) for way in (intersection, grow_diag, grow_diag_final_and)]
    assert found[0] <= found[1] <= found[2] <= union(forward, backward)
    assert grow_diag(forward, backward) == grow_diag(backward, forward)


def test_transposing_twice_is_nothing() -> None:
    assert transposed(links("0-1 2-3")) == links("1-0 3-2")
    assert transposed(transposed(FORWARD)) == FORWARD
