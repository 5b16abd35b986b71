"""The figures behind a chart of scores by source length: ranges in rows, runs in columns.

Runs that do not fit beside each other get further tables. Knows nothing of the chart but its marks.
"""

from collections.abc import Iterator

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.by_length import FEW_LINES, Curve, LengthComparison
from seq2seq_cli.views.event_lines import metric_name
from seq2seq_cli.views.labels import fence, fit, make_label
from seq2seq_cli.views.marks import mark_of
from seq2seq_cli.views.scores import signature_lines

_FIXED = 19
"""Cells of the columns before the runs at their widest, without padding, with the table's edges."""
_SMALLEST, _LARGEST = 8, 22
"""Cells of a run's column, without its padding."""
_NARROW = 40
"""Columns below which the table has no padding."""


def figures(
    comparison: LengthComparison, console: Console, *, width: int, unicode: bool
) -> Iterator[RenderableType]:
    """The tables, the notes that explain their marks, and the signature of the score."""
    curves = list(enumerate(comparison.curves.items()))
    between = 3 if width >= _NARROW else 1  # cells from one column to the next
    free = width - _FIXED - 2 * between
    fitting = max(1, free // (_SMALLEST + between))
    tables = -(-len(curves) // fitting)
    share = -(-len(curves) // tables)
    for start in range(0, len(curves), share):
        part = curves[start : start + share]
        room = min(_LARGEST, max(_SMALLEST, free // len(part) - between))
        yield _table(comparison, part, room, unicode, padding=between // 2)
    for note in notes(comparison, hollow=unicode, missing="-"):
        for line in Text(note).wrap(console, width - 1):
            yield Text.assemble(" ", line, style="dim")
    signature = comparison.signature
    if signature is not None:
        yield from signature_lines(comparison.metric, signature, width)


def heading(comparison: LengthComparison) -> str:
    """What is drawn, as a title."""
    name = metric_name(comparison.metric)
    return f"{name.capitalize() if name.islower() else name} by source length"


def _table(
    comparison: LengthComparison,
    part: list[tuple[int, tuple[str, Curve]]],
    room: int,
    unicode: bool,
    padding: int,
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, padding))
    table.add_column(comparison.unit, justify="right", no_wrap=True)
    table.add_column("lines", justify="right", no_wrap=True)
    for index, (name, _) in part:
        mark = mark_of(index)
        label = fence(fit(make_label(name, unicode=unicode), room - 2, unicode=unicode))
        character = mark.filled if unicode else mark.letter
        heading = Text(f"{character} {label}", mark.terminal_colour)
        table.add_column(heading, justify="right", no_wrap=True)
    curves = [curve for _, (_, curve) in part]
    for row, one in enumerate(comparison.ranges):
        ends = [one.shortest, one.longest]
        few = "*" if one.has_few_lines else " "
        figures = [_shown(curve.by_range[row]) for curve in curves]
        table.add_row("-".join(map(str, sorted(set(ends)))), f"{one.count:,}{few}", *figures)
    table.add_section()
    totals = [Text(_shown(curve.score.score), "bold") for curve in curves]
    table.add_row("all", f"{comparison.count:,} ", *totals)
    return table


def notes(comparison: LengthComparison, *, hollow: bool, missing: str) -> Iterator[str]:
    """What `*`, hollow marks where there are any, and the sign of a missing score mean."""
    if any(one.has_few_lines for one in comparison.ranges):
        marks = "hollow marks, " if hollow else ""
        yield f"* fewer than {FEW_LINES} lines: {marks}figures that vary much by chance"
    if any(None in curve.by_range for curve in comparison.curves.values()):
        yield f"{missing} no reference has the four tokens that BLEU needs"


def _shown(score: float | None) -> str:
    return "-" if score is None else f"{score:.1f}"
