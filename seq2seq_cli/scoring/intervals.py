"""Confidence intervals of shares.

Those of BLEU, chrF and TER are sacreBLEU's, see `translation`. Knows nothing of models or files.
"""

import math
from statistics import NormalDist

from seq2seq_cli.scoring.score import Interval

LEVEL = 0.95


def wilson_interval(right: int, count: int) -> Interval:
    """The interval of a share of lines, in percent (Wilson 1927); unlike the usual one it never
    leaves 0 to 100 and holds near its ends.

    Args:
        right: lines that have the property
        count: all lines, at least 1
    """
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, spread = right / count, z * z / count
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Interval(low=100 * low, high=100 * high, method="Wilson")
