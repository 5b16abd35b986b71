"""Which split a pair falls into, by a hash of the pair itself.

Knows nothing of files. The place of a pair depends on its own text alone, so adding lines to a
corpus never moves the others, and identical pairs always fall together.
"""

from dataclasses import dataclass
from hashlib import blake2b

TRAIN, VALID, TEST = "train", "valid", "test"
DIGEST_BYTES = 16


def text_digest(text: str) -> bytes:
    """16 bytes that stand for a line."""
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


def pair_digest(source: str, target: str) -> bytes:
    """16 bytes that stand for a pair; no line holds the separator "\\n"."""
    return blake2b(f"{source}\n{target}".encode(), digest_size=DIGEST_BYTES).digest()


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
        # 53 bits, as many as a float holds: the place is always below 1.
        place = (int.from_bytes(digest[:8], "big") >> 11) / 2**53
        if place < self.test:
            return TEST
        return VALID if place >= 1.0 - self.valid else TRAIN
