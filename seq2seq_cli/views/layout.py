"""How a wide table fits a terminal: equal columns, labels over them, blocks of columns.

Column labels are written horizontally. Where one is too long to stand beside the next, it moves
up a line, and a leader goes down from its first letter to its column:

    teacher
    │   does
    │   │   not

Where such stairs would be too tall, labels stand upright, letter under letter.
Knows widths only, in terminal cells; it draws nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SMALLEST_CELL = 3
LARGEST_CELL = 6
TALLEST_STAIRS = 12
"""Lines of labels beyond which they stand upright, if that takes fewer."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the columns of a table go."""

    cell: int
    """Width of every column."""
    blocks: tuple[range, ...]
    """The columns of each block; together each column once, in order."""
    upright: bool = False
    """Whether labels stand upright, in all blocks."""


@dataclass(frozen=True, kw_only=True)
class Space:
    """What a layout has to keep to, in terminal cells."""

    available: int
    """Cells to the right of the row labels."""
    tail: int = 0
    """Cells kept free to the right of the last column, for a column of figures."""
    tail_label: int = 0
    """Width of that column's label, which is right-aligned in it."""
    smallest: int = SMALLEST_CELL
    largest: int = LARGEST_CELL

    @property
    def widest_label(self) -> int:
        """The longest label that a block of one column can hold."""
        return max(1, self.available - lead(self.smallest))


def lead(cell: int) -> int:
    """Where in a column its label, its leader and its mark begin."""
    return (cell - 1) // 2


def plan(widths: Sequence[int], space: Space, letters: Sequence[int] | None = None) -> Layout:
    """The fewest blocks, then the fewest lines of labels, then the narrowest columns.

    Args:
        widths: those of the column labels, none wider than `space.widest_label`
        space: what to keep to
        letters: the lines that each label takes if it stands upright; None: they cannot
    """
    room = max(1, (space.available - space.tail) // space.smallest)
    for count in range(max(1, -(-len(widths) // room)), len(widths)):
        blocks = split_evenly(len(widths), count)
        cells = [
            cell
            for cell in range(space.smallest, space.largest + 1)
            if all(_fits([widths[i] for i in block], cell, space) for block in blocks)
        ]
        if cells:
            return min(
                (_labelled(widths, letters, blocks, cell, space) for cell in cells),
                key=lambda found: (found[0], found[1].cell),
            )[1]
    return Layout(cell=space.smallest, blocks=split_evenly(len(widths), max(1, len(widths))))


def split_evenly(columns: int, count: int) -> tuple[range, ...]:
    """Cut a number of columns into blocks whose sizes differ by one at most."""
    edges = [columns * part // count for part in range(count + 1)]
    return tuple(range(start, end) for start, end in pairwise(edges))


def stairs(widths: Sequence[int], cell: int, space: Space) -> list[int]:
    """The line of each label, 0 for the one nearest to the table, so that none hits another.

    A label moves up where it would reach the leader of a column to its right.
    """
    starts = [lead(cell) + cell * column for column in range(len(widths))]
    heights = [0] * len(widths)
    tail_start = cell * len(widths) + space.tail - space.tail_label if space.tail else None
    for column in reversed(range(len(widths))):
        end = starts[column] + widths[column]
        above = [0] if tail_start is None or end < tail_start else [1]
        for other in range(column + 1, len(widths)):
            if starts[other] > end:
                break
            above.append(heights[other] + 1)
        heights[column] = max(above)
    return heights


def _fits(widths: Sequence[int], cell: int, space: Space) -> bool:
    last = max(lead(cell) + cell * column + width for column, width in enumerate(widths))
    return max(last, cell * len(widths) + space.tail) <= space.available


def _labelled(
    widths: Sequence[int],
    letters: Sequence[int] | None,
    blocks: tuple[range, ...],
    cell: int,
    space: Space,
) -> tuple[int, Layout]:
    """The lines that labels take in all blocks, and the layout with its kind of labels."""
    lines = [max(stairs([widths[i] for i in block], cell, space)) for block in blocks]
    upright = [max(letters[i] for i in block) - 1 for block in blocks] if letters else lines
    stand = max(lines) >= TALLEST_STAIRS and max(upright) < max(lines)
    layout = Layout(cell=cell, blocks=blocks, upright=stand)
    return sum(upright if stand else lines), layout
