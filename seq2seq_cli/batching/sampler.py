"""Which pairs make up each batch: shuffled, of similar length, bounded in tokens.

Knows nothing of what the tokens are. The batches of an epoch follow from the seed and the number
of the epoch alone, so that a position is two integers: the epoch and the batch in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POOL_BATCHES = 100
Lengths = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class BatchSize:
    """How large a batch may be."""

    tokens: int
    """Most target tokens, `</s>` included; a single longer pair still makes a batch."""
    sentences: int = 0
    """Exact number of sentences in place of `tokens`, where it is not 0."""


def epoch_batches(
    source_lengths: Lengths, target_lengths: Lengths, *, size: BatchSize, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """The batches of one epoch, as indices of pairs, in the order they are trained on.

    Pairs are shuffled, sorted by length inside pools of about 100 batches, cut into batches and
    shuffled again, so that a batch has little padding and no two epochs are alike.

    Args:
        source_lengths: tokens without `</s>`, (pairs,)
        target_lengths: tokens without `</s>`, (pairs,)
        size: how large a batch may be
        seed: of the run
        epoch: counted from 1
    """
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(target_lengths))
    pool = _pool_size(target_lengths, size)
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        part = part[np.lexsort((source_lengths[part], target_lengths[part]))]
        batches.extend(cut(part, target_lengths, size=size))
    return [batches[i] for i in random.permutation(len(batches))]


def _pool_size(target_lengths: Lengths, size: BatchSize) -> int:
    if size.sentences:
        return POOL_BATCHES * size.sentences
    mean = float(target_lengths.mean()) + 1.0 if len(target_lengths) else 1.0
    return max(1, int(POOL_BATCHES * size.tokens / mean))


def cut(
    order: NDArray[np.int64], target_lengths: Lengths, *, size: BatchSize
) -> Iterator[NDArray[np.int64]]:
    """Cut pairs, kept in their order, into batches of at most `size`."""
    if size.sentences:
        for start in range(0, len(order), size.sentences):
            yield order[start : start + size.sentences]
        return
    start, tokens = 0, 0
    for end, length in enumerate((target_lengths[order] + 1).tolist()):
        if end > start and tokens + length > size.tokens:
            yield order[start:end]
            start, tokens = end, 0
        tokens += length
    if start < len(order):
        yield order[start:]
