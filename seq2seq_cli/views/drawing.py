"""Pictures laid out for paper: boxes, dots and words at their places, in no format yet.

Lengths are in pixels, down from the top left. One drawing of the alignments has the same layout in
each format that writes it. Knows nothing of SVG or PNG.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from seq2seq_cli.views.palette import Rgb

INK: Rgb = (24, 24, 30)
FAINT: Rgb = (92, 92, 104)
PAPER: Rgb = (255, 255, 255)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: Rgb


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A filled circle around its centre."""

    x: float
    y: float
    radius: float
    fill: Rgb


@dataclass(frozen=True, kw_only=True)
class Words:
    """One line of harmless text."""

    x: float
    y: float
    """The baseline."""
    text: str
    size: float
    anchor: str = "start"
    """Which end of the line is at `x`: `start`, `middle` or `end`."""
    rise: float = 0.0
    """Degrees by which the line rises from left to right, turned around its anchor."""
    bold: bool = False
    fill: Rgb = INK


Mark = Box | Dot | Words


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Marks in the order in which they are drawn, and the size of what holds them all."""

    width: float
    height: float
    marks: tuple[Mark, ...]


def stack(drawings: Sequence[Drawing], gap: float) -> Drawing:
    """Drawings one under the other, `gap` apart, aligned on their left."""
    heights = [drawing.height + gap for drawing in drawings]
    tops = accumulate(heights[:-1], initial=0.0)
    return Drawing(
        width=max(drawing.width for drawing in drawings),
        height=sum(heights) - gap,
        marks=tuple(
            mark
            for drawing, top in zip(drawings, tops, strict=True)
            for mark in moved(drawing.marks, 0.0, top)
        ),
    )


def moved(marks: Sequence[Mark], right: float, down: float) -> Iterator[Mark]:
    """The same marks at another place."""
    for mark in marks:
        yield replace(mark, x=mark.x + right, y=mark.y + down)
