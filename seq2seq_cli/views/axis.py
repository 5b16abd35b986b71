"""Axes of charts: where they begin and end, round ticks, labels that do not cover each other.

Knows nothing of terminals or SVG; a place is a number of rows, cells or pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST_SPAN = 10.0
"""Least span of an axis of scores, so that chance does not look like a mountain."""
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A stretch of numbers with ticks at round ones."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies, 0 at `low` and 1 at `high`."""
        return (value - self.low) / (self.high - self.low)


def score_axis(values: Sequence[float], most_ticks: int) -> Axis:
    """An axis for scores of 0 to 100, from 0 unless all lie in the upper half of what is there."""
    lowest, highest = min(values), max(values)
    if lowest < highest / 2:
        lowest = 0.0
    if highest - lowest < SMALLEST_SPAN:
        highest = min(max(highest, 100.0), lowest + SMALLEST_SPAN)
        lowest = max(0.0, highest - SMALLEST_SPAN)
    step = _step(highest - lowest, most_ticks)
    low, high = math.floor(lowest / step) * step, math.ceil(highest / step) * step
    return Axis(low=low, high=high, ticks=_multiples(step, low, high))


def length_axis(lengths: Sequence[float], most_ticks: int) -> Axis:
    """An axis for lengths, from 0 unless all lie in the upper half; it ends at the longest."""
    shortest, longest = min(lengths), max(*lengths, 1.0)
    step = max(1.0, _step(longest - (shortest if shortest > longest / 2 else 0.0), most_ticks))
    low = math.floor(shortest / step) * step if shortest > longest / 2 else 0.0
    if low == longest:
        low -= step
    return Axis(low=low, high=longest, ticks=_multiples(step, low, longest))


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move places apart to at least `gap`, in their order and between `low` and `high`.

    Where they do not fit, they reach beyond `low`.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    floor = low
    for index in order:
        moved[index] = floor = max(places[index], floor)
        floor += gap
    ceiling = high
    for index in reversed(order):
        moved[index] = ceiling = min(moved[index], ceiling)
        ceiling -= gap
    return moved


def rows_without_overlap(starts: Sequence[float], ends: Sequence[float]) -> list[int]:
    """For each label, given from left to right, the first row in which none before it is hit."""
    occupied: list[float] = []
    rows = []
    for start, end in zip(starts, ends, strict=True):
        free = (row for row, taken in enumerate(occupied) if taken <= start)
        row = next(free, len(occupied))
        occupied[row : row + 1] = [end]
        rows.append(row)
    return rows


def _step(span: float, most_ticks: int) -> float:
    """The smallest of 1, 2, 5, 10, ... times a power of ten that makes at most so many ticks."""
    power = 10.0 ** math.floor(math.log10(max(span, 1e-9) / most_ticks))
    return next(
        (step * power for step in _STEPS if span / (step * power) <= most_ticks - 1), 20.0 * power
    )


def _multiples(step: float, low: float, high: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(step * number for number in range(first, last + 1))
