"""What is dropped from training pairs, and why. Never applied to validation or test.

Knows nothing of files or tokenizers: it sees raw sides, digests and token counts.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

EMPTY_SIDE = "empty side"
DUPLICATE = "duplicate"
TOO_LONG = "too long"
LENGTH_RATIO = "length ratio"
REASONS = (EMPTY_SIDE, DUPLICATE, TOO_LONG, LENGTH_RATIO)


class Cleaner:
    """Decides pair by pair and counts what it drops.

    Args:
        max_length: most tokens that either side may have.
        max_ratio: most times that one side may be as long as the other, in tokens; None: any.
        keep_duplicates: whether a pair that came before may come again.
    """

    def __init__(self, *, max_length: int, max_ratio: float | None, keep_duplicates: bool) -> None:
        self._max_length = max_length
        self._max_ratio = max_ratio
        self._seen: set[bytes] | None = None if keep_duplicates else set()
        self._dropped: Counter[str] = Counter()

    @property
    def dropped(self) -> dict[str, int]:
        """Pairs dropped so far for each reason, 0 included."""
        return {reason: self._dropped[reason] for reason in REASONS}

    def accepts(self, source: str, target: str, digest: bytes) -> bool:
        """Whether a raw pair passes: both sides have text and it is not an exact duplicate."""
        if not source.strip() or not target.strip():
            self._dropped[EMPTY_SIDE] += 1
            return False
        if self._seen is not None:
            if digest in self._seen:
                self._dropped[DUPLICATE] += 1
                return False
            self._seen.add(digest)
        return True

    def keep_mask(
        self, source_lengths: NDArray[np.int64], target_lengths: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which pairs pass by their token counts; arguments and result are (pairs,)."""
        shorter = np.minimum(source_lengths, target_lengths)
        longer = np.maximum(source_lengths, target_lengths)
        keep = shorter > 0
        self._count(EMPTY_SIDE, ~keep)
        too_long = keep & (longer > self._max_length)
        self._count(TOO_LONG, too_long)
        keep &= ~too_long
        if self._max_ratio is not None:
            uneven = keep & (longer > self._max_ratio * shorter)
            self._count(LENGTH_RATIO, uneven)
            keep &= ~uneven
        return keep

    def _count(self, reason: str, mask: NDArray[np.bool_]) -> None:
        self._dropped[reason] += int(mask.sum())
