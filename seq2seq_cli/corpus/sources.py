"""Where rows come from: a TSV, two parallel files, or a list in memory.

Knows nothing of tokens, of cleaning or of which split a source is for. A source can be read more
than once, always in the same order.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter
from typing import NamedTuple, Protocol

from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible


class Row(NamedTuple):
    """One pair as it was written.

    Attributes:
        source: the text; where there are columns of features, each follows it after a tab.
        links: gold alignment in Pharaoh form, or None where the source has no such column.
        labels: comma-separated labels, or None likewise.
    """

    source: str
    target: str
    links: str | None = None
    labels: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a TSV to read: numbers counted from 1, or names in its first line."""

    source: str = "1"
    target: str = "2"
    links: str | None = None
    labels: str | None = None
    features: Sequence[str] = ()
    header: bool = False

    def __post_init__(self) -> None:
        for option, column in (*self.by_option().items(), *self.of_features()):
            if column.lstrip("+-").isdecimal() and int(column) < 1:
                raise InputError(f"{option} {column}: columns are counted from 1.")

    def by_option(self) -> dict[str, str]:
        """The columns in use, by the option that sets each."""
        wanted = {
            "--src-col": self.source,
            "--tgt-col": self.target,
            "--links-col": self.links,
            "--labels-col": self.labels,
        }
        return {option: column for option, column in wanted.items() if column is not None}

    def of_features(self) -> list[tuple[str, str]]:
        """The columns of features, each with the option that sets it."""
        return [("--feature-col", column) for column in self.features]

    @property
    def has_header(self) -> bool:
        """Whether the first line names the columns: said so, or needed for a name."""
        columns = (*self.by_option().values(), *self.features)
        return self.header or not all(column.isdecimal() for column in columns)


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
        return tsv_rows(self._file.lines(), self._columns, name=self.name)

    def inputs(self) -> tuple[InputFile, ...]:
        """The one file."""
        return (record_of(self._file),)

    def notes(self) -> tuple[str, ...]:
        """Whether lines ended in CR LF."""
        return line_end_notes(self._file)


def tsv_rows(lines: Iterator[str], columns: Columns, *, name: str) -> Iterator[Row]:
    """The rows of a TSV, as its lines come; `name` is what messages call it.

    Raises:
        InputError: naming the file and line that has too few columns, or the missing column.
    """
    header = next(lines, "").split("\t") if columns.has_header else []
    positions = {
        option: _position(option, column, header, name)
        for option, column in columns.by_option().items()
    }
    features = [_position(option, column, header, name) for option, column in columns.of_features()]
    needed = max(*positions.values(), *features) + 1
    pick = itemgetter(*(positions.get(option, -1) for option in _COLUMN_OPTIONS))
    blank = Row("", "", _blank(columns.links), _blank(columns.labels))
    for number, line in enumerate(lines, start=2 if columns.has_header else 1):
        cells = [*line.split("\t"), None]  # the last is what columns without a place have
        if len(cells) > needed:
            row = Row._make(pick(cells))
            yield _with_features(row, [str(cells[place]) for place in features])
        elif line:
            raise _too_few(name, number, len(cells) - 1, needed)
        else:
            yield blank


def _blank(column: str | None) -> str | None:
    return None if column is None else ""


def _with_features(row: Row, features: list[str]) -> Row:
    return row._replace(source="\t".join((row.source, *features))) if features else row


def _position(option: str, column: str, header: list[str], name: str) -> int:
    """The position of a column, from 0."""
    if column.isdecimal():
        return int(column) - 1
    if column in header:
        return header.index(column)
    raise InputError(
        f"{option} {visible(column)}: the first line of {name} names no such "
        f"column. It has: {visible(', '.join(header))[:300]}"
    )


def _too_few(name: str, number: int, found: int, needed: int) -> InputError:
    columns = "1 column" if found == 1 else f"{found} columns"
    return InputError(
        f"{name}, line {number:,} has {columns}; {needed} are expected, separated by "
        "tabs. Mend that line, or say which columns to read by --src-col, --tgt-col and "
        "--feature-col."
    )


_COLUMN_OPTIONS = ("--src-col", "--tgt-col", "--links-col", "--labels-col")


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
        pairs = zip_longest(self._source.lines(), self._target.lines())
        for number, (source, target) in enumerate(pairs, start=1):
            if source is None or target is None:
                rest = 1 + sum(1 for _ in pairs)
                raise self._unequal(number - 1, number - 1 + rest, source is None)
            yield Row(source, target)

    def _unequal(self, fewer: int, more: int, source_is_shorter: bool) -> InputError:
        counts = (fewer, more) if source_is_shorter else (more, fewer)
        return InputError(
            f"{self._source.name} has {counts[0]:,} lines and {self._target.name} has "
            f"{counts[1]:,}; line n of the one must be the partner of line n of the other. "
            "Find where they part, or fetch both again."
        )

    def inputs(self) -> tuple[InputFile, ...]:
        """Both files."""
        return (record_of(self._source), record_of(self._target))

    def notes(self) -> tuple[str, ...]:
        """Whether lines ended in CR LF."""
        return line_end_notes(self._source) + line_end_notes(self._target)


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
