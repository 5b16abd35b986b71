"""Scores by source length in a terminal: a chart with a line for each run, and its figures.

Knows nothing of how the scores were made.
"""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from seq2seq_cli.scoring.by_length import LengthComparison
from seq2seq_cli.views.axis import length_axis, score_axis, spread
from seq2seq_cli.views.canvas import Canvas, Point
from seq2seq_cli.views.console import can_draw_unicode
from seq2seq_cli.views.labels import fence, fit, make_label
from seq2seq_cli.views.length_table import figures, heading
from seq2seq_cli.views.marks import Mark, mark_of

_FEWEST_ROWS, _MOST_ROWS = 10, 22
_SMALLEST_PLOT = 16
"""Cells; below, there is no chart, only its figures."""
_WIDE = 56
"""Columns from which the lines are named at their ends."""


def length_chart(comparison: LengthComparison, *, title: str) -> RenderableType:
    """Draw a chart (y: score, x: source length) with a table of its figures under it.

    Lines differ by marks, dashes and colours; names stand at their ends where there is room, and
    in the head of the table. What few lines stand behind has hollow marks. A terminal without
    Unicode gets letters. Very narrow ones get the table alone.
    """
    return _LengthChart(comparison, title)


class _LengthChart:
    def __init__(self, comparison: LengthComparison, title: str) -> None:
        self.comparison, self.title = comparison, title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, unicode = options.max_width, can_draw_unicode(console)
        comparison = self.comparison
        about = fence(make_label(self.title, unicode=unicode))
        line = Text.assemble(" ", (heading(comparison), "bold"), "  ", (about, "dim"))
        yield from line.wrap(console, width)
        plot = _Plot(comparison, width, unicode)
        if plot.canvas.columns >= _SMALLEST_PLOT and plot.has_points:
            yield Text()
            yield from plot.lines()
        yield from figures(comparison, console, width=width, unicode=unicode)


class _Plot:
    """The chart, laid out for a width."""

    def __init__(self, comparison: LengthComparison, width: int, unicode: bool) -> None:
        self.comparison, self.unicode = comparison, unicode
        known = [
            score
            for curve in comparison.curves.values()
            for score in curve.by_range
            if score is not None
        ]
        self.has_points = bool(known)
        rows = min(_MOST_ROWS, max(_FEWEST_ROWS, width // 5))
        self.scores = score_axis(known or [0.0], rows // 3 + 1)
        self.margin = 1 + max(len(f"{tick:g}") for tick in self.scores.ticks) + 1
        is_named = width >= _WIDE and len(comparison.curves) <= rows
        self.names = self._names(width // 3) if is_named else []
        room = max(map(cell_len, self.names), default=-1) + 1
        columns = width - self.margin - 2 - room
        self.canvas = Canvas(max(1, columns), rows, unicode=unicode)
        lengths = [one.mean_length for one in comparison.ranges]
        self.lengths = length_axis(lengths, max(2, columns // 6))

    def lines(self) -> Iterator[Text]:
        """The rows from top to bottom, the axis of lengths, its numbers and its name."""
        self._draw()
        numbers = {self.canvas.row_of(self.scores.share(t)): f"{t:g}" for t in self.scores.ticks}
        ends = self._end_names()
        tee, bar = ("┤", "│") if self.unicode else ("+", "|")
        for row in range(self.canvas.rows):
            line = Text().append(f"{numbers.get(row, ''):>{self.margin - 1}} ", "dim")
            line.append(tee if row in numbers else bar, "dim")
            line.append_text(self.canvas.row(row))
            line.append_text(ends.get(row, Text()))
            line.rstrip()
            yield line
        yield from self._length_axis()

    def _draw(self) -> None:
        curves = [
            (mark_of(index), self._points(curve.by_range))
            for index, curve in enumerate(self.comparison.curves.values())
        ]
        for mark, points in curves:
            for stretch in _stretches(points):
                self.canvas.line(
                    stretch, dash=mark.dash, stroke=mark.stroke, style=mark.terminal_colour
                )
        for mark, points in curves:
            for point, one in zip(points, self.comparison.ranges, strict=True):
                if point is not None:
                    shown = self._character(mark, is_hollow=one.has_few_lines)
                    self.canvas.mark(point, shown, mark.terminal_colour)

    def _points(self, scores: tuple[float | None, ...]) -> list[Point | None]:
        return [
            None
            if score is None
            else (self.lengths.share(one.mean_length), self.scores.share(score))
            for score, one in zip(scores, self.comparison.ranges, strict=True)
        ]

    def _character(self, mark: Mark, *, is_hollow: bool) -> str:
        if not self.unicode:
            return mark.letter
        return mark.hollow if is_hollow else mark.filled

    def _names(self, room: int) -> list[str]:
        """What stands at the end of each line."""
        return [
            f" {self._character(mark_of(index), is_hollow=False)} "
            + fence(fit(make_label(name, unicode=self.unicode), room - 3, unicode=self.unicode))
            for index, name in enumerate(self.comparison.curves)
        ]

    def _end_names(self) -> dict[int, Text]:
        """The names by row, each as near to its line's last point as the others let it."""
        rows = []
        for curve in self.comparison.curves.values():
            last = next((s for s in reversed(curve.by_range) if s is not None), self.scores.low)
            rows.append(float(self.canvas.row_of(self.scores.share(last))))
        placed = spread(rows, 1.0, 0.0, self.canvas.rows - 1.0)
        styles = [mark_of(index).terminal_colour for index in range(len(rows))]
        shown = zip(placed, self.names, styles, strict=False)
        return {round(row): Text(name, style) for row, name, style in shown}

    def _length_axis(self) -> Iterator[Text]:
        corner, dash, tick = ("└", "─", "┬") if self.unicode else ("+", "-", "+")
        places = {self.canvas.column_of(self.lengths.share(t)): t for t in self.lengths.ticks}
        rule = "".join(tick if x in places else dash for x in range(self.canvas.columns))
        yield Text(f"{'':>{self.margin}}{corner}{rule}", "dim")
        yield Text(_under(places, self.margin + 1), "dim")
        unit = f"source length in {self.comparison.unit}"
        yield Text(f"{'':>{self.margin + 1}}{unit:^{self.canvas.columns}}".rstrip(), "dim")


def _under(places: dict[int, float], margin: int) -> str:
    """Numbers centred under their columns; one that would touch the one before is left out."""
    line = ""
    for column, number in places.items():
        label = f"{number:g}"
        start = max(0, margin + column - (len(label) - 1) // 2)
        if start > len(line) or not line:
            line = line.ljust(start) + label
    return line


def _stretches(points: list[Point | None]) -> Iterator[list[Point]]:
    """Runs of points that follow each other; a range without a score interrupts the line."""
    stretch: list[Point] = []
    for point in points:
        if point is not None:
            stretch.append(point)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch
