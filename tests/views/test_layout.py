"""Columns are equal, labels never touch, and blocks hold each column exactly once."""

from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.views.layout import Space, lead, plan, split_evenly, stairs


def test_labels_that_fit_beside_each_other_stay_on_one_line() -> None:
    assert stairs([3, 3, 3], 4, Space(available=80)) == [0, 0, 0]


def test_a_long_label_rises_above_the_columns_that_it_covers() -> None:
    # teacher (7) reaches `does` (4), which reaches `not`: columns of four cells
    assert stairs([7, 4, 3], 4, Space(available=80)) == [2, 1, 0]


def test_a_label_rises_above_the_label_of_the_figures() -> None:
    space = Space(available=80, tail=7, tail_label=5)
    assert stairs([1], 3, space) == [0]  # ends in cell 2; the figures' label begins in cell 5
    assert stairs([4], 3, space) == [1]


def test_one_block_where_it_fits_with_the_fewest_lines_of_labels() -> None:
    layout = plan([3, 3, 7, 4, 3], Space(available=30))
    assert layout.blocks == (range(5),)
    assert layout.cell == 5  # two lines; with four cells there are three, with six still two


def test_labels_stand_upright_only_where_stairs_are_tall_and_that_is_lower() -> None:
    space = Space(available=200)
    many = plan([9] * 30, space, letters=[9] * 30)
    assert many.upright
    assert many.cell == 3
    assert not plan([9] * 30, space).upright  # labels that cannot stand
    assert not plan([9] * 5, space, letters=[9] * 5).upright  # stairs of five lines
    assert not plan([9] * 30, space, letters=[99] * 30).upright


def test_blocks_are_even() -> None:
    assert split_evenly(7, 3) == (range(0, 2), range(2, 4), range(4, 7))


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=80),
    st.integers(24, 180),
    st.sampled_from([0, 7]),
)
def test_every_column_is_in_one_block_and_nothing_leaves_the_space(
    widths: list[int], available: int, tail: int
) -> None:
    space = Space(available=available, tail=tail, tail_label=5)
    layout = plan(widths, space)
    assert [column for block in layout.blocks for column in block] == list(range(len(widths)))
    for block in layout.blocks:
        assert len(block) * layout.cell + tail <= available
        for place, column in enumerate(block):
            assert lead(layout.cell) + place * layout.cell + widths[column] <= available


@given(st.lists(st.integers(1, 20), min_size=1, max_size=30), st.integers(3, 6))
def test_no_label_touches_another_label_or_leader(widths: list[int], cell: int) -> None:
    heights = stairs(widths, cell, Space(available=1000))
    for column, width in enumerate(widths):
        for other in range(column + 1, len(widths)):
            meets = (other - column) * cell <= width
            assert not meets or heights[other] < heights[column]
