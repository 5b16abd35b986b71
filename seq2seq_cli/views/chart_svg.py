"""A chart of lines as SVG: round ticks, a curve for each line, and its name where it ends.

On a light ground of its own, so that it reads on dark pages; marks and dashes differ, so that it
reads without colour. Places are in pixels. Knows nothing of what the numbers mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from rich.cells import cell_len

from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.axis import Axis, spread
from seq2seq_cli.views.labels import fit, make_label
from seq2seq_cli.views.marks import Mark, mark_of

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
INK, FAINT, GRID, GROUND = "#22222a", "#5c5c66", "#e4e4ea", "#ffffff"
PLOT_WIDTH, PLOT_HEIGHT = 520, 300
LEFT, TOP = 64, 68
LETTER = 7.4
"""Pixels of an average letter of the names, on the safe side."""
LONGEST_NAME = 28
NAME_GAP = 18
INSET = 14
"""Between the vertical axis and the first place, or the last point and the end of the plot."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A place on a line."""

    across: float
    up: float
    words: str
    """What is said of it to those who point at it, after the line's name."""
    is_hollow: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """A curve with its name; it is interrupted where there is no point."""

    name: str
    points: Sequence[Point | None]

    @property
    def known(self) -> list[Point]:
        """The points that are there."""
        return [point for point in self.points if point is not None]


class Chart:
    """Lines on two axes; what stands below the axes is up to those who draw it.

    Attributes:
        names: of the lines, cut to fit.
        bottom, right, width: of the plot, and of the picture with the names.
    """

    def __init__(self, lines: Sequence[Line], *, across: Axis, up: Axis) -> None:
        self._lines, self._across, self._up = lines, across, up
        self.names = [fit(make_label(line.name), LONGEST_NAME) for line in lines]
        self._height = max(PLOT_HEIGHT, NAME_GAP * len(self.names))
        self.bottom = TOP + self._height
        self.right = LEFT + PLOT_WIDTH
        self.width = self.right + 34 + round(LETTER * max(map(cell_len, self.names), default=0))

    def x(self, value: float) -> float:
        """Where a value lies on the axis across."""
        return LEFT + INSET + self._across.share(value) * (PLOT_WIDTH - 2 * INSET)

    def y(self, value: float) -> float:
        """Where a value lies on the axis that goes up."""
        return self.bottom - self._up.share(value) * self._height

    def document(
        self, below: Sequence[str], *, height: int, heading: str, title: str, words: str, unit: str
    ) -> str:
        """The whole picture.

        Args:
            below: elements that are drawn below the axes
            height: of the picture, with these
            heading: what is drawn
            title: of what
            words: all figures, for those who do not see the picture
            unit: what the axis across counts
        """
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height}" '
            f'width="{self.width}" height="{height}" role="img" font-family="{FONT}" '
            'font-size="13">',
            f"<title>{_text(f'{heading}: {title}')}</title>",
            f"<desc>{_text(words)}</desc>",
            f'<rect width="{self.width}" height="{height}" rx="8" fill="{GROUND}"/>',
            label(LEFT, 28, heading, size=17, weight="bold"),
            label(LEFT, 48, title, colour=FAINT),
            *self._grid(),
            *self._ticks(unit),
            *below,
            *self._curves(),
            *self._end_names(),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _grid(self) -> Iterator[str]:
        """Numbers of the axis that goes up, with a line across the plot for each."""
        for tick in self._up.ticks:
            y = self.y(tick)
            colour = FAINT if tick == self._up.low else GRID
            yield f'<path d="M{LEFT} {y:.1f}H{self.right}" stroke="{colour}" fill="none"/>'
            yield label(LEFT - 8, y + 4.5, f"{tick:g}", anchor="end", colour=FAINT)

    def _ticks(self, unit: str) -> Iterator[str]:
        for tick in self._across.ticks:
            x = self.x(tick)
            yield f'<path d="M{x:.1f} {self.bottom}v5" stroke="{FAINT}" fill="none"/>'
            yield label(x, self.bottom + 19, f"{tick:g}", anchor="middle", colour=FAINT)
        middle = LEFT + PLOT_WIDTH / 2
        yield label(middle, self.bottom + 38, unit, anchor="middle", colour=INK)

    def _curves(self) -> Iterator[str]:
        """Lines, interrupted where there is no point, and their marks, each with its facts."""
        for index, line in enumerate(self._lines):
            mark = mark_of(index)
            dash = " ".join(str(2 * length) for length in mark.dash)
            dashes = f' stroke-dasharray="{dash}"' if dash else ""
            yield (
                f'<path d="{"".join(self._steps(line))}" fill="none" '
                f'stroke="{mark.picture_colour}" stroke-width="2"{dashes}/>'
            )
            for point in line.known:
                words = f"{self.names[index]}: {point.words}"
                place = self.x(point.across), self.y(point.up)
                yield _shape(mark, *place, is_hollow=point.is_hollow, words=words)

    def _steps(self, line: Line) -> Iterator[str]:
        for before, point in pairwise([None, *line.points]):
            if point is not None:
                command = "M" if before is None else "L"
                yield f"{command}{self.x(point.across):.1f} {self.y(point.up):.1f}"

    def _end_names(self) -> Iterator[str]:
        """The names beside the last points, moved apart where those are close."""
        ends = [
            (self.x(line.known[-1].across), self.y(line.known[-1].up))
            if line.known
            else (float(self.right), float(self.bottom))
            for line in self._lines
        ]
        places = spread([y for _, y in ends], NAME_GAP, float(TOP), float(self.bottom))
        for index, ((x, y), place) in enumerate(zip(ends, places, strict=True)):
            mark, start = mark_of(index), self.right + 8
            if place != y or x < self.right - INSET:
                yield (
                    f'<path d="M{x + 7:.1f} {y:.1f}L{start - 4} {place:.1f}" fill="none" '
                    f'stroke="{mark.picture_colour}" stroke-opacity="0.5"/>'
                )
            yield _shape(mark, start + 4, place, is_hollow=False, words="")
            yield label(start + 14, place + 4.5, self.names[index], colour=mark.picture_colour)


def label(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    colour: str = INK,
    size: int = 13,
    weight: str = "normal",
) -> str:
    """Words at a place."""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" font-size="{size}" '
        f'font-weight="{weight}">{_text(words)}</text>'
    )


def _shape(mark: Mark, x: float, y: float, *, is_hollow: bool, words: str) -> str:
    paths = {
        "circle": f"M{x - 4.5:.1f} {y:.1f}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
        "square": f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8z",
        "triangle": f"M{x:.1f} {y - 5:.1f}l5 9h-10z",
        "diamond": f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
        "wedge": f"M{x:.1f} {y + 5:.1f}l5 -9h-10z",
    }
    fill = GROUND if is_hollow else mark.picture_colour
    shown = f"<title>{_text(words)}</title>" if words else ""
    return (
        f'<path d="{paths[mark.shape]}" fill="{fill}" stroke="{mark.picture_colour}" '
        f'stroke-width="1.6">{shown}</path>'
    )


def _text(words: str) -> str:
    """Words as the content of an element: no markup, no controls."""
    return escape(visible(words))
