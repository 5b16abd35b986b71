"""Which pairs make up each batch: shuffled, of similar length, bounded in tokens.

An epoch is read window by window: a split that is in shards has one for each shard, any other is
one window as a whole. The order of windows follows from the seed and the number of the epoch, the
batches of a window from these and its number, so that a position is three integers: the epoch, how
many windows of it are done, and how many batches of the next. Knows nothing of what the tokens are.
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


def window_order(windows: int, *, seed: int, epoch: int) -> list[int]:
    """The numbers of the windows in the order in which an epoch, counted from 1, reads them."""
    random = np.random.default_rng((seed, epoch))
    return [int(number) for number in random.permutation(windows)]


def epoch_batches(
    source_lengths: Lengths,
    target_lengths: Lengths,
    *,
    size: BatchSize,
    seed: int,
    epoch: int,
    window: int | None = None,
) -> list[NDArray[np.int64]]:
    """The batches of one window in one epoch, as indices of its pairs, in the order of training.

    Pairs are shuffled, sorted by length inside pools of about 100 batches, cut into batches and
    shuffled again, so that a batch has little padding and no two epochs are alike.

    Args:
        source_lengths: tokens without `</s>`, (pairs,)
        target_lengths: tokens without `</s>`, (pairs,)
        size: how large a batch may be
        seed: of the run
        epoch: counted from 1
        window: its number, counted from 0; None where all pairs are one window
    """
    # A trailing 0 would not change the numbers that are drawn: windows count from 1 here.
    random = np.random.default_rng((seed, epoch) if window is None else (seed, epoch, window + 1))
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
