"""One alignment drawn for paper: coloured cells with their labels, percentages or marks.

Column labels stand upright where they all fit, else they rise over their columns. Knows nothing of
titles, of the scale, or of the formats that drawings are written in.
"""

import math
from collections.abc import Iterator, Sequence

from seq2seq_cli.views.beside import Figures
from seq2seq_cli.views.drawing import (
    FAINT,
    INK,
    PAPER,
    Box,
    Dot,
    Drawing,
    Mark,
    Words,
    moved,
)
from seq2seq_cli.views.labels import fit
from seq2seq_cli.views.matrix import Matrix
from seq2seq_cli.views.palette import LEVELS, Rgb, background, ink, level
from seq2seq_cli.views.picture import SaveOptions
from seq2seq_cli.views.text_width import text_width

GAP = 8.0
LABEL, SMALL = 14.0, 12.0
BASELINE = 0.35
"""From the middle of a line of text down to its baseline, in sizes of the font."""
CELL, WIDEST_CELL, WIDEST_UPRIGHT = 28.0, 88.0, 720.0
SEAM = 1.0
"""The gap between cells."""
DOT = 3.5
RISE = 50.0
"""Degrees by which column labels rise."""
LONGEST_LABEL = 24
"""Terminal cells after which labels are cut."""
FIGURES_WIDTH = 56.0


def colour_of(weight: float) -> Rgb:
    """Figures stand on white paper."""
    return background(weight, light=True)


def heat_map(matrix: Matrix, options: SaveOptions) -> Drawing:
    """Labels around the cells, and columns of figures to their right where there are any."""
    columns = [fit(label, LONGEST_LABEL) for label in matrix.columns]
    rows = [fit(label, LONGEST_LABEL) for label in matrix.rows]
    widths = [text_width(label, LABEL) for label in columns]
    cell = max(CELL, max(widths) + 1.5 * GAP)
    upright = cell <= WIDEST_CELL and cell * len(columns) <= WIDEST_UPRIGHT
    cell = cell if upright else CELL
    above = LABEL * 1.5 if upright else _risen(max(widths))
    indent = max(text_width(label, LABEL) for label in rows) + GAP
    inside = [
        *_column_labels(columns, matrix, cell, upright=upright),
        *_row_labels(rows, matrix),
        *_cells(matrix, cell, numbers=options.numbers),
    ]
    right = cell * len(columns)
    overhang = 0.0 if upright else _overhang(widths)
    beside = matrix.beside(log_probs=options.log_probs)
    for number, figures in enumerate(beside):
        inside.extend(moved(list(_figures(figures)), right + FIGURES_WIDTH * number, 0))
    overhang = max(overhang, FIGURES_WIDTH * len(beside))
    return Drawing(
        width=indent + right + overhang,
        height=above + CELL * len(rows),
        marks=tuple(moved(inside, indent, above)),
    )


def _risen(width: float) -> float:
    return width * math.sin(math.radians(RISE)) + LABEL


def _overhang(widths: Sequence[float]) -> float:
    """How far rising labels reach beyond the last column."""
    sideways = (width * math.cos(math.radians(RISE)) + LABEL / 2 for width in widths)
    ends = (CELL * (number + 0.5) + reach for number, reach in enumerate(sideways))
    return max(0.0, max(ends) - CELL * len(widths))


def _column_labels(
    columns: Sequence[str], matrix: Matrix, cell: float, *, upright: bool
) -> Iterator[Mark]:
    """Labels over the columns; the heat map's corner is the origin."""
    for number, label in enumerate(columns):
        middle = cell * (number + 0.5)
        fill = INK if number < matrix.words else FAINT
        if upright:
            yield Words(x=middle, y=-GAP, text=label, size=LABEL, anchor="middle", fill=fill)
        else:
            x = middle + LABEL * BASELINE / 2
            yield Words(x=x, y=-GAP / 2, text=label, size=LABEL, rise=RISE, fill=fill)


def _row_labels(rows: Sequence[str], matrix: Matrix) -> Iterator[Mark]:
    for number, label in enumerate(rows):
        y = CELL * (number + 0.5) + LABEL * BASELINE
        is_end = matrix.target_end and number == len(rows) - 1
        fill = FAINT if is_end else INK
        yield Words(x=-GAP, y=y, text=label, size=LABEL, anchor="end", fill=fill)


def _cells(matrix: Matrix, cell: float, *, numbers: bool) -> Iterator[Mark]:
    """The cells, then the seams between them, then percentages or marks."""
    height, width = CELL * len(matrix.rows), cell * len(matrix.columns)
    yield Box(x=0, y=0, width=width, height=height, fill=colour_of(0))
    percents = [[level(weight) for weight in row] for row in matrix.weights.tolist()]
    for row, line in enumerate(percents):
        for column in (column for column, percent in enumerate(line) if percent):
            fill = colour_of(line[column] / LEVELS)
            yield Box(x=cell * column, y=CELL * row, width=cell, height=CELL, fill=fill)
    for row in range(1, len(matrix.rows)):
        yield Box(x=0, y=CELL * row - SEAM / 2, width=width, height=SEAM, fill=PAPER)
    for column in range(1, len(matrix.columns)):
        yield Box(x=cell * column - SEAM / 2, y=0, width=SEAM, height=height, fill=PAPER)
    for row, strongest in enumerate(matrix.strongest):
        y = CELL * (row + 0.5)
        if strongest is not None and not numbers:
            fill = ink(colour_of(percents[row][strongest] / LEVELS))
            yield Dot(x=cell * (strongest + 0.5), y=y, radius=3.5, fill=fill)
        for column, percent in enumerate(percents[row] if numbers else []):
            if percent or column == strongest:
                yield _percentage(percent, cell * (column + 0.5), y, bold=column == strongest)


def _percentage(percent: int, x: float, y: float, *, bold: bool) -> Words:
    return Words(
        x=x,
        y=y + SMALL * BASELINE,
        text=str(percent),
        size=SMALL,
        anchor="middle",
        bold=bold,
        fill=ink(colour_of(percent / LEVELS)),
    )


def _figures(figures: Figures) -> Iterator[Mark]:
    """A column of figures; the heat map's upper right corner is the origin."""
    yield Words(x=FIGURES_WIDTH, y=-GAP, text=figures.label, size=SMALL, anchor="end", fill=FAINT)
    for number, text in enumerate(figures.texts):
        y = CELL * (number + 0.5) + SMALL * BASELINE
        yield Words(x=FIGURES_WIDTH, y=y, text=text, size=SMALL, anchor="end")
