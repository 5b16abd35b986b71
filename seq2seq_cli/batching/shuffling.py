"""The order of a large training split: shuffled as a whole, once, when it is written.

Each pair has a key that its number and the seed alone decide. Sorted by key, pairs are shuffled;
keys are cut into slices of equal width, of which a shard has several, so that a shard is sorted a
slice at a time. Knows nothing of what pairs are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLICES_OF_SHARD = 16
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Shuffle:
    """How pairs are shuffled.

    Attributes:
        seed: of the order.
        slices: how many slices the keys are cut into; with one, pairs are not shuffled.
    """

    seed: int
    slices: int

    def keys(self, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The key of each pair, (pairs,): SplitMix64 (Steele et al. 2014) of its number."""
        begin = np.uint64(self.seed % 2**64)
        with np.errstate(over="ignore"):
            key = _mixed(_mixed(begin + _GOLDEN) + (numbers.astype(np.uint64) + 1) * _GOLDEN)
        return np.asarray(key)

    def slices_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The slice that each pair falls into, (pairs,)."""
        if self.slices == 1:
            return np.zeros(len(numbers), np.int64)
        high = self.keys(numbers) >> np.uint64(32)
        return ((high * np.uint64(self.slices)) >> np.uint64(32)).astype(np.int64)


def _mixed(values: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    mixed = np.asarray(values, np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
