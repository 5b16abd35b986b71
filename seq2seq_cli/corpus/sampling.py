"""A bounded, repeatable sample of a stream whose length is not known beforehand."""

import random
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Reservoir(Generic[Item]):
    """Keeps `size` items, each item of the stream with the same chance (Vitter 1985, algorithm R).

    While the stream is no longer than `size`, it keeps every item in order. The same stream and
    seed give the same sample.
    """

    def __init__(self, size: int, *, seed: int) -> None:
        self._size = size
        self._random = random.Random(seed)
        self._seen = 0
        self.items: list[Item] = []

    def add(self, item: Item) -> None:
        """Offer the next item of the stream."""
        self._seen += 1
        if len(self.items) < self._size:
            self.items.append(item)
            return
        place = int(self._random.random() * self._seen)
        if place < self._size:
            self.items[place] = item
