"""The alignment error of an evaluation as tables: the figures, and one line for each label.

Knows nothing of how links are made or compared.
"""

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.alignment_report import AlignmentReport, LabelScore
from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.scores import wrapped_at_bars

_NARROW = 56
"""Columns below which only figures are shown."""
_FEWEST_PAIRS = 50
"""Of each label, for a table by label: a set made to look at labels one by one has them."""


def alignment_report_view(report: AlignmentReport) -> RenderableType:
    """Draw AER, precision, recall and F1, how the links were made, and the labels, worst first."""
    return _ReportView(report)


class _ReportView:
    def __init__(self, report: AlignmentReport) -> None:
        self.report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        report, width = self.report, options.max_width
        pairs = "1 pair" if report.pairs == 1 else f"{report.pairs:,} pairs"
        yield Text.assemble("\n ", ("Alignment of the references", "bold"), (f"  {pairs}", "dim"))
        yield _figures(report, with_notes=width >= _NARROW)
        for line in wrapped_at_bars(f"AER|{report.signature}", width - 4):
            yield Text(line, style="dim")
        if report.by_label and min(label.pairs for label in report.by_label) >= _FEWEST_PAIRS:
            yield Text("\n By label", style="bold")
            yield _labels(report.by_label)


def _figures(report: AlignmentReport, *, with_notes: bool) -> Table:
    scores, oracle = report.scores, f"{report.oracle:.1f} %"
    rows = (
        ("AER", scores.aer, f"lower is better; {oracle} at best with one link a word"),
        ("precision", scores.precision, ""),
        ("recall", scores.recall, "of sure links"),
        ("F1", scores.f1, ""),
    )
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("score", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    if with_notes:
        table.add_column("", style="dim")
    for name, value, note in rows:
        cells = [Text(name), Text(f"{value:.1f} %", style="bold")]
        table.add_row(*cells, *([Text(note)] if with_notes else []))
    return table


def _labels(scores: tuple[LabelScore, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("label")
    for heading in ("pairs", "AER", "at best", "gap"):
        table.add_column(heading, justify="right", no_wrap=True)
    for score in scores:
        table.add_row(
            Text(visible(score.label)),
            Text(f"{score.pairs:,}"),
            Text(f"{score.aer:.1f} %"),
            Text(f"{score.oracle:.1f} %"),
            Text(f"{score.gap:.1f}"),
        )
    return table
