"""Where rows come from: TSVs, pairs of parallel files, or a list in memory.

Knows nothing of tokens, of cleaning or of which split a source is for. A source can be read more
than once, always in the same order.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, runtime_checkable

from seq2seq_cli.corpus.files import RawLines, TextFile
from seq2seq_cli.corpus.rows import (
    Columns,
    ParallelPiece,
    Piece,
    Row,
    TsvPiece,
    layout_of,
    rows_of,
    tsv_rows,
)
from seq2seq_cli.errors import InputError

__all__ = [
    "Columns",
    "InputFile",
    "JoinedPairs",
    "ListPairs",
    "PairSource",
    "ParallelPairs",
    "PiecedSource",
    "Row",
    "TsvPairs",
    "tsv_rows",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """What was read: its name as given, its SHA-256 and its size in bytes, as stored.

    Attributes:
        verified: whether that SHA-256 was published with it; None: nobody said what it should be.
    """

    name: str
    sha256: str
    size: int
    verified: bool | None = None


class PairSource(Protocol):
    """Rows that can be read again and again."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def feature_columns(self) -> int:
        """How many columns of features every source has."""

    @property
    def has_links(self) -> bool:
        """Whether every row has gold links."""

    @property
    def has_labels(self) -> bool:
        """Whether every row has labels."""

    def rows(self) -> Iterator[Row]:
        """The rows in order."""

    def inputs(self) -> tuple[InputFile, ...]:
        """The files behind the rows."""

    def notes(self) -> tuple[str, ...]:
        """What the last whole reading found worth saying."""


@runtime_checkable
class PiecedSource(PairSource, Protocol):
    """A source whose rows need not be taken apart where they are read."""

    def pieces(self) -> Iterator[Piece]:
        """The rows in order, many at a time."""


class TsvPairs:
    """Pairs from the columns of one TSV. A wholly blank line is a pair of two empty sides."""

    def __init__(self, file: TextFile, columns: Columns | None = None) -> None:
        self._file = file
        self._columns = columns or Columns()
        self.name = file.name
        self.feature_columns = len(self._columns.features)
        self.has_links = self._columns.links is not None
        self.has_labels = self._columns.labels is not None

    def rows(self) -> Iterator[Row]:
        """The rows in order, see `tsv_rows`."""
        return rows_of(self.pieces())

    def pieces(self) -> Iterator[Piece]:
        """The rows in order, many at a time.

        Raises:
            InputError: naming the column that the first line does not have.
        """
        blocks = self._file.blocks()
        header, rest = "", next(blocks, None)
        if self._columns.has_header and rest is not None:
            first, rest = rest.cut(1)
            header = next(iter(first.lines()))
        layout = layout_of(self._columns, header, self.name)
        if rest is not None:
            yield TsvPiece(rest, layout)
        for block in blocks:
            yield TsvPiece(block, layout)

    def inputs(self) -> tuple[InputFile, ...]:
        """The one file."""
        return (record_of(self._file),)

    def notes(self) -> tuple[str, ...]:
        """Whether lines ended in CR LF."""
        return line_end_notes(self._file)


class ParallelPairs:
    """Pairs from two files: line n of the one belongs to line n of the other."""

    feature_columns = 0
    has_links = False
    has_labels = False

    def __init__(self, source: TextFile, target: TextFile) -> None:
        self._source, self._target = source, target
        self.name = f"{source.name} and {target.name}"

    def rows(self) -> Iterator[Row]:
        """The rows in order.

        Raises:
            InputError: with both counts, if one file has more lines than the other.
        """
        return rows_of(self.pieces())

    def pieces(self) -> Iterator[Piece]:
        """The rows in order, many at a time.

        Raises:
            InputError: with both counts, if one file has more lines than the other.
        """
        sources, targets = self._source.blocks(), self._target.blocks()
        source, target = next(sources, None), next(targets, None)
        number = 0
        while source is not None and target is not None:
            count = min(source.count, target.count)
            first, source = source.cut(count)
            second, target = target.cut(count)
            yield ParallelPiece(first, second)
            number += count
            source = source or next(sources, None)
            target = target or next(targets, None)
        if source is not None or target is not None:
            raise self._unequal(number + _count(source, sources), number + _count(target, targets))

    def _unequal(self, sources: int, targets: int) -> InputError:
        return InputError(
            f"{self._source.name} has {sources:,} lines and {self._target.name} has "
            f"{targets:,}; line n of the one must be the partner of line n of the other. "
            "Find where they part, or fetch both again."
        )

    def inputs(self) -> tuple[InputFile, ...]:
        """Both files."""
        return (record_of(self._source), record_of(self._target))

    def notes(self) -> tuple[str, ...]:
        """Whether lines ended in CR LF."""
        return line_end_notes(self._source) + line_end_notes(self._target)


def _count(first: RawLines | None, others: Iterator[RawLines]) -> int:
    """The lines of a block and of all that come after it."""
    return sum(block.count for block in chain([first] if first else [], others))


class JoinedPairs:
    """The pairs of several sources of one kind, one after another.

    Args:
        parts: one at least.
    """

    def __init__(self, parts: Sequence["PiecedSource"]) -> None:
        first, others = parts[0], len(parts) - 1
        more = "1 more" if others == 1 else f"{others:,} more"
        self._parts = parts
        self.name = f"{first.name} and {more}" if others else first.name
        self.feature_columns = first.feature_columns
        self.has_links, self.has_labels = first.has_links, first.has_labels

    def rows(self) -> Iterator[Row]:
        """The rows in order."""
        return rows_of(self.pieces())

    def pieces(self) -> Iterator[Piece]:
        """The rows in order, many at a time."""
        return chain.from_iterable(part.pieces() for part in self._parts)

    def inputs(self) -> tuple[InputFile, ...]:
        """The files of all parts."""
        return tuple(file for part in self._parts for file in part.inputs())

    def notes(self) -> tuple[str, ...]:
        """The notes of all parts."""
        return tuple(note for part in self._parts for note in part.notes())


class ListPairs:
    """Pairs that are in memory already."""

    feature_columns = 0

    def __init__(self, name: str, rows: Sequence[Row]) -> None:
        self.name = name
        self._rows = rows
        self.has_links = bool(rows) and rows[0].links is not None
        self.has_labels = bool(rows) and rows[0].labels is not None

    def rows(self) -> Iterator[Row]:
        """The rows in order."""
        return iter(self._rows)

    def inputs(self) -> tuple[InputFile, ...]:
        """One record; its SHA-256 is that of the rows as tab-separated lines."""
        digest, size = hashlib.sha256(), 0
        for row in self._rows:
            line = "\t".join(cell for cell in row if cell is not None) + "\n"
            digest.update(line.encode())
            size += len(line.encode())
        return (InputFile(name=self.name, sha256=digest.hexdigest(), size=size),)

    def notes(self) -> tuple[str, ...]:
        """Nothing."""
        return ()


def record_of(file: TextFile) -> InputFile:
    """What is kept of a file that was read."""
    return InputFile(name=file.name, sha256=file.sha256(), size=file.size(), verified=file.verified)


def line_end_notes(file: TextFile) -> tuple[str, ...]:
    """Whether lines of the last whole reading ended in CR LF, in a sentence."""
    if not file.carriage_returns:
        return ()
    return (f"{file.name}: {file.carriage_returns:,} lines ended in CR LF; the CR was left out.",)
