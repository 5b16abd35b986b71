"""Draws BLEU over minutes of training: a table for docs/performance.md and a curve.

Knows nothing of how figures are taken: it reads the JSON that `time_to_quality` wrote.
"""

import math
import statistics
from typing import Any

from benchmarks.page import counted, machine_line, table
from seq2seq_cli.views.axis import length_axis, score_axis
from seq2seq_cli.views.chart_svg import Chart, Line, Point

Run = dict[str, Any]
HEADING = "BLEU over time of training"
MISSING = "-"


def render(run: Run, *, curve: str) -> str:
    """The generated part of the page; `curve` is the picture's name, seen from the page."""
    times = minutes(run)
    header = [
        "toolkit",
        "beam",
        *(f"BLEU after {time:g} minutes" for time in times),
        "search, seconds",
        "times those of s2s",
        "peak memory",
    ]
    rows = [
        _row(run, contender, beam, len(times))
        for contender in _searched(run)
        for beam in beams(run)
    ]
    threads = counted(run["threads"], "thread")
    return (
        f"## BLEU over time, and search\n\nMeasured {machine_line(run)}, {threads}. Each toolkit "
        "trains by its own ways, s2s by its preset for 11 epochs, on the same pieces of Multi30k, "
        "English to German, and its clock stops while it translates test_2016_flickr in batches "
        "of 64 (13a, cased, raw references; one seed). The seconds are medians of the searches at "
        "all of these times.\n\n"
        f"![{_in_words(run)}]({curve})\n\n{table(header, rows, words=2)}\n"
    )


def draw(run: Run) -> str:
    """The curve of each toolkit with the widest beam, as SVG."""
    beam = beams(run)[0]
    lines = [Line(name=one["name"], points=_points(one, beam)) for one in _trained(run)]
    points = [point for line in lines for point in line.known]
    chart = Chart(
        lines,
        across=length_axis([point.across for point in points], 10),
        up=score_axis([point.up for point in points], 7),
    )
    return chart.document(
        [],
        height=chart.bottom + 54,
        heading=HEADING,
        title=f"Multi30k English to German, test_2016_flickr, beam {beam}",
        words=_in_words(run),
        unit="minutes of training",
    )


def minutes(run: Run) -> list[float]:
    """The marks at which the clocks stopped: whole and half minutes, each passed by a little.

    A toolkit whose training has ended by itself has its result at the marks that are left too.
    """
    marks = [[mark["seconds"] / 60 for mark in one["marks"]] for one in _trained(run)]
    longest = max(map(len, marks))
    at_marks = ([row[place] for row in marks if place < len(row)] for place in range(longest))
    return [math.floor(2 * max(found)) / 2 for found in at_marks]


def beams(run: Run) -> list[str]:
    """The beams of the searches, the widest first."""
    found = {beam for one in _trained(run) for mark in one["marks"] for beam in mark["beams"]}
    return sorted(found, key=int, reverse=True)


def _trained(run: Run) -> list[Run]:
    found = [one for one in run["contenders"] if one["marks"]]
    if not found:
        raise ValueError("no toolkit has reached a mark: there is nothing to draw.")
    return found


def _searched(run: Run) -> list[Run]:
    """All that were trained, and once more those that also searched in float32."""
    found = []
    for one in _trained(run):
        found.append(one)
        if all("float32" in mark for mark in one["marks"]):
            marks = [mark | {"beams": mark["float32"]} for mark in one["marks"]]
            found.append(one | {"name": f"{one['name']}, search in float32", "marks": marks})
    return found


def _row(run: Run, contender: Run, beam: str, marks: int) -> list[str]:
    scores = [f"{mark['beams'][beam]['bleu']:.1f}" for mark in contender["marks"]]
    seconds = _search_seconds(contender, beam)
    own = [_search_seconds(one, beam) for one in _trained(run) if one["name"] == "s2s"]
    return [
        contender["name"],
        beam,
        *scores,
        *[MISSING] * (marks - len(scores)),
        f"{seconds:.1f}",
        f"{seconds / statistics.median(own):.2f}" if own else MISSING,
        f"{contender['peak_memory_bytes'] / 1e9:.2f} GB",
    ]


def _search_seconds(contender: Run, beam: str) -> float:
    """Of one search, the median over all marks: a busy moment does not count."""
    return statistics.median(mark["beams"][beam]["seconds"] for mark in contender["marks"])


def _points(contender: Run, beam: str) -> list[Point]:
    return [
        Point(
            across=mark["seconds"] / 60,
            up=mark["beams"][beam]["bleu"],
            words=f"BLEU {mark['beams'][beam]['bleu']:.1f} after {mark['seconds'] / 60:.1f} "
            f"minutes, {mark['steps']:,} steps",
        )
        for mark in contender["marks"]
    ]


def _in_words(run: Run) -> str:
    """All points of the curve, for those who do not see it."""
    beam = beams(run)[0]
    curves = (
        f"{one['name']}: "
        + ", ".join(
            f"{mark['beams'][beam]['bleu']:.1f} after {mark['seconds'] / 60:.1f} minutes"
            for mark in one["marks"]
        )
        for one in _trained(run)
    )
    return f"{HEADING}, beam {beam}. {'; '.join(curves)}."
