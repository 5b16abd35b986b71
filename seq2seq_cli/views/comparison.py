"""Several runs on one sentence: their heat maps side by side where there is room, on one scale.

All tables have columns of the same width. Knows nothing of runs but their names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.attention_table import Panel, draw_panel
from seq2seq_cli.views.caption import TableOptions, caption_lines, paragraph
from seq2seq_cli.views.heat import Look
from seq2seq_cli.views.labels import fence, fit, make_label
from seq2seq_cli.views.sheet import without_trailing_space

GUTTER = 4
"""Cells between two tables."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A renderable; made by `comparison_view`."""

    named: tuple[tuple[str, Alignment], ...]
    options: TableOptions
    title: str | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw with the colours that `console` has and in its width, where that is smaller."""
        fitted = self.options.within(options.max_width)
        look = fitted.look(console)
        if self.title is not None:
            yield from paragraph(self.title, fitted, console, style="bold")
            yield Text()
        share = (fitted.width - GUTTER * (len(self.named) - 1)) // len(self.named)
        panels = self._narrow_panels(share, fitted, look, console)
        beside = panels is not None
        if panels is None:
            panels = self._same_cells(fitted, look, console)
        names = [make_label(name.strip(), unicode=fitted.unicode) for name, _ in self.named]
        yield from (
            _beside(names, panels, share, look) if beside else _stacked(names, panels, fitted)
        )
        drawn = [
            alignment
            for (_, alignment), panel in zip(self.named, panels, strict=True)
            if panel.layout is not None
        ]
        if drawn:
            indent = next(panel.indent for panel in panels if panel.layout is not None)
            yield from caption_lines(drawn, fitted, look, console, indent)

    def _narrow_panels(
        self, share: int, options: TableOptions, look: Look, console: Console
    ) -> list[Panel] | None:
        """The tables in their share of the width; None if one does not fit it in one block."""
        narrow = options.within(share)
        if narrow.width > share:
            return None
        panels = self._same_cells(narrow, look, console)
        blocks = [len(panel.layout.blocks) for panel in panels if panel.layout is not None]
        return panels if max(blocks, default=1) == 1 else None

    def _same_cells(self, options: TableOptions, look: Look, console: Console) -> list[Panel]:
        panels = [draw_panel(one, options, look, console) for _, one in self.named]
        cells = {panel.layout.cell for panel in panels if panel.layout is not None}
        if len(cells) > 1:
            return [draw_panel(one, options, look, console, min(cells)) for _, one in self.named]
        return panels


def comparison_view(
    named: Sequence[tuple[str, Alignment]],
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
    """The same sentence by several runs, each table under its name; see `alignment_view`.

    Side by side where each fits its share of the width in one block, else one under the other.
    A run without attention gets a sentence and its target words in the place of a table.
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
    return Comparison(named=tuple(named), options=options, title=title)


def _stacked(names: list[str], panels: list[Panel], options: TableOptions) -> Iterator[Text]:
    for number, (name, panel) in enumerate(zip(names, panels, strict=True)):
        if number:
            yield Text()
        yield Text(fence(fit(name, options.width, unicode=options.unicode)), "bold")
        yield Text()
        yield from panel.lines


def _beside(names: list[str], panels: list[Panel], share: int, look: Look) -> Iterator[Text]:
    """Tables beside each other, their first rows on one line, their names above them."""
    heads = [len(panel.lines) - panel.rows for panel in panels]
    columns: list[list[Text]] = []
    for name, panel, head in zip(names, panels, heads, strict=True):
        above = 0 if panel.layout is None else max(heads) - head
        shown = fence(fit(name, share - panel.indent, unicode=look.unicode))
        title = Text(" " * panel.indent).append(shown, "bold")
        columns.append([title, Text(), *[Text()] * above, *panel.lines])
    for row in range(max(map(len, columns))):
        line = Text()
        start = 0
        for column in columns:
            if row < len(column):
                line.append(" " * (start - line.cell_len))
                line.append_text(column[row])
            start += max(text.cell_len for text in column) + GUTTER
        yield without_trailing_space(line, look)
