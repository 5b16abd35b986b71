"""Scores by source length as a picture: an SVG file that needs nothing else.

In the manner of Bahdanau et al. 2015, figure 2: y the score, x the source length, a line for each
run, named at its end. On a light ground of its own, so that it reads on dark pages; marks and
dashes differ, so that it reads without colour. Knows nothing of how the scores were made.
"""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from rich.cells import cell_len

from seq2seq_cli.scoring.by_length import Curve, LengthComparison, LengthRange
from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.axis import length_axis, rows_without_overlap, score_axis, spread
from seq2seq_cli.views.labels import fit, make_label
from seq2seq_cli.views.length_table import heading, notes
from seq2seq_cli.views.marks import Mark, mark_of
from seq2seq_cli.views.scores import full_signature

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
INK, FAINT, GRID, GROUND = "#22222a", "#5c5c66", "#e4e4ea", "#ffffff"
PLOT_WIDTH, PLOT_HEIGHT = 520, 300
LEFT, TOP = 64, 68
LETTER = 7.4
"""Pixels of an average letter of the names, on the safe side."""
LONGEST_NAME = 28
NAME_GAP, COUNT_ROW, NOTE_ROW = 18, 15, 17
INSET = 14
"""Between the axis of scores and length 0, or the last point and the end of the plot."""


def length_svg(comparison: LengthComparison, *, title: str) -> str:
    """The picture as one SVG document; `title` says what was scored."""
    return "\n".join(_Picture(comparison, title).document()) + "\n"


class _Picture:
    """Everything with its place in pixels."""

    def __init__(self, comparison: LengthComparison, title: str) -> None:
        self.comparison, self.title = comparison, title
        known = [s for curve in comparison.curves.values() for s in curve.by_range if s is not None]
        self.scores = score_axis(known or [0.0], 7)
        self.lengths = length_axis([one.mean_length for one in comparison.ranges], 10)
        self.names = [fit(make_label(name), LONGEST_NAME) for name in comparison.curves]
        self.height = max(PLOT_HEIGHT, NAME_GAP * len(self.names))
        self.bottom = TOP + self.height
        self.right = LEFT + PLOT_WIDTH
        self.notes = [*notes(comparison, hollow=True, missing="gap in a line:")]
        if comparison.signature is not None:
            self.notes.append(full_signature(comparison.metric, comparison.signature))
        self.counts = [f"{one.count:,}{'*' if one.has_few_lines else ''}" for one in self.ranges]
        self.count_rows = self._count_rows()

    @property
    def ranges(self) -> tuple[LengthRange, ...]:
        return self.comparison.ranges

    def document(self) -> Iterator[str]:
        longest = max(map(cell_len, self.names), default=0)
        width = self.right + 34 + round(LETTER * longest)
        counts_top = self.bottom + 60
        notes_top = counts_top + COUNT_ROW * (max(self.count_rows, default=0) + 1) + 10
        height = notes_top + NOTE_ROW * len(self.notes) + 4
        name = heading(self.comparison)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" font-family="{FONT}" font-size="13">'
        )
        yield f"<title>{_text(f'{name}: {self.title}')}</title>"
        yield f"<desc>{_text(self._in_words())}</desc>"
        yield f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>'
        yield _label(LEFT, 28, name, size=17, weight="bold")
        yield _label(LEFT, 48, self.title, colour=FAINT)
        yield from self._score_lines()
        yield from self._length_ticks()
        yield from self._count_labels(counts_top)
        for index, curve in enumerate(self.comparison.curves.values()):
            yield from self._curve(mark_of(index), curve, self.names[index])
        yield from self._end_names()
        for row, note in enumerate(self.notes):
            yield _label(LEFT, notes_top + NOTE_ROW * row, note, colour=FAINT, size=11)
        yield "</svg>"

    def _x(self, length: float) -> float:
        return LEFT + INSET + self.lengths.share(length) * (PLOT_WIDTH - 2 * INSET)

    def _y(self, score: float) -> float:
        return self.bottom - self.scores.share(score) * self.height

    def _score_lines(self) -> Iterator[str]:
        """Numbers of the scores with a line across the plot for each."""
        for tick in self.scores.ticks:
            y = self._y(tick)
            colour = FAINT if tick == self.scores.low else GRID
            yield f'<path d="M{LEFT} {y:.1f}H{self.right}" stroke="{colour}" fill="none"/>'
            yield _label(LEFT - 8, y + 4.5, f"{tick:g}", anchor="end", colour=FAINT)

    def _length_ticks(self) -> Iterator[str]:
        for tick in self.lengths.ticks:
            x = self._x(tick)
            yield f'<path d="M{x:.1f} {self.bottom}v5" stroke="{FAINT}" fill="none"/>'
            yield _label(x, self.bottom + 19, f"{tick:g}", anchor="middle", colour=FAINT)
        middle = LEFT + PLOT_WIDTH / 2
        unit = f"source length in {self.comparison.unit}"
        yield _label(middle, self.bottom + 38, unit, anchor="middle", colour=INK)

    def _count_rows(self) -> list[int]:
        """The row of each count, so that those of short ranges do not cover each other."""
        places = [self._x(one.mean_length) for one in self.ranges]
        halves = [LETTER * len(count) / 2 + 3 for count in self.counts]
        starts = [place - half for place, half in zip(places, halves, strict=True)]
        ends = [place + half for place, half in zip(places, halves, strict=True)]
        return rows_without_overlap(starts, ends)

    def _count_labels(self, top: float) -> Iterator[str]:
        yield _label(LEFT - 8, top, "lines", anchor="end", colour=FAINT, size=12)
        for one, count, row in zip(self.ranges, self.counts, self.count_rows, strict=True):
            x, y = self._x(one.mean_length), top + COUNT_ROW * row
            yield _label(x, y, count, anchor="middle", colour=FAINT, size=12)

    def _curve(self, mark: Mark, curve: Curve, name: str) -> Iterator[str]:
        """A line, interrupted where there is no score, and its marks, each with its facts."""
        points = [
            None if score is None else (self._x(one.mean_length), self._y(score))
            for score, one in zip(curve.by_range, self.ranges, strict=True)
        ]
        dash = " ".join(str(2 * length) for length in mark.dash)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        yield (
            f'<path d="{"".join(_steps(points))}" fill="none" stroke="{mark.picture_colour}" '
            f'stroke-width="2"{dashes}/>'
        )
        for point, score, one in zip(points, curve.by_range, self.ranges, strict=True):
            if point is not None and score is not None:
                facts = f"{name}: {score:.1f} at {_span(one)} {self.comparison.unit}"
                yield _shape(mark, *point, is_hollow=one.has_few_lines, words=facts)

    def _end_names(self) -> Iterator[str]:
        """The names beside the last points, moved apart where those are close."""
        ends = []
        for curve in self.comparison.curves.values():
            known = [
                (self._x(one.mean_length), self._y(score))
                for score, one in zip(curve.by_range, self.ranges, strict=True)
                if score is not None
            ]
            ends.append(known[-1] if known else (float(self.right), float(self.bottom)))
        low, high = float(TOP), float(self.bottom)
        places = spread([y for _, y in ends], NAME_GAP, low, high)
        for index, ((x, y), place) in enumerate(zip(ends, places, strict=True)):
            mark, start = mark_of(index), self.right + 8
            if place != y or x < self.right - INSET:
                yield (
                    f'<path d="M{x + 7:.1f} {y:.1f}L{start - 4} {place:.1f}" fill="none" '
                    f'stroke="{mark.picture_colour}" stroke-opacity="0.5"/>'
                )
            yield _shape(mark, start + 4, place, is_hollow=False, words="")
            yield _label(start + 14, place + 4.5, self.names[index], colour=mark.picture_colour)

    def _in_words(self) -> str:
        """All figures, for those who do not see the picture."""
        spans = ", ".join(f"{_span(one)} ({one.count:,})" for one in self.ranges)
        curves = (
            f"{name}: " + ", ".join("-" if s is None else f"{s:.1f}" for s in curve.by_range)
            for name, curve in self.comparison.curves.items()
        )
        unit = self.comparison.unit
        return f"Source length in {unit} (number of lines): {spans}. {'; '.join(curves)}."


def _steps(points: list[tuple[float, float] | None]) -> Iterator[str]:
    for before, point in pairwise([None, *points]):
        if point is not None:
            yield f"{'M' if before is None else 'L'}{point[0]:.1f} {point[1]:.1f}"


def _shape(mark: Mark, x: float, y: float, *, is_hollow: bool, words: str) -> str:
    paths = {
        "circle": f"M{x - 4.5:.1f} {y:.1f}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
        "square": f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8z",
        "triangle": f"M{x:.1f} {y - 5:.1f}l5 9h-10z",
        "diamond": f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
        "wedge": f"M{x:.1f} {y + 5:.1f}l5 -9h-10z",
    }
    fill = GROUND if is_hollow else mark.picture_colour
    shown = f"<title>{_text(words)}</title>" if words else ""
    return (
        f'<path d="{paths[mark.shape]}" fill="{fill}" stroke="{mark.picture_colour}" '
        f'stroke-width="1.6">{shown}</path>'
    )


def _label(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    colour: str = INK,
    size: int = 13,
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" font-size="{size}" '
        f'font-weight="{weight}">{_text(words)}</text>'
    )


def _text(words: str) -> str:
    """Words as the content of an element: no markup, no controls."""
    return escape(visible(words))


def _span(one: LengthRange) -> str:
    """`6-10`, or `6` where both ends are the same."""
    return "-".join(map(str, sorted({one.shortest, one.longest})))
