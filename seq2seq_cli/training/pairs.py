"""The training pairs of a run: which batches an epoch has, and which needs the most memory.

Knows nothing of models. The order follows from the seed and the number of the epoch alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.arrays import Lengths
from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.batching.dataset import Split
from seq2seq_cli.batching.sampler import BatchSize, epoch_batches, window_order
from seq2seq_cli.config import Config
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.vocabulary import UNK

Indices = NDArray[np.integer]
ADDITIVE = ("bahdanau", "luong-concat")
"""The kinds of attention that keep a hidden layer for each source token of each target token."""
COPYING = 16
"""What the loss of a model that copies keeps for each source token of each target token."""


class TrainingPairs:
    """The pairs of a split that are not too long to train on.

    Attributes:
        split: the split they are of.
        windows: in how many parts an epoch is read, one after another.
    """

    def __init__(self, split: Split, config: Config) -> None:
        """Raises InputError if no pair is short enough."""
        training = config.training
        self.split, self.model, self.seed = split, config.model, training.seed
        self.longest, self.windows = training.max_length, len(split.shards)
        self.size = BatchSize(tokens=training.batch_tokens, sentences=training.batch_sentences)
        self._imagined = np.empty((2, 0), dtype=np.int64)
        self._count = self._counted()

    def __len__(self) -> int:
        return self._count

    def batches(self, epoch: int, done: int) -> list[Indices]:
        """The batches of a window of an epoch, as indices in the split.

        Args:
            epoch: counted from 1
            done: how many windows of the epoch come before it
        """
        window = self._order(epoch)[done]
        sources, targets = self.split.shard_lengths(window)
        usable = self._usable(sources, targets)
        batches = epoch_batches(
            sources[usable],
            targets[usable],
            size=self.size,
            seed=self.seed,
            epoch=epoch,
            window=window if self.split.is_sharded else None,
        )
        indices = usable + self.split.shards.starts[window]
        return [indices[batch] for batch in batches]

    def window_pairs(self, epoch: int, done: int) -> tuple[int, int]:
        """How many pairs come before a window of an epoch, and how many it has, long ones too."""
        starts = self.split.shards.starts
        sizes = [starts[window + 1] - starts[window] for window in self._order(epoch)]
        return sum(sizes[:done]), sizes[done]

    def batch(self, indices: Sequence[int] | Indices) -> Batch:
        """The batch of some pairs."""
        if self._are_imagined(indices):
            return _imagined_batch(*self.lengths(np.array(indices)), indices)
        return make_batch(
            [self.split.source(i) for i in indices],
            [self.split.target(i) for i in indices],
            [int(index) for index in indices],
        )

    def lengths(self, indices: Indices) -> tuple[Lengths, Lengths]:
        """Source and target tokens of some pairs, (pairs,) each."""
        if self._are_imagined(indices):
            sources, targets = self._imagined[:, indices - len(self.split)]
            return sources, targets
        return self.split.lengths(indices)

    def largest(self) -> Indices:
        """A batch that needs as much memory as any that an epoch may have, its widest pair first.

        It is made around the pair whose batch has most to keep, of the pairs nearest to it in
        target length, those with long sources before others: an epoch draws them by chance. Where
        the pairs of each length are in a split in shards, only reading all of it would tell: the
        batch is of imagined pairs then, whose indices come after those of the split.
        """
        if self.split.kinds is None:
            sources, targets = self.split.shard_lengths(0)
            usable = self._usable(sources, targets)
            return usable[self._widest(sources[usable], targets[usable], np.ones_like(usable))]
        sources, targets, counts = self.split.kinds.T
        usable = self._usable(sources, targets)
        kinds = usable[self._widest(sources[usable], targets[usable], counts[usable])]
        self._imagined = np.stack([sources[kinds], targets[kinds]])
        return len(self.split) + np.arange(len(kinds))

    def _order(self, epoch: int) -> list[int]:
        return window_order(self.windows, seed=self.seed, epoch=epoch)

    def _usable(self, sources: Lengths, targets: Lengths) -> NDArray[np.int64]:
        return np.flatnonzero((sources <= self.longest) & (targets <= self.longest))

    def _counted(self) -> int:
        """How many pairs are usable."""
        if self.split.kinds is None:
            count = len(self._usable(*self.split.shard_lengths(0)))
        else:
            sources, targets, counts = self.split.kinds.T
            count = int(counts[self._usable(sources, targets)].sum())
        if not count:
            raise InputError(
                f"no training pair is {self.longest} tokens or shorter. Raise --max-length."
            )
        return count

    def _are_imagined(self, indices: Sequence[int] | Indices) -> bool:
        return len(indices) > 0 and int(indices[0]) >= len(self.split)

    def _widest(self, sources: Lengths, targets: Lengths, counts: Lengths) -> NDArray[np.int64]:
        """The largest batch of pairs of these lengths, each there so many times, as row numbers."""
        sources, targets = sources + 1, targets + 1
        widest = int(np.argmax(self._cost(sources, targets)))
        order = np.lexsort((-sources, np.abs(targets - targets[widest])))
        most = self.size.sentences or max(1, self.size.tokens)
        order = order[: most + 1]  # each of them is there once or more
        order = np.repeat(order, np.minimum(counts[order], most))[:most]
        if self.size.sentences:
            return order
        fits = int(np.searchsorted(np.cumsum(targets[order]), self.size.tokens, side="right"))
        return order[: max(1, fits)]

    def _cost(self, sources: Lengths, targets: Lengths) -> Lengths:
        """What a batch of pairs like each keeps, (pairs,), in numbers, by rule of thumb."""
        rows = np.maximum(1, self.size.tokens // targets)
        if self.size.sentences:
            rows = np.full_like(targets, self.size.sentences)
        by_cell = self.model.attention_size if self.model.attention in ADDITIVE else 2
        by_cell += COPYING if self.model.copying else 0
        by_source = 8 * self.model.encoder_size
        return rows * sources * (targets * by_cell + by_source)


def _imagined_batch(sources: Lengths, targets: Lengths, indices: Sequence[int] | Indices) -> Batch:
    """A batch of pairs of which the lengths alone are known."""
    return make_batch(
        [np.full(length, UNK) for length in sources],
        [np.full(length, UNK) for length in targets],
        [int(index) for index in indices],
    )
