"""The training pairs of a run: which batch comes next, and which needs the most memory.

Knows nothing of models. The order follows from the seed and the number of the epoch alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.batching.dataset import Split
from seq2seq_cli.batching.sampler import BatchSize, epoch_batches
from seq2seq_cli.config import Config
from seq2seq_cli.errors import InputError

Indices = NDArray[np.integer]
ADDITIVE = ("bahdanau", "luong-concat")
"""The kinds of attention that keep a hidden layer for each source token of each target token."""
COPYING = 16
"""What the loss of a model that copies keeps for each source token of each target token."""


class TrainingPairs:
    """The pairs of a split that are not too long to train on.

    Attributes:
        split: the split they are of.
        indices: where they stand in it, (pairs,).
    """

    def __init__(self, split: Split, config: Config) -> None:
        """Raises InputError if no pair is short enough."""
        training = config.training
        self.split, self.model, self.seed = split, config.model, training.seed
        self.indices = usable(split, training.max_length)
        self.size = BatchSize(tokens=training.batch_tokens, sentences=training.batch_sentences)

    def __len__(self) -> int:
        return len(self.indices)

    def epoch(self, number: int) -> list[Indices]:
        """The batches of an epoch, counted from 1, as indices in the split."""
        batches = epoch_batches(
            self.split.source_lengths[self.indices],
            self.split.target_lengths[self.indices],
            size=self.size,
            seed=self.seed,
            epoch=number,
        )
        return [self.indices[batch] for batch in batches]

    def batch(self, indices: Sequence[int] | Indices) -> Batch:
        """The batch of some pairs."""
        return make_batch(
            [self.split.source(i) for i in indices],
            [self.split.target(i) for i in indices],
            [int(index) for index in indices],
        )

    def largest(self) -> Indices:
        """A batch that needs as much memory as any that an epoch may have, its widest pair first.

        It is made around the pair whose batch has most to keep, of the pairs nearest to it in
        target length, those with long sources before others: an epoch draws them by chance.
        """
        sources = self.split.source_lengths[self.indices] + 1
        targets = self.split.target_lengths[self.indices] + 1
        widest = int(np.argmax(self._cost(sources, targets)))
        order = np.lexsort((-sources, np.abs(targets - targets[widest])))
        order = np.concatenate(([widest], order[order != widest]))
        if self.size.sentences:
            return self.indices[order[: self.size.sentences]]
        fits = int(np.searchsorted(np.cumsum(targets[order]), self.size.tokens, side="right"))
        return self.indices[order[: max(1, fits)]]

    def _cost(self, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
        """What a batch of pairs like each keeps, (pairs,), in numbers, by rule of thumb."""
        rows = np.maximum(1, self.size.tokens // targets)
        if self.size.sentences:
            rows = np.full_like(targets, self.size.sentences)
        by_cell = self.model.attention_size if self.model.attention in ADDITIVE else 2
        by_cell += COPYING if self.model.copying else 0
        by_source = 8 * self.model.encoder_size
        return rows * sources * (targets * by_cell + by_source)


def usable(split: Split, longest: int) -> Indices:
    """The indices of the pairs of a split that are not too long to train on.

    Raises:
        InputError: if there is none.
    """
    fits = (split.source_lengths <= longest) & (split.target_lengths <= longest)
    indices = np.flatnonzero(fits)
    if not len(indices):
        raise InputError(f"no training pair is {longest} tokens or shorter. Raise --max-length.")
    return indices
