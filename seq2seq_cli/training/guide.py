"""The guide of a run: links that its attention is drawn to, and how strongly at which time.

What a step minimises is `L / tokens + w G / guided tokens`: the smoothed loss summed over the
target tokens of the batch, and the attention loss summed over those with links, each per token.
A batch without links has the first term alone. Knows nothing of files, models or the loop.
"""

from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.training.links import BatchLinks, TokenLinks
from seq2seq_cli.training.pairs import Indices


@dataclass(frozen=True, kw_only=True, eq=False)
class Guide:
    """Links of the training pairs with the file that they are of."""

    path: Path
    sha256: str
    """Of the file's bytes."""
    links: TokenLinks

    def tokens(self, pairs: Indices, weight: float) -> int:
        """Target tokens of some pairs that have links; 0 where they count nothing."""
        return self.links.tokens(pairs) if weight else 0

    def of_batch(self, batch: Batch, weight: float) -> BatchLinks | None:
        """The links of a batch; None where it has none, or where they count nothing."""
        links = self.links.of_batch(batch) if weight else None
        return links.to(batch.source.device) if links and links.tokens else None


def guide_weight(config: TrainingConfig, epoch: int) -> float:
    """What `w` is in an epoch, counted from 1 (Chen et al. 2016, section 3)."""
    return config.guide_weight * config.guide_decay ** (epoch - 1)
