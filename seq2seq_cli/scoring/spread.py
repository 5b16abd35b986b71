"""How far the scores of several runs lie apart.

Knows nothing of runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Scores of runs that differ in their seed alone."""

    count: int
    mean: float
    deviation: float
    """The standard deviation of a sample: the squares are divided by `count` - 1."""


def spread_of(scores: Sequence[float]) -> Spread:
    """Mean and deviation of two scores or more."""
    return Spread(count=len(scores), mean=mean(scores), deviation=stdev(scores))
