"""Pairs of lines that a command was told to read, in chunks: a split, two files or a TSV.

Files are read to their end once before anything is done with them, so that a fault at the end of
the second is not found after an hour of work. A TSV on standard input is read as it arrives.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from seq2seq_cli.cli.conditions import Conditions
from seq2seq_cli.cli.lines import arriving_lines, decode_line
from seq2seq_cli.cli.opening_data import open_dataset
from seq2seq_cli.corpus.files import STANDARD_INPUT, TextFile
from seq2seq_cli.corpus.sources import Columns, PairSource, ParallelPairs, Row, TsvPairs, tsv_rows
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import Run
from seq2seq_cli.text.visible import visible

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
        rows = tsv_rows(arriving.lines(), _columns(named, run), name="standard input")
        return _chunks(_noted(rows, run, "standard input"), until=lambda: not arriving.waiting)
    if named.tsv is not None:
        pairs = TsvPairs(TextFile(named.tsv), _columns(named, run))
        return _chunks(_noted(_checked(pairs), run, pairs.name))
    if named.src is not None and named.tgt is not None:
        source = TextFile(named.src)
        rows = _checked(ParallelPairs(source, TextFile(named.tgt)))
        return _chunks(_noted(rows, run, source.name))
    dataset = open_dataset(run, named.data, remedy="Name it with --data, or name files.")
    split = dataset.split(named.split or "test")
    rows = (Row(source, target) for source, target in split.raw_pairs())
    return _chunks(_noted(rows, run, f"split {split.name}"))


def _columns(named: NamedPairs, run: Run) -> Columns:
    """The columns of a TSV; those of features come from 3 on where nothing else is said.

    Raises:
        InputError: if more or fewer are named than the run reads.
    """
    expected, given = run.source.tokenizer.feature_columns, len(named.columns.features)
    if expected and not given:
        features = tuple(str(3 + place) for place in range(expected))
        return replace(named.columns, features=features)
    if expected != given:
        raise InputError(
            f"--feature-col: {given} columns are named, and {visible(str(run.folder))} was "
            f"prepared with {expected}. Name as many."
        )
    return named.columns


def _noted(rows: Iterator[Row], run: Run, origin: str) -> Iterator[Row]:
    """The rows, each after a check of its features."""
    conditions = Conditions(run.source, origin)
    for number, row in enumerate(rows, start=1):
        conditions.check(row.source, number)
        yield row


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
