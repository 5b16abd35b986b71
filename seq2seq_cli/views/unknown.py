"""Words that a model does not know, as a table: how often they come, and what became of them.

Knows nothing of how they are followed.
"""

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.unknown import UnknownWord, UnknownWords
from seq2seq_cli.views.confusions import symbol_text
from seq2seq_cli.views.console import can_draw_unicode

MOST_ROWS = 15
MOST_BECAME = 3
_BECAME = {"source": "looked at most by", "reference": "written instead"}
_NOTHING = {"source": "(nothing)", "reference": "(left out)"}


def unknown_view(unknown: UnknownWords) -> RenderableType:
    """Draw the share of unknown words, how well their lines fare, and the most frequent ones."""
    return _UnknownView(unknown)


class _UnknownView:
    def __init__(self, unknown: UnknownWords) -> None:
        self.unknown = unknown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        unknown = self.unknown
        title = f"Unknown words of the {unknown.side}s"
        share = f"  {unknown.count:,} of {unknown.tokens:,} tokens"
        yield Text.assemble("\n ", (title, "bold"), (share, "dim"))
        if not unknown.words:
            yield Text(" the vocabulary has them all", style="dim")
            return
        lines = f"{unknown.lines:,} line{'s' if unknown.lines != 1 else ''}"
        said = (
            f"{lines} with one: {unknown.right_with:.1f} % exact match; "
            f"{unknown.right_without:.1f} % elsewhere"
        )
        for line in Text(said, style="dim").wrap(console, options.max_width - 2):
            yield Text.assemble(" ", line)
        yield _table(unknown, can_draw_unicode(console))
        rest = len(unknown.words) - MOST_ROWS
        if rest > 0:
            yield Text(f" and {rest:,} more; all are in --json", style="dim")


def _table(unknown: UnknownWords, unicode: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("word", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column(_BECAME[unknown.side])
    for word, one in list(unknown.words.items())[:MOST_ROWS]:
        became = _became(one, _NOTHING[unknown.side], unicode)
        table.add_row(Text(symbol_text(word, "", unicode)), Text(f"{one.count:,}"), became)
    return table


def _became(one: UnknownWord, nothing: str, unicode: bool) -> Text:
    shown = Text()
    ranked = one.most_common()
    for word, count in ranked[:MOST_BECAME]:
        shown.append(f"{', ' if shown else ''}{symbol_text(word, nothing, unicode)} ")
        shown.append(f"{count:,}", style="dim")
    if len(ranked) > MOST_BECAME:
        shown.append(", ...", style="dim")
    return shown
