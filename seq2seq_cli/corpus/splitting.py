"""Which split a pair falls into, by a hash of the pair itself.

Knows nothing of files. The place of a pair depends on its own text alone, so adding lines to a
corpus never moves the others, and identical pairs always fall together.
"""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

TRAIN, VALID, TEST = "train", "valid", "test"
DIGEST_BYTES = 16
Digests = NDArray[np.bytes_]
"""Digests as numpy's strings of 16 bytes, which it sorts and compares as a whole, (digests,)."""


def text_digest(text: str) -> bytes:
    """16 bytes that stand for a line."""
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


def pair_digest(source: str, target: str) -> bytes:
    """16 bytes that stand for a pair; no line holds the separator "\\n"."""
    return blake2b(f"{source}\n{target}".encode(), digest_size=DIGEST_BYTES).digest()


def as_digests(data: bytes) -> Digests:
    """Digests that stand one after another, (digests,)."""
    return np.frombuffer(data, dtype=f"S{DIGEST_BYTES}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HashSplit:
    """Shares, between 0 and 1, of the pairs that go to validation and to test.

    The test split takes the lowest hashes and validation the highest: changing one share leaves
    the other split as it was.
    """

    valid: float = 0.0
    test: float = 0.0

    def split_of(self, digest: bytes) -> str:
        """`train`, `valid` or `test` for a pair's digest."""
        masks = self.masks(as_digests(digest))
        return next((split for split, mask in masks.items() if mask[0]), TRAIN)

    def masks(self, digests: Digests) -> dict[str, NDArray[np.bool_]]:
        """Which of the pairs' digests fall to `valid` and to `test`, (digests,); the rest train."""
        # 53 bits, as many as a float holds: the place is always below 1.
        halves = digests.view(">u8").reshape(-1, 2)[:, 0]
        places = (halves >> np.uint64(11)).astype(np.float64) / 2**53
        test = places < self.test
        return {TEST: test, VALID: (places >= 1.0 - self.valid) & ~test}
