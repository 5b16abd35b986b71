"""Which rows came before, and which held-out rows training has too: exact matches, by digest.

Digests wait in memory while there are few of them, else in files by their first bits. Equal ones
are in one file, and a file is worked on at a time, so that memory does not grow with the corpus.
Knows nothing of splits or of how digests are made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.corpus.splitting import DIGEST_BYTES, Digests

PAIRS, SOURCES, HELD_PAIRS, HELD_SOURCES = "pairs", "sources", "held-pairs", "held-sources"
KINDS = (PAIRS, SOURCES, HELD_PAIRS, HELD_SOURCES)
MOST_IN_MEMORY = 2**24
"""Bytes of records that are kept in memory before they go to files."""
PARTS = 2**7
"""Files of each kind."""
RECORD = np.dtype([("digest", f"S{DIGEST_BYTES}"), ("number", np.int64)])
Records = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Part:
    """Records of one kind that nothing outside is equal to, in the order they were added."""

    path: Path | None
    waiting: Records

    def read(self) -> Records:
        """The records, (records,)."""
        if self.path is None or not self.path.exists():
            return self.waiting
        return np.concatenate((np.fromfile(self.path, dtype=RECORD), self.waiting))


class DigestStore:
    """Digests of several kinds, each with a number that says what it belongs to.

    Args:
        folder: where files go, if there have to be any.
        parts: how many files of each kind are there already; 0: none.
    """

    def __init__(self, folder: Path, parts: int = 0) -> None:
        self.parts = parts
        self.folder = folder
        self._waiting: dict[str, list[Records]] = {kind: [] for kind in KINDS}
        self._size = 0

    def add(self, kind: str, digests: Digests, numbers: NDArray[np.int64]) -> None:
        """Add digests, (digests,), with the number of each."""
        records = np.empty(len(digests), dtype=RECORD)
        records["digest"], records["number"] = digests, numbers
        self._waiting[kind].append(records)
        self._size += records.nbytes
        if self._size > MOST_IN_MEMORY:
            self.write()

    def write(self) -> None:
        """Write what waits in memory to files.

        Raises:
            OSError: if there is no room.
        """
        self.parts = PARTS
        self.folder.mkdir(exist_ok=True)
        for kind in KINDS:
            records = self._taken(kind)
            part = _first_byte(records) % PARTS
            records = records[np.argsort(part, kind="stable")]
            ends = np.cumsum(np.bincount(part, minlength=PARTS))
            for number, piece in enumerate(np.split(records, ends[:-1])):
                if len(piece):
                    with self._path(kind, number).open("ab") as file:
                        file.write(piece.tobytes())
        self._size = 0

    def paths(self) -> list[Path]:
        """The files that there are."""
        paths = (self._path(kind, part) for kind in KINDS for part in range(self.parts))
        return [path for path in paths if path.exists()]

    def clear(self) -> None:
        """Remove all that was written."""
        for path in self.paths():
            path.unlink()

    def together(self, *kinds: str) -> Iterator[tuple[Part, ...]]:
        """Parts of these kinds, such that equal digests are in parts that come together."""
        if self._size and self.parts:
            self.write()
        if not self.parts:
            yield tuple(Part(None, self._kept(kind)) for kind in kinds)
        for number in range(self.parts):
            none = np.empty(0, RECORD)
            yield tuple(Part(self._path(kind, number), none) for kind in kinds)

    def _path(self, kind: str, part: int) -> Path:
        return self.folder / f"{kind}.{part:03d}"

    def _kept(self, kind: str) -> Records:
        records = self._taken(kind)
        self._waiting[kind] = [records]
        return records

    def _taken(self, kind: str) -> Records:
        records, self._waiting[kind] = self._waiting[kind], []
        return np.concatenate(records) if records else np.empty(0, RECORD)


def _first_byte(records: Records) -> NDArray[np.uint8]:
    return records.view(np.uint8).reshape(len(records), RECORD.itemsize)[:, 0]


def repeated(part: Part) -> NDArray[np.int64]:
    """The numbers of records that are equal to one that was added before, (repeated,)."""
    records = part.read()
    _, first = np.unique(records["digest"], return_index=True)
    later = np.ones(len(records), dtype=np.bool_)
    later[first] = False
    return np.asarray(records["number"][later])


def matches(held: Part, others: Part, kept: Path) -> NDArray[np.int64]:
    """The numbers of the held-out records that are among the others, (matches,).

    Args:
        held, others: parts that come together.
        kept: a byte for each number of `others`; where it is 0 the record does not count.
    """
    records, candidates = held.read(), others.read()
    candidates = candidates[np.isin(candidates["digest"], records["digest"])]
    if not len(candidates):
        return np.empty(0, np.int64)
    flags = np.memmap(kept, dtype=np.uint8, mode="r")
    candidates = candidates[flags[candidates["number"]] != 0]
    return np.asarray(records["number"][np.isin(records["digest"], candidates["digest"])])
