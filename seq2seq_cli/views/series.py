"""Runs that differ in their seed alone: the best score of each, their mean and deviation.

Knows nothing of how they were trained.
"""

from collections.abc import Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.spread import Spread
from seq2seq_cli.text.visible import visible
from seq2seq_cli.training.events import RunEnded
from seq2seq_cli.views.event_lines import duration, metric_name, quoted, score


def series_view(ended: Sequence[RunEnded], spread: Spread) -> RenderableType:
    """Draw the runs, what they have in common, and how to decode with all of them."""
    return _SeriesView(tuple(ended), spread)


class _SeriesView:
    def __init__(self, ended: tuple[RunEnded, ...], spread: Spread) -> None:
        self.ended = ended
        self.spread = spread

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        metric, spread = self.ended[0].metric, self.spread
        yield Text.assemble(
            "\n ", (f"{spread.count:,} runs", "bold"), ("  best on validation", "dim")
        )
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column("run")
        for heading in (metric_name(metric), "at step", "time"):
            table.add_column(heading, justify="right", no_wrap=True)
        for one in self.ended:
            table.add_row(
                Text(visible(str(one.run))),
                Text(score(metric, one.best_score)),
                Text(f"{one.best_step:,}"),
                Text(duration(one.seconds)),
            )
        yield table
        mean, deviation = (score(metric, value) for value in (spread.mean, spread.deviation))
        yield Text.assemble(" mean ", (mean, "bold"), f", standard deviation {deviation}")
        runs = " ".join(f"--run {quoted(one.run)}" for one in self.ended)
        for line in Text(f"All together: s2s evaluate --ensemble {runs}", "dim").wrap(
            console, options.max_width - 2
        ):
            yield Text.assemble(" ", line)
