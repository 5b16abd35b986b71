"""Training pairs that tokenizers are chosen by and learned from, packed.

Knows nothing of how they were drawn.
"""

from collections.abc import Sequence
from typing import overload

BETWEEN_PAIRS = b"\n\n"
"""No line has a line break, and no pair of a sample an empty side."""
_BETWEEN_SIDES = "\n"
_CLIPPED_CHARACTERS = 10_000


def packed_pair(source: str, target: str) -> str:
    """A pair as it is packed; what is too long for a sample is cut off."""
    return f"{source[:_CLIPPED_CHARACTERS]}{_BETWEEN_SIDES}{target[:_CLIPPED_CHARACTERS]}"


class Sample(Sequence[tuple[str, str]]):
    """Training pairs with text on both sides, packed; long lines are clipped.

    Args:
        items: source and target as they are encoded, with a line break between them.
    """

    def __init__(self, items: list[bytes]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> tuple[str, str]: ...

    @overload
    def __getitem__(self, index: slice) -> "Sample": ...

    def __getitem__(self, index: int | slice) -> "tuple[str, str] | Sample":
        if isinstance(index, slice):
            return Sample(self.items[index])
        source, _, target = self.items[index].decode("utf-8").partition(_BETWEEN_SIDES)
        return source, target

    @property
    def size(self) -> int:
        """The bytes of all lines, line breaks included."""
        return sum(len(item) + 1 for item in self.items)

    def clear(self) -> None:
        """Let go of the pairs."""
        self.items.clear()
