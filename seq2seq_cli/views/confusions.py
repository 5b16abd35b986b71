"""Which symbols were taken for which, as a table: a row for each symbol with errors.

Knows nothing of how they are counted.
"""

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.confusion import Confusions, SymbolErrors
from seq2seq_cli.views.console import can_draw_unicode
from seq2seq_cli.views.labels import fence, fit, make_label

MOST_ROWS = 20
MOST_INSTEAD = 4
"""What a symbol was taken for, at most, where there is room."""
WIDEST = 16
"""Cells of a symbol, or a word."""
LEFT_OUT, INSERTED = "(left out)", "(inserted)"


def confusions_view(confusions: Confusions) -> RenderableType:
    """Draw the symbols of the references with most errors, and what they were taken for."""
    return _ConfusionsView(confusions)


class _ConfusionsView:
    def __init__(self, confusions: Confusions) -> None:
        self.rows = [row for row in confusions.by_symbol() if row.errors]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        errors = sum(row.errors for row in self.rows)
        yield Text.assemble("\n ", ("Confusions", "bold"), (f"  {errors:,} errors", "dim"))
        if not self.rows:
            yield Text()
            return
        unicode = can_draw_unicode(console)
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column("reference", no_wrap=True)
        for heading in ("times", "errors", "wrong"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("taken for")
        for row in self.rows[:MOST_ROWS]:
            table.add_row(*_cells(row, unicode))
        yield table
        rest = self.rows[MOST_ROWS:]
        if rest:
            count = sum(row.errors for row in rest)
            yield Text(f" and {count:,} errors in {len(rest):,} more; all are in --json\n", "dim")


def _cells(row: SymbolErrors, unicode: bool) -> list[Text]:
    inserted = row.symbol is None
    instead = Text()
    for symbol, count in row.instead[:MOST_INSTEAD]:
        instead.append(f"{', ' if instead else ''}{symbol_text(symbol, LEFT_OUT, unicode)} ")
        instead.append(f"{count:,}", style="dim")
    if len(row.instead) > MOST_INSTEAD:
        instead.append(", ...", style="dim")
    return [
        Text(symbol_text(row.symbol, INSERTED, unicode), style="bold"),
        Text("" if inserted else f"{row.count:,}"),
        Text(f"{row.errors:,}"),
        Text("" if inserted else f"{100 * row.errors / row.count:.1f} %"),
        instead,
    ]


def symbol_text(symbol: str | None, nothing: str, unicode: bool) -> str:
    """A symbol or word as harmless text of bounded width; `nothing` where there is none."""
    if symbol is None:
        return nothing
    return fence(fit(make_label(symbol, unicode=unicode), WIDEST, unicode=unicode))
