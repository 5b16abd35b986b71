"""The arrays of a split: token ids and offsets of each side, memory-mapped, shard by shard.

A shard is checked when it is first read, and only the one that was read last stays mapped, so that
a split takes the memory of a shard, however large it is. Knows nothing of lines or batches.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.manifest import ShardRecord, SplitRecord
from seq2seq_cli.batching.shards import stem
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import Checksums, check_file
from seq2seq_cli.text.visible import visible

SOURCE, TARGET = "source", "target"
TOKEN_TYPES = (np.dtype(np.uint16), np.dtype(np.int32))
_CHECKED_AT_ONCE = 2**22
# All that numpy raises for headers that are damaged: it takes them to pieces as Python literals.
_NO_ARRAY = (OSError, ValueError, EOFError, SyntaxError, TokenError, TypeError, OverflowError)

Ids = NDArray[np.uint16] | NDArray[np.int32]
Lengths = NDArray[np.int64]


def token_type(vocabulary_size: int) -> np.dtype[np.uint16] | np.dtype[np.int32]:
    """The smallest of the types that ids are stored in."""
    return np.dtype(np.uint16) if vocabulary_size <= 2**16 else np.dtype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of one shard: `ids` is (tokens,), `offsets` is (pairs + 1,)."""

    ids: Ids
    offsets: NDArray[np.int64]

    def line(self, index: int) -> Ids:
        """The ids of a line, memory-mapped."""
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    def all_lengths(self) -> Lengths:
        """Tokens of every line, (pairs,)."""
        return np.diff(self.offsets)

    def lengths(self, indices: NDArray[np.integer]) -> Lengths:
        """Tokens of some lines, (lines,)."""
        lengths: Lengths = self.offsets[indices + 1] - self.offsets[indices]
        return lengths


Sides = dict[str, Side]


class Shards:
    """The shards of a split; one that is not in shards is a single shard.

    Attributes:
        starts: the number of the first pair of each shard, and of all pairs, (shards + 1,).
        stems: what the names of each shard's files begin with.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        record: SplitRecord,
        *,
        vocabulary_sizes: Mapping[str, int],
        checksums: Checksums | None,
    ) -> None:
        self._folder, self._sizes, self._checksums = folder, vocabulary_sizes, checksums
        whole = ShardRecord(
            pairs=record.pairs,
            source_tokens=record.source.tokens,
            target_tokens=record.target.tokens,
        )
        self._records = (whole,) if record.shards is None else record.shards
        sharded = record.shards is not None
        self.stems = [stem(name, k if sharded else None) for k in range(len(self._records))]
        self.starts = [0, *accumulate(shard.pairs for shard in self._records)]
        self._checked: set[int] = set()
        self._at, self._mapped = -1, Sides()

    def __len__(self) -> int:
        return len(self.stems)

    def of(self, index: int) -> int:
        """The number of the shard that a pair is in."""
        return bisect_right(self.starts, index) - 1

    def read(self, number: int) -> Sides:
        """The arrays of a shard, after a check of checksums, offsets and ids at the first time.

        Raises:
            InputError: naming the file that is damaged.
        """
        if number != self._at:
            self._at, self._mapped = -1, Sides()  # let go of the last one before the next
            if number not in self._checked:
                self._check(number)
                self._checked.add(number)
            self._at, self._mapped = number, self.map(number)
        return self._mapped

    def map(self, number: int) -> Sides:
        """Map the arrays of a shard, after a check of their types and sizes.

        Raises:
            InputError: naming the file that does not fit the manifest.
        """
        record, begin = self._records[number], self._folder / self.stems[number]
        tokens = {SOURCE: record.source_tokens, TARGET: record.target_tokens}
        return {side: _side(begin, side, record.pairs, tokens[side]) for side in tokens}

    def _check(self, number: int) -> None:
        for side, arrays in self.map(number).items():
            tokens, offsets = _paths(self._folder / self.stems[number], side)
            for path in (tokens, offsets):
                check_file(path, self._checksums)
            if (np.diff(arrays.offsets) < 0).any():
                raise damaged(offsets, "has offsets that go back")
            size = self._sizes[side]
            for ids in _pieces(arrays.ids):
                if int(ids.min()) < 0 or int(ids.max()) >= size:
                    raise damaged(tokens, f"has an id outside the vocabulary of {size:,}")


def _paths(begin: Path, side: str) -> tuple[Path, Path]:
    kinds = ("tokens", "offsets")
    tokens, offsets = (begin.with_name(f"{begin.name}.{side}.{kind}.npy") for kind in kinds)
    return tokens, offsets


def _side(begin: Path, side: str, pairs: int, tokens: int) -> Side:
    tokens_path, offsets_path = _paths(begin, side)
    ids, offsets = map_array(tokens_path), map_array(offsets_path)
    if ids.dtype not in TOKEN_TYPES or ids.shape != (tokens,):
        raise damaged(tokens_path, f"does not hold {tokens:,} token ids")
    if offsets.dtype != np.int64 or offsets.shape != (pairs + 1,):
        raise damaged(offsets_path, f"does not hold {pairs + 1:,} offsets")
    if offsets[0] != 0 or offsets[-1] != tokens:
        raise damaged(offsets_path, f"does not run from 0 to {tokens:,}")
    return Side(ids=ids, offsets=offsets)


def _pieces(ids: Ids) -> Iterator[Ids]:
    for start in range(0, len(ids), _CHECKED_AT_ONCE):
        yield ids[start : start + _CHECKED_AT_ONCE]


def map_array(path: Path) -> NDArray[Any]:
    """Map an array from a file, without objects.

    Raises:
        InputError: if there is none.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise damaged(path, "is missing") from None
    except _NO_ARRAY as error:
        raise damaged(path, f"is not an array ({visible(str(error))})") from error
    if not isinstance(array, np.ndarray):
        raise damaged(path, "is not an array")
    # A plain view of the map: slices of np.memmap itself are slow to make.
    return np.asarray(array)


def damaged(path: Path, what: str) -> InputError:
    """The error for a file of a dataset that is not as it was written."""
    return InputError(f"{visible(str(path))} {what}: the dataset is damaged. Prepare it again.")
