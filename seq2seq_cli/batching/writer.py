"""Writes the splits of a dataset folder piece by piece, so that no split is ever whole in memory.

Knows nothing of files that are read or of cleaning. Token numbers are written at first; when all of
them are known, they are turned into vocabulary ids in one pass over the arrays.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from seq2seq_cli.batching.dataset import token_type
from seq2seq_cli.batching.manifest import Lengths
from seq2seq_cli.text.vocabulary import UNK

_AT_ONCE = 2**20


class SideWriter:
    """One side of one split: raw lines at once, numbers now and ids at the end.

    Args:
        folder: an existing folder.
        split: the split's name.
        side: `source` or `target`.
    """

    def __init__(self, folder: Path, split: str, side: str) -> None:
        self._stem = folder / f"{split}.{side}"
        self._text = self._path("txt").open("wb")
        self._numbers = self._path("numbers").open("wb")
        self._ends = self._path("ends").open("wb")
        self._tokens = 0
        self._longest = 0
        self._lines = 0

    def _path(self, ending: str) -> Path:
        return self._stem.with_name(f"{self._stem.name}.{ending}")

    def add(
        self, lines: Sequence[str], numbers: NDArray[np.int32], lengths: NDArray[np.int64]
    ) -> None:
        """Append raw lines, their numbers one after another and how many each line has."""
        if not lines:
            return
        write_lines(self._text, lines)
        self._numbers.write(numbers.tobytes())
        self._ends.write((self._tokens + np.cumsum(lengths)).tobytes())
        self._tokens += len(numbers)
        self._longest = max(self._longest, int(lengths.max()))
        self._lines += len(lines)

    def close(self) -> None:
        """End writing; counting and finishing may follow."""
        for file in (self._text, self._numbers, self._ends):
            file.close()

    def count(self, types: int) -> NDArray[np.int64]:
        """How often each number below `types` was written, (types,)."""
        counts = np.zeros(types, dtype=np.int64)
        for numbers in _read(self._path("numbers"), np.dtype(np.int32)):
            counts += np.bincount(numbers, minlength=types)
        return counts

    def finish(self, ids: NDArray[np.int64], vocabulary_size: int) -> Lengths:
        """Write the arrays of ids and offsets, where `ids[number]` is a number's id."""
        unknown = self._write_ids(ids.astype(token_type(vocabulary_size)))
        self._write_offsets()
        mean = self._tokens / self._lines if self._lines else 0.0
        return Lengths(
            tokens=self._tokens, mean=round(mean, 2), longest=self._longest, unknown=unknown
        )

    def _write_ids(self, lookup: NDArray[Any]) -> int:
        """Turn numbers into ids by `lookup`, (types,), and return how many are unknown."""
        unknown = 0
        with self._path("tokens.npy").open("wb") as file:
            _write_header(file, lookup.dtype, self._tokens)
            for numbers in _read(self._path("numbers"), np.dtype(np.int32)):
                ids = lookup[numbers]
                unknown += int((ids == UNK).sum())
                file.write(ids.tobytes())
        self._path("numbers").unlink()
        return unknown

    def _write_offsets(self) -> None:
        int64 = np.dtype(np.int64)
        with self._path("offsets.npy").open("wb") as file:
            _write_header(file, int64, self._lines + 1)
            file.write(np.zeros(1, int64).tobytes())
            for ends in _read(self._path("ends"), int64):
                file.write(ends.tobytes())
        self._path("ends").unlink()


def write_lines(file: BinaryIO, lines: Sequence[str]) -> None:
    """Write lines, each ended by "\\n"."""
    file.write(("\n".join(lines) + "\n").encode("utf-8"))


def _write_header(file: BinaryIO, dtype: np.dtype[Any], size: int) -> None:
    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": (size,)}
    npy.write_array_header_1_0(file, header)


def _read(path: Path, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    with path.open("rb") as file:
        while data := file.read(_AT_ONCE * dtype.itemsize):
            yield np.frombuffer(data, dtype=dtype)
