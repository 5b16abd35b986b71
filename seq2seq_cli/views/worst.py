"""The worst lines of an evaluation, to be read: source, reference and hypothesis of each.

Knows nothing of how they are found.
"""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from seq2seq_cli.scoring.worst import BadLine, WorstLines
from seq2seq_cli.views.console import can_draw_unicode
from seq2seq_cli.views.labels import fence, make_label

_MEASURES = {"chrf": "lowest sentence chrF", "edits": "most edits"}
_INDENT = 13


def worst_view(worst: WorstLines) -> RenderableType:
    """Draw each line with its number and score; long ones are wrapped."""
    return _WorstView(worst)


class _WorstView:
    def __init__(self, worst: WorstLines) -> None:
        self.worst = worst

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        measure, lines = self.worst.measure, self.worst.lines
        title = "Worst lines" if lines else "Worst lines: all lines are right"
        note = f"  {_MEASURES[measure]}" if lines else ""
        yield Text.assemble("\n ", (title, "bold"), (note, "dim"))
        for line in lines:
            yield Text()
            yield from _entry(line, measure, console, options.max_width)
        yield Text()


def _entry(line: BadLine, measure: str, console: Console, width: int) -> Iterator[RenderableType]:
    score = f"chrF {line.score:.1f}" if measure == "chrf" else _edits(int(line.score))
    yield Text.assemble(" ", (f"line {line.number:,}", "bold"), (f"  {score}", "dim"))
    unicode = can_draw_unicode(console)
    rows = {"source": line.source, "reference": line.reference, "hypothesis": line.hypothesis}
    for name, text in rows.items():
        shown = Text(fence(make_label(text, unicode=unicode)) or "(blank)")
        for number, part in enumerate(shown.wrap(console, max(8, width - _INDENT - 1))):
            head = name if number == 0 else ""
            yield Text.assemble((f" {head:<{_INDENT - 1}}", "dim"), part)


def _edits(count: int) -> str:
    return "1 edit" if count == 1 else f"{count:,} edits"
