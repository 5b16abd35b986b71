"""Lines and marks in terminal cells: eight braille dots in each, or one character without Unicode.

Places are shares of the canvas, from 0 at its left or bottom to 1. Knows nothing of axes.
"""

from dataclasses import dataclass
from itertools import pairwise

from rich.text import Text

_BRAILLE = 0x2800
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # down, across
Point = tuple[float, float]


@dataclass(kw_only=True)
class _Cell:
    """What is drawn in one cell: dots, or a character in their place."""

    dots: int = 0
    character: str = ""
    style: str = ""


class Canvas:
    """A field of cells to draw on; what comes later lies above, but no line hides a mark."""

    def __init__(self, columns: int, rows: int, *, unicode: bool) -> None:
        self.columns, self.rows = columns, rows
        self._across, self._down = (2, 4) if unicode else (1, 1)
        self._cells = [[_Cell() for _ in range(columns)] for _ in range(rows)]

    def line(self, points: list[Point], *, dash: tuple[int, ...], stroke: str, style: str) -> None:
        """Connect points; `stroke` is the character of a line where there are no dots."""
        drawn = 0
        places = [self._place(point) for point in points]
        for start, end in pairwise(places):
            steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
            for step in range(steps + 1):
                x = start[0] + round((end[0] - start[0]) * step / steps)
                y = start[1] + round((end[1] - start[1]) * step / steps)
                if self._across == 1 or _is_drawn(drawn + step, dash):
                    self._dot(x, y, stroke, style)
            drawn += steps

    def mark(self, point: Point, character: str, style: str) -> None:
        """Put a character in the cell of a point."""
        x, y = self._place(point)
        cell = self._cells[y // self._down][x // self._across]
        cell.character, cell.style = character, f"bold {style}"

    def row_of(self, share: float) -> int:
        """The row in which a share of the height lies, from 0 at the top."""
        return self._place((0.0, share))[1] // self._down

    def column_of(self, share: float) -> int:
        """The column in which a share of the width lies."""
        return self._place((share, 0.0))[0] // self._across

    def row(self, number: int) -> Text:
        """One row of cells as text, as wide as the canvas."""
        text = Text()
        for cell in self._cells[number]:
            shown = cell.character or (chr(_BRAILLE | cell.dots) if cell.dots else " ")
            text.append(shown, cell.style)
        return text

    def _place(self, point: Point) -> tuple[int, int]:
        """Dots from the left and from the top."""
        across, down = self.columns * self._across - 1, self.rows * self._down - 1
        return round(point[0] * across), round((1.0 - point[1]) * down)

    def _dot(self, x: int, y: int, stroke: str, style: str) -> None:
        cell = self._cells[y // self._down][x // self._across]
        if not cell.style.startswith("bold"):
            cell.style = style
        if self._across == 1:
            cell.character = cell.character or stroke
        else:
            cell.dots |= _BITS[y % self._down][x % self._across]


def _is_drawn(place: int, dash: tuple[int, ...]) -> bool:
    """Whether the dot at a place along a line is drawn by a dash pattern."""
    if not dash:
        return True
    place %= sum(dash)
    for number, length in enumerate(dash):
        if place < length:
            return number % 2 == 0
        place -= length
    return False
