"""What is dropped from training pairs, and why. Never applied to validation or test.

Knows nothing of files or tokenizers: it sees raw sides and token counts. What came before is found
by `corpus.digests`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMPTY_SIDE = "empty side"
DUPLICATE = "duplicate"
TOO_LONG = "too long"
LENGTH_RATIO = "length ratio"
REASONS = (EMPTY_SIDE, DUPLICATE, TOO_LONG, LENGTH_RATIO)


def has_text(source: str, target: str) -> bool:
    """Whether both sides of a raw pair have text."""
    return bool(source.strip() and target.strip())


def by_reason(dropped: Mapping[str, int]) -> dict[str, int]:
    """Counts of dropped pairs for each reason, 0 included."""
    return {reason: dropped.get(reason, 0) for reason in REASONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthLimits:
    """How long the sides of a training pair may be.

    Attributes:
        max_length: most tokens that either side may have.
        max_ratio: most times that one side may be as long as the other, in tokens; None: any.
    """

    max_length: int
    max_ratio: float | None

    def keep_mask(
        self,
        source_lengths: NDArray[np.int64],
        target_lengths: NDArray[np.int64],
        dropped: Counter[str],
    ) -> NDArray[np.bool_]:
        """Which pairs pass by their token counts; arguments and result are (pairs,).

        Args:
            dropped: what it drops is added, by reason.
        """
        shorter = np.minimum(source_lengths, target_lengths)
        longer = np.maximum(source_lengths, target_lengths)
        keep = shorter > 0
        dropped[EMPTY_SIDE] += int((~keep).sum())
        too_long = keep & (longer > self.max_length)
        dropped[TOO_LONG] += int(too_long.sum())
        keep &= ~too_long
        if self.max_ratio is not None:
            uneven = keep & (longer > self.max_ratio * shorter)
            dropped[LENGTH_RATIO] += int(uneven.sum())
            keep &= ~uneven
        return keep
