"""The attention of one sentence as a heat map: target words in rows, source words in columns.

The strongest cell of each row is marked; weights are shown as they are, never rescaled. A long
sentence is cut into blocks of source words, each with all its rows. Fits any width, with colours
or without, in Unicode or in ASCII; knows nothing of models.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.beside import log_prob_figures
from seq2seq_cli.views.caption import END, TableOptions, caption_lines, paragraph
from seq2seq_cli.views.heat import Look
from seq2seq_cli.views.labels import fit, right_aligned
from seq2seq_cli.views.layout import Layout
from seq2seq_cli.views.matrix import NO_ATTENTION
from seq2seq_cli.views.sheet import Sheet, block_lines, prepare_sheet


@dataclass(frozen=True, kw_only=True)
class AttentionTable:
    """A renderable; made by `alignment_view`."""

    alignment: Alignment
    options: TableOptions
    title: str | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw with the colours that `console` has and in its width, where that is smaller."""
        fitted = self.options.within(options.max_width)
        look = fitted.look(console)
        if self.title is not None:
            yield from paragraph(self.title, fitted, console, style="bold")
            yield Text()
        panel = draw_panel(self.alignment, fitted, look, console)
        yield from panel.lines
        if panel.layout is not None:
            yield from caption_lines([self.alignment], fitted, look, console, panel.indent)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A drawn table, without title and caption, or the sentence that stands for it."""

    lines: list[Text]
    indent: int
    """Cells before the first column."""
    rows: int
    """Lines of one block that are rows; those before them are labels."""
    layout: Layout | None
    """None where there is nothing but a sentence."""


def alignment_view(
    alignment: Alignment,
    *,
    width: int,
    colour: bool,
    unicode: bool,
    numbers: bool = False,
    title: str | None = None,
    show_end: bool = True,
    log_probs: bool = False,
    unit: str = "words",
) -> RenderableType:
    """The alignment of one sentence as a heat map with a scale under it.

    Args:
        alignment: weights with their labels.
        width: terminal cells that no line exceeds (20 at least).
        colour: whether colours may be used; the console's own abilities decide which.
        unicode: whether the output can encode more than ASCII.
        numbers: whether cells show percentages.
        title: a line above the table, wrapped where it is long.
        show_end: whether the row and the column of `</s>` are shown. Left out, they are missing
            from the rows' sums: nothing is rescaled.
        log_probs: whether a last column gives each target word's log-probability.
        unit: what rows and columns are, in the headings of blocks: `words` or `pieces`.
    """
    options = TableOptions(
        width=width,
        colour=colour,
        unicode=unicode,
        numbers=numbers,
        show_end=show_end,
        log_probs=log_probs,
        unit=unit,
    )
    return AttentionTable(alignment=alignment, options=options, title=title)


def draw_panel(
    alignment: Alignment,
    options: TableOptions,
    look: Look,
    console: Console,
    cell: int | None = None,
) -> Panel:
    """Draw one table in `options.width`, with columns of `cell` terminal cells if given."""
    sheet = prepare_sheet(
        alignment,
        look=look,
        width=options.width,
        show_end=options.show_end,
        log_probs=options.log_probs,
        cell=cell,
    )
    if sheet.instead is None:
        lines = list(_blocks(sheet, options))
        return Panel(lines=lines, indent=sheet.indent, rows=len(sheet.rows), layout=sheet.layout)
    lines = list(paragraph(sheet.instead, options, console))
    if sheet.instead == NO_ATTENTION:
        lines.extend(_target_list(alignment, sheet))
    return Panel(lines=lines, indent=0, rows=len(lines), layout=None)


def _blocks(sheet: Sheet, options: TableOptions) -> Iterator[Text]:
    blocks = sheet.layout.blocks
    for number, block in enumerate(blocks):
        if len(blocks) > 1:
            if number:
                yield Text()
            heading = _heading(block, sheet.words, options)
            yield Text(fit(heading, options.width, unicode=options.unicode), "italic")
        yield from block_lines(sheet, block)


def _heading(block: range, words: int, options: TableOptions) -> str:
    first, last = block.start + 1, min(block.stop, words)
    dash = "–" if options.unicode else "-"
    numbers = f"{first}{dash}{last}" if last > first else f"{first}"
    return f"source {options.unit} {numbers} of {words}" if last >= first else f"source {END}"


def _target_list(alignment: Alignment, sheet: Sheet) -> Iterator[Text]:
    """The target words with their log-probabilities."""
    figures = log_prob_figures(alignment.log_probs)
    yield Text()
    yield Text(figures.label.rjust(sheet.row_cells + figures.cells), "dim")
    for label, figure in zip(sheet.rows, figures.texts, strict=False):
        yield Text(right_aligned(label, sheet.row_cells) + figure.rjust(figures.cells))
