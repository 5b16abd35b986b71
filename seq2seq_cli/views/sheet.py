"""One alignment made ready to be drawn, and drawn line by line: labels, stairs, rows, blocks.

Every line fits the width it was prepared for. Knows nothing of consoles, titles or captions; it
takes weights as they are and rescales nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.text import Text

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.beside import Figures
from seq2seq_cli.views.heat import Look, heat_cell
from seq2seq_cli.views.labels import can_stand, fence, fit, letters, right_aligned
from seq2seq_cli.views.layout import LARGEST_CELL, SMALLEST_CELL, Layout, Space, lead, plan, stairs
from seq2seq_cli.views.matrix import matrix_of

LARGEST_ROW_LABEL = 24
LARGEST_COLUMN_LABEL = 20
LARGEST_UPRIGHT_LABEL = 14
NUMBER_CELL = 4
"""The smallest cell that holds `100`, and a mark before `99`."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What is shown of an alignment, with its layout."""

    look: Look
    rows: tuple[str, ...]
    """Labels of the target rows, cut to `row_cells`."""
    row_cells: int
    columns: tuple[str, ...]
    """Labels of the source columns, cut to fit."""
    words: int
    """Columns that are words of the source, `</s>` not counted."""
    weights: NDArray[np.float64]
    """(rows, columns), as the model gave them."""
    strongest: tuple[int | None, ...]
    """The column of each row's largest weight; None if there is none or it is not shown."""
    beside: tuple[Figures, ...]
    """The columns of figures to the right."""
    target_end: bool
    """Whether the last row is `</s>`."""
    instead: str | None
    """The sentence that stands for the table where there is nothing to draw."""
    space: Space
    layout: Layout

    @property
    def indent(self) -> int:
        """Cells before the first column."""
        return self.row_cells + 1


def prepare_sheet(
    alignment: Alignment,
    *,
    look: Look,
    width: int,
    show_end: bool,
    log_probs: bool,
    cell: int | None = None,
) -> Sheet:
    """Choose what is shown and lay it out in `width` cells, with columns of `cell` if given."""
    shown = matrix_of(alignment, show_end=show_end, unicode=look.unicode)
    row_cells = _row_cells(shown.rows, width)
    available = width - row_cells - 1
    smallest = cell or (NUMBER_CELL if look.numbers else SMALLEST_CELL)
    beside = _fitting(shown.beside(log_probs=log_probs), available - smallest)
    tail = sum(figures.cells for figures in beside)
    space = Space(
        available=available,
        tail=tail,
        tail_label=tail - beside[0].cells + len(beside[0].label) if beside else 0,
        smallest=smallest,
        largest=cell or LARGEST_CELL,
    )
    widest = min(LARGEST_COLUMN_LABEL, space.widest_label)
    columns = tuple(fit(label, widest, unicode=look.unicode) for label in shown.columns)
    return Sheet(
        look=look,
        rows=tuple(fit(row, row_cells, unicode=look.unicode) for row in shown.rows),
        row_cells=row_cells,
        columns=columns,
        words=shown.words,
        weights=shown.weights,
        strongest=shown.strongest,
        beside=beside,
        target_end=shown.target_end,
        instead=shown.instead,
        space=space,
        layout=plan([cell_len(label) for label in columns], space, _letters(columns, look)),
    )


def _fitting(beside: Sequence[Figures], room: int) -> tuple[Figures, ...]:
    """The first columns of figures that fit so many cells together."""
    ends = accumulate(figures.cells for figures in beside)
    return tuple(figures for figures, end in zip(beside, ends, strict=True) if end <= room)


def block_lines(sheet: Sheet, block: range) -> Iterator[Text]:
    """The labels and the rows of one block of columns.

    Row labels are faint where the row's strongest cell is in another block.
    """
    yield from _label_lines(sheet, block)
    for row, label in enumerate(sheet.rows):
        is_end = sheet.target_end and row == len(sheet.rows) - 1
        elsewhere = sheet.strongest[row] is not None and sheet.strongest[row] not in block
        style = "dim" if is_end or elsewhere else ""
        line = Text.assemble((right_aligned(label, sheet.row_cells), style), " ")
        for column in block:
            line.append_text(
                heat_cell(
                    float(sheet.weights[row, column]),
                    strongest=sheet.strongest[row] == column,
                    cells=sheet.layout.cell,
                    look=sheet.look,
                )
            )
        for figures in sheet.beside:
            line.append(figures.texts[row].rjust(figures.cells))
        yield without_trailing_space(line, sheet.look)


def without_trailing_space(line: Text, look: Look) -> Text:
    """Drop spaces at the end of a line, unless they are coloured cells."""
    if look.system is None:
        line.rstrip()
    return line


def _label_lines(sheet: Sheet, block: range) -> Iterator[Text]:
    labels = [sheet.columns[column] for column in block]
    written = _upright_lines if sheet.layout.upright else _stair_lines
    lines = list(written(sheet, labels, block))
    end = sheet.indent + sheet.layout.cell * len(block)
    for figures in sheet.beside:
        end += figures.cells
        _pad(lines[-1], end - len(figures.label))
        lines[-1].append(figures.label, "dim")
    for line in lines:
        line.rstrip()
        yield line


def _stair_lines(sheet: Sheet, labels: Sequence[str], block: range) -> Iterator[Text]:
    widths = [cell_len(label) for label in labels]
    heights = stairs(widths, sheet.layout.cell, sheet.space)
    leader = "│" if sheet.look.unicode else "|"
    for height in range(max(heights), -1, -1):
        line = Text()
        for number, label in enumerate(labels):
            if heights[number] >= height:
                own = heights[number] == height
                is_end = block[number] >= sheet.words
                _pad(line, _start(sheet, number))
                line.append(fence(label) if own else leader, "dim" if not own or is_end else "")
        yield line


def _upright_lines(sheet: Sheet, labels: Sequence[str], block: range) -> Iterator[Text]:
    """Letter under letter, each label down to the table."""
    columns = [_standing(label, sheet.look) for label in labels]
    for height in range(max(map(len, columns)), 0, -1):
        line = Text()
        for number, column in enumerate(columns):
            if len(column) >= height:
                _pad(line, _start(sheet, number))
                line.append(column[-height], "dim" if block[number] >= sheet.words else "")
        yield line


def _start(sheet: Sheet, number: int) -> int:
    """The cell in which the label of a block's column begins."""
    return sheet.indent + lead(sheet.layout.cell) + sheet.layout.cell * number


def _standing(label: str, look: Look) -> list[str]:
    return list(letters(fit(label, LARGEST_UPRIGHT_LABEL, unicode=look.unicode)))


def _letters(labels: Sequence[str], look: Look) -> list[int] | None:
    """The lines that each label takes standing upright; None where one of them cannot."""
    if not all(map(can_stand, labels)):
        return None
    return [max(1, len(_standing(label, look))) for label in labels]


def _pad(line: Text, cells: int) -> None:
    line.append(" " * (cells - line.cell_len))


def _row_cells(rows: Sequence[str], width: int) -> int:
    longest = max((cell_len(row) for row in rows), default=0)
    return min(longest, LARGEST_ROW_LABEL, max(6, width // 4))
