"""What batches come to, summed: the losses of one, and of all since the last report.

Knows nothing of how they are computed or shown.
"""

import math
from dataclasses import dataclass


@dataclass(kw_only=True)
class BatchSums:
    """What a batch comes to, in nats, summed over its tokens."""

    smoothed: float = 0.0
    plain: float = 0.0
    tokens: int = 0
    guide: float = 0.0
    guided_tokens: int = 0

    @property
    def finite(self) -> bool:
        """Whether the loss is a number that training can go by."""
        return math.isfinite(self.smoothed) and math.isfinite(self.guide)


@dataclass(kw_only=True)
class Recent(BatchSums):
    """Sums since the last report, and the seconds that they took."""

    seconds: float = 0.0

    def add(self, sums: BatchSums, seconds: float) -> None:
        """Take in a batch that took so many seconds."""
        self.smoothed += sums.smoothed
        self.plain += sums.plain
        self.tokens += sums.tokens
        self.guide += sums.guide
        self.guided_tokens += sums.guided_tokens
        self.seconds += seconds
