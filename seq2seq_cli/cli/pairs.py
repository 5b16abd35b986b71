"""Pairs of lines that a command was told to read, in chunks: a split, two files or a TSV.

Files are read to their end once before anything is done with them, so that a fault at the end of
the second is not found after an hour of work. A TSV on standard input is read as it arrives.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.cli.lines import arriving_lines, decode_line
from seq2seq_cli.cli.opening_data import open_dataset
from seq2seq_cli.corpus.files import STANDARD_INPUT, TextFile
from seq2seq_cli.corpus.sources import Columns, PairSource, ParallelPairs, Row, TsvPairs, tsv_rows
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import Run

CHUNK = 1_024
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class NamedPairs:
    """Where the pairs are, as the user named them."""

    tsv: str | None = None
    columns: Columns
    src: str | None = None
    tgt: str | None = None
    split: str | None = None
    data: Path | None = None

    def __post_init__(self) -> None:
        if (self.src is None) != (self.tgt is None):
            raise InputError("--src and --tgt belong together: give both files, or neither.")
        ways = [way for way in (self.tsv, self.src, self.split or self.data) if way is not None]
        if len(ways) > 1:
            raise InputError(
                "pairs are named more than once. Give a TSV, or --src and --tgt, or --split."
            )
        if not ways:
            raise InputError(
                "no pairs are named. Give a TSV (- for standard input), --src and --tgt, or "
                "--split, such as --split test."
            )
        if self.src == self.tgt == STANDARD_INPUT:
            raise InputError(
                "`-` (standard input) can be read once only; give a file for the other."
            )


def read_chunks(named: NamedPairs, run: Run) -> Iterator[list[Pair]]:
    """The pairs in their order, at most 1,024 at a time; what has arrived is not held back.

    Raises:
        InputError: if something cannot be read, or two files differ in length.
    """
    if named.tsv == STANDARD_INPUT:
        arriving = _Arriving()
        rows = tsv_rows(arriving.lines(), named.columns, name="standard input")
        return _chunks(rows, until=lambda: not arriving.waiting)
    if named.tsv is not None:
        return _chunks(_checked(TsvPairs(TextFile(named.tsv), named.columns)))
    if named.src is not None and named.tgt is not None:
        return _chunks(_checked(ParallelPairs(TextFile(named.src), TextFile(named.tgt))))
    dataset = open_dataset(run, named.data, remedy="Name it with --data, or name files.")
    split = dataset.split(named.split or "test")
    lines = zip(split.source_lines(), split.target_lines(), strict=True)
    return _chunks(Row(source, target) for source, target in lines)


class _Arriving:
    """Lines of standard input; `waiting` is how many have come and were not given yet."""

    def __init__(self) -> None:
        self.waiting = 0

    def lines(self) -> Iterator[str]:
        number = 0
        for batch in arriving_lines():
            self.waiting = len(batch)
            for line in batch:
                self.waiting -= 1
                number += 1
                yield decode_line(line, number)


def _checked(pairs: PairSource) -> Iterator[Row]:
    for _ in pairs.rows():
        pass
    return pairs.rows()


def _chunks(rows: Iterable[Row], until: Callable[[], bool] = lambda: False) -> Iterator[list[Pair]]:
    """Chunks of rows; one ends early where `until` says so."""
    chunk: list[Pair] = []
    for row in rows:
        chunk.append((row.source, row.target))
        if len(chunk) == CHUNK or until():
            yield chunk
            chunk = []
    if chunk:
        yield chunk
