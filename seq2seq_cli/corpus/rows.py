"""Rows as they are read: the columns of a TSV, parallel lines, and pieces of many rows at once.

Knows nothing of files. A piece holds rows that are not yet taken apart; it can be sent to another
process, which finds the same rows and the same faults in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, Protocol

from seq2seq_cli.corpus.files import RawLines
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible

_COLUMN_OPTIONS = ("--src-col", "--tgt-col", "--links-col", "--labels-col")


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


class Piece(Protocol):
    """Some rows of a source, in order."""

    @property
    def count(self) -> int:
        """How many rows."""

    @property
    def size(self) -> int:
        """About how many bytes of text."""

    def rows(self) -> Sequence[Row]:
        """The rows.

        Raises:
            InputError: naming the file and line at fault.
        """


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


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells of a row stand in the lines of one TSV.

    Attributes:
        name: what messages call the TSV.
        cells: positions of source, target, links and labels, from 0; -1 for none.
        features: positions of the columns of features.
    """

    name: str
    cells: tuple[int, int, int, int]
    features: tuple[int, ...] = ()

    def rows(self, lines: Iterator[str], first: int) -> Iterator[Row]:
        """The rows of lines; `first` is the number of the first one.

        Raises:
            InputError: naming the line that has too few columns.
        """
        needed = max(*self.cells, *self.features) + 1
        pick = itemgetter(*self.cells)
        blank = Row("", "", *("" if place >= 0 else None for place in self.cells[2:]))
        for number, line in enumerate(lines, start=first):
            cells = [*line.split("\t"), None]  # the last is what columns without a place have
            if len(cells) > needed:
                row = Row._make(pick(cells))
                yield _with_features(row, [str(cells[place]) for place in self.features])
            elif line:
                raise _too_few(self.name, number, len(cells) - 1, needed)
            else:
                yield blank


def layout_of(columns: Columns, header: str, name: str) -> Layout:
    """Where columns stand in a TSV called `name`; its first line counts where names are used.

    Raises:
        InputError: if the first line does not name a column.
    """
    names = header.split("\t") if columns.has_header else []
    places = {
        option: _position(option, column, names, name)
        for option, column in columns.by_option().items()
    }
    source, target, links, labels = (places.get(option, -1) for option in _COLUMN_OPTIONS)
    features = (_position(option, column, names, name) for option, column in columns.of_features())
    return Layout(name, (source, target, links, labels), tuple(features))


def tsv_rows(lines: Iterator[str], columns: Columns, *, name: str) -> Iterator[Row]:
    """The rows of a TSV, as its lines come; `name` is what messages call it.

    Raises:
        InputError: naming the file and line that has too few columns, or the missing column.
    """
    header = next(lines, "") if columns.has_header else ""
    layout = layout_of(columns, header, name)
    return layout.rows(lines, 2 if columns.has_header else 1)


@dataclass(frozen=True, slots=True)
class TsvPiece:
    """Lines of a TSV."""

    lines: RawLines
    layout: Layout

    @property
    def count(self) -> int:
        """How many rows."""
        return self.lines.count

    @property
    def size(self) -> int:
        """Bytes of the lines."""
        return len(self.lines.data)

    def rows(self) -> list[Row]:
        """The rows, see `Layout.rows`."""
        return list(self.layout.rows(iter(self.lines.lines()), self.lines.before + 1))


@dataclass(frozen=True, slots=True)
class ParallelPiece:
    """As many lines of two files."""

    source: RawLines
    target: RawLines

    @property
    def count(self) -> int:
        """How many rows."""
        return self.source.count

    @property
    def size(self) -> int:
        """Bytes of all lines."""
        return len(self.source.data) + len(self.target.data)

    def rows(self) -> list[Row]:
        """Each line of the one file with that of the other."""
        return list(map(Row, self.source.lines(), self.target.lines()))


@dataclass(frozen=True, slots=True)
class ListPiece:
    """Rows that are in memory."""

    listed: Sequence[Row]

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.listed)

    @property
    def size(self) -> int:
        """About the characters of the sides."""
        return sum(len(row.source) + len(row.target) for row in self.listed)

    def rows(self) -> Sequence[Row]:
        """The rows."""
        return self.listed


def rows_of(pieces: Iterator[Piece]) -> Iterator[Row]:
    """The rows of pieces one after another."""
    return chain.from_iterable(piece.rows() for piece in pieces)


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
