"""Scores by source length as a picture: an SVG file that needs nothing else.

In the manner of Bahdanau et al. 2015, figure 2: y the score, x the source length, a line for each
run, named at its end. Below the lengths stand the numbers of lines behind each point. Knows nothing
of how the scores were made.
"""

from collections.abc import Iterator

from seq2seq_cli.scoring.by_length import Curve, LengthComparison, LengthRange
from seq2seq_cli.views.axis import length_axis, rows_without_overlap, score_axis
from seq2seq_cli.views.chart_svg import FAINT, LEFT, LETTER, Chart, Line, Point, label
from seq2seq_cli.views.length_table import heading, notes
from seq2seq_cli.views.scores import full_signature

COUNT_ROW, NOTE_ROW = 15, 17


def length_svg(comparison: LengthComparison, *, title: str) -> str:
    """The picture as one SVG document; `title` says what was scored."""
    known = [s for curve in comparison.curves.values() for s in curve.by_range if s is not None]
    chart = Chart(
        [_line(comparison, name, curve) for name, curve in comparison.curves.items()],
        across=length_axis([one.mean_length for one in comparison.ranges], 10),
        up=score_axis(known or [0.0], 7),
    )
    places = [chart.x(one.mean_length) for one in comparison.ranges]
    counts = [f"{one.count:,}{'*' if one.has_few_lines else ''}" for one in comparison.ranges]
    rows = _rows(places, counts)
    top = chart.bottom + 60
    notes_top = top + COUNT_ROW * (max(rows, default=0) + 1) + 10
    written = _notes(comparison)
    return chart.document(
        [*_counts(places, counts, rows, top), *_note_lines(written, notes_top)],
        height=notes_top + NOTE_ROW * len(written) + 4,
        heading=heading(comparison),
        title=title,
        words=_in_words(comparison),
        unit=f"source length in {comparison.unit}",
    )


def _line(comparison: LengthComparison, name: str, curve: Curve) -> Line:
    points = [
        None
        if score is None
        else Point(
            across=one.mean_length,
            up=score,
            words=f"{score:.1f} at {_span(one)} {comparison.unit}",
            is_hollow=one.has_few_lines,
        )
        for score, one in zip(curve.by_range, comparison.ranges, strict=True)
    ]
    return Line(name=name, points=points)


def _rows(places: list[float], counts: list[str]) -> list[int]:
    """The row of each count, so that those of short ranges do not cover each other."""
    halves = [LETTER * len(count) / 2 + 3 for count in counts]
    starts = [place - half for place, half in zip(places, halves, strict=True)]
    ends = [place + half for place, half in zip(places, halves, strict=True)]
    return rows_without_overlap(starts, ends)


def _counts(places: list[float], counts: list[str], rows: list[int], top: float) -> Iterator[str]:
    yield label(LEFT - 8, top, "lines", anchor="end", colour=FAINT, size=12)
    for x, count, row in zip(places, counts, rows, strict=True):
        yield label(x, top + COUNT_ROW * row, count, anchor="middle", colour=FAINT, size=12)


def _notes(comparison: LengthComparison) -> list[str]:
    written = [*notes(comparison, hollow=True, missing="gap in a line:")]
    if comparison.signature is not None:
        written.append(full_signature(comparison.metric, comparison.signature))
    return written


def _note_lines(written: list[str], top: float) -> Iterator[str]:
    for row, note in enumerate(written):
        yield label(LEFT, top + NOTE_ROW * row, note, colour=FAINT, size=11)


def _in_words(comparison: LengthComparison) -> str:
    """All figures, for those who do not see the picture."""
    spans = ", ".join(f"{_span(one)} ({one.count:,})" for one in comparison.ranges)
    curves = (
        f"{name}: " + ", ".join("-" if s is None else f"{s:.1f}" for s in curve.by_range)
        for name, curve in comparison.curves.items()
    )
    unit = comparison.unit
    return f"Source length in {unit} (number of lines): {spans}. {'; '.join(curves)}."


def _span(one: LengthRange) -> str:
    """`6-10`, or `6` where both ends are the same."""
    return "-".join(map(str, sorted({one.shortest, one.longest})))
