"""Blocks of rows that are tokenized, on disk until the dataset is made of them.

A file has an index (int64: where each part of each array begins, and the last ends), the arrays, a
header in JSON, and the SHA-256 of it all. Arrays of the training split are cut into slices, see
`shuffling`. Knows nothing of tokenizers.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.dataset import SOURCE, TARGET
from seq2seq_cli.batching.work import write_checked

ROWS, LINKS, LABELS = "rows", "links", "labels"
TEXT, LENGTHS, NUMBERS = "text", "lengths", "numbers"
ROW_TYPE, LENGTH_TYPE = np.dtype(np.int32), np.dtype(np.int32)
_SEAL_BYTES = 32
_SMALL, _LARGE = np.dtype(np.uint16), np.dtype(np.int32)

Key = tuple[str, str]
"""A split, and the name of an array of it."""


def array_of(side: str, kind: str) -> str:
    """The name of an array of one side."""
    return f"{side}.{kind}"


@dataclass(frozen=True)
class Form:
    """Which arrays blocks have: the same ones in all blocks of a corpus.

    Attributes:
        slices: how many slices each split is cut into, by its name.
        links, labels: the splits whose rows have them.
    """

    slices: Mapping[str, int]
    links: frozenset[str]
    labels: frozenset[str]

    @cached_property
    def places(self) -> dict[Key, int]:
        """Where the index of each array begins, in entries."""
        places, place = {}, 0
        for split, slices in self.slices.items():
            for name in self._arrays(split):
                places[split, name] = place
                place += slices
        return places

    @property
    def entries(self) -> int:
        """How many parts all arrays have together."""
        return sum(count * len(self._arrays(split)) for split, count in self.slices.items())

    def _arrays(self, split: str) -> list[str]:
        sides = [
            array_of(side, kind) for side in (SOURCE, TARGET) for kind in (TEXT, LENGTHS, NUMBERS)
        ]
        links = [LINKS] if split in self.links else []
        return [ROWS, *sides, *links, *([LABELS] if split in self.labels else [])]


def write_block(
    path: Path, form: Form, arrays: Mapping[Key, Sequence[bytes]], header: dict[str, Any]
) -> None:
    """Write a block.

    Args:
        arrays: the parts of every array that is not empty.
        header: a value of JSON.

    Raises:
        OSError: if it cannot be written.
    """
    parts: list[bytes] = []
    for split, name in form.places:
        parts += arrays.get((split, name)) or [b""] * form.slices[split]
    begin = 8 * (form.entries + 1)
    index = begin + np.cumsum([0, *map(len, parts)], dtype=np.int64)
    data = (index.tobytes(), *parts, json.dumps(header).encode())
    write_checked(path, b"".join(data))


class EncodedBlock:
    """A block that was written, open for reading."""

    def __init__(self, path: Path, form: Form) -> None:
        self._form = form
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            os.close(self._file)

    def header(self) -> dict[str, Any]:
        """What was said of the block."""
        start = self._index(self._form.entries, 1)[0]
        size = os.fstat(self._file).st_size - _SEAL_BYTES
        header: dict[str, Any] = json.loads(self._read(start, size))
        return header

    def part(self, key: Key, first: int, last: int) -> bytes:
        """The slices `first` to before `last` of an array."""
        index = self._index(self._form.places[key] + first, last - first + 1)
        return self._read(index[0], index[-1])

    def rows(self, split: str, first: int, last: int) -> NDArray[np.int32]:
        """Which rows of the block are in these slices, (pairs,)."""
        return np.frombuffer(self.part((split, ROWS), first, last), ROW_TYPE)

    def _index(self, place: int, count: int) -> list[int]:
        data = self._read(8 * place, 8 * (place + count))
        return [int(entry) for entry in np.frombuffer(data, np.int64)]

    def _read(self, start: int, end: int) -> bytes:
        os.lseek(self._file, start, os.SEEK_SET)
        parts, left = [], end - start
        while left:
            data = os.read(self._file, left)
            if not data:
                raise OSError(0, "a file of the work folder is cut short")
            parts.append(data)
            left -= len(data)
        return b"".join(parts)


def packed(numbers: NDArray[np.int32], types: int) -> NDArray[Any]:
    """Numbers below `types` in as few bytes as they need."""
    return numbers.astype(_SMALL if types <= np.iinfo(_SMALL).max + 1 else _LARGE)


def unpacked(data: bytes, count: int) -> NDArray[Any]:
    """What `packed` made of so many numbers; how wide they are is seen by their size."""
    small = len(data) == count * _SMALL.itemsize
    return np.frombuffer(data, _SMALL if small else _LARGE)
