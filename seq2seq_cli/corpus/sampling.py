"""A bounded, repeatable sample of a stream whose length is not known beforehand."""

import random
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Reservoir(Generic[Item]):
    """Keeps `size` items, each item of the stream with the same chance (Vitter 1985, algorithm R).

    While the stream is no longer than `size`, it keeps every item in order. The same stream and
    seed give the same sample.

    Args:
        size: items at most.
        most: what items may weigh together; where they weigh more, items drawn by chance go, and
            `size` becomes what is left (one item at least).
        weigh: what an item weighs.
    """

    def __init__(
        self,
        size: int,
        *,
        seed: int,
        most: int | None = None,
        weigh: Callable[[Item], int] = lambda item: 0,
    ) -> None:
        self._size, self._most, self._weigh = size, most, weigh
        self._random = random.Random(seed)
        self._seen = self._weight = 0
        self.items: list[Item] = []

    def add(self, item: Item) -> None:
        """Offer the next item of the stream."""
        self._seen += 1
        if len(self.items) < self._size:
            self.items.append(item)
        else:
            place = int(self._random.random() * self._seen)
            if place >= self._size:
                return
            self._weight -= self._weigh(self.items[place])
            self.items[place] = item
        self._weight += self._weigh(item)
        while self._most is not None and self._weight > self._most and len(self.items) > 1:
            self._shrink()

    def _shrink(self) -> None:
        place = int(self._random.random() * len(self.items))
        last = self.items.pop()
        gone = last
        if place < len(self.items):
            gone, self.items[place] = self.items[place], last
        self._weight -= self._weigh(gone)
        self._size = len(self.items)
