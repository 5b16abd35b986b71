"""How attention behaves, as a table, as a line, and as a warning where it has collapsed.

Knows nothing of how it is measured.
"""

from collections.abc import Iterator

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.health import UNREAD, AttentionHealth

_NARROW = 56
"""Columns below which only figures are shown."""
_NOTES = {
    "entropy": "{even} of that of even attention",
    "coverage": "received by a source token from the whole target",
    "unread": f"source tokens that receive less than {UNREAD}",
    "on </s>": "of each target token's attention",
    "steps forward": "the strongest source position does not go back",
    "variation": "0: same for all target tokens, 1: all differ",
}


def health_view(health: AttentionHealth) -> RenderableType:
    """Draw the figures as a table, and under it the warning, if there is one."""
    return _HealthView(health)


class _HealthView:
    def __init__(self, health: AttentionHealth) -> None:
        self.health = health

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(" Attention", style="bold")
        with_notes = options.max_width >= _NARROW
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column("measure", no_wrap=True)
        table.add_column("value", justify="right", no_wrap=True)
        if with_notes:
            table.add_column("", style="dim")
        for name, value in _figures(self.health):
            note = _NOTES[name].format(even=percent(self.health.normalised_entropy))
            cells = [Text(name), Text(value, style="bold")]
            table.add_row(*cells, *([Text(note)] if with_notes else []))
        yield table
        if self.health.warning is not None:
            warning = Text(f"warning: {self.health.warning}", style="yellow")
            for line in warning.wrap(console, options.max_width - 1):
                yield Text.assemble(" ", line)
            yield Text()


def health_words(health: AttentionHealth) -> str:
    """The figures in one line."""
    forward = health.monotonicity
    steps = "" if forward is None else f", {percent(forward)} of steps forward"
    return (
        f"entropy {health.entropy_bits:.2f} bits ({percent(health.normalised_entropy)} of even), "
        f"{percent(health.unread)} unread, {percent(health.end_mass)} on </s>{steps}"
    )


def percent(share: float) -> str:
    """A share from 0 to 1 in whole percent; small ones are not rounded to nothing."""
    return "<1 %" if share > 0 and round(100 * share) == 0 else f"{100 * share:.0f} %"


def _figures(health: AttentionHealth) -> Iterator[tuple[str, str]]:
    """Each figure with its unit; figures end in one column, units in another."""
    yield "entropy", f"{health.entropy_bits:.2f} bits"
    yield "coverage", f"{health.coverage:.2f}     "
    yield "unread", f"{100 * health.unread:.1f} %   "
    yield "on </s>", f"{100 * health.end_mass:.1f} %   "
    if health.monotonicity is not None:
        yield "steps forward", f"{100 * health.monotonicity:.1f} %   "
    if health.variation is not None:
        yield "variation", f"{health.variation:.2f}     "
