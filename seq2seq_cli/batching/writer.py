"""Writes the columns of a dataset from encoded blocks, so that no split is ever whole in memory.

A column is what a split, or a shard of it, has of one side: its lines and their ids; links and
labels are columns of lines alone. Knows nothing of rows that are read, or of manifests.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from seq2seq_cli.batching.dataset import token_type
from seq2seq_cli.batching.encoded import (
    LENGTH_TYPE,
    LENGTHS,
    NUMBERS,
    TEXT,
    EncodedBlock,
    Form,
    array_of,
    unpacked,
)
from seq2seq_cli.batching.encoding import SIDES, block_path
from seq2seq_cli.batching.numbering import Numbered
from seq2seq_cli.batching.shards import stem
from seq2seq_cli.batching.shuffling import Shuffle
from seq2seq_cli.batching.work import Work
from seq2seq_cli.sealed import checksums_of
from seq2seq_cli.text.vocabulary import UNK, Vocabulary

_INT64 = np.dtype(np.int64)


@dataclass(frozen=True, slots=True)
class Column:
    """What is written at a time.

    Attributes:
        split: its name.
        shard: the number of its shard, or None.
        name: `source`, `target`, `links` or `labels`.
        slices: the first of its slices, and the one after the last.
    """

    split: str
    shard: int | None
    name: str
    slices: tuple[int, int]

    @property
    def stem(self) -> str:
        """What the names of its files begin with."""
        return f"{stem(self.split, self.shard)}.{self.name}"

    @property
    def files(self) -> list[str]:
        """The names of its files."""
        endings = ("tokens.npy", "offsets.npy", "txt") if self.name in SIDES else ("txt",)
        return [f"{self.stem}.{ending}" for ending in endings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a column has: lines, tokens, those outside the vocabulary, and its files' checksums."""

    lines: int
    tokens: int = 0
    longest: int = 0
    unknown: int = 0
    checksums: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Writer:
    """What the writing of columns needs.

    Attributes:
        work: where blocks are, and where the dataset goes.
        blocks: the folder of the blocks.
        form: which arrays they have.
        shuffle: how training pairs are shuffled.
        starts: how many rows of the corpus come before each block.
        vocabularies: by side.
    """

    work: Work
    blocks: Path
    form: Form
    shuffle: Shuffle
    starts: Sequence[int]
    vocabularies: dict[str, Vocabulary]

    @property
    def types(self) -> dict[str, np.dtype[Any]]:
        """The type of the ids of each side."""
        return {side: token_type(len(known)) for side, known in self.vocabularies.items()}

    def ids_path(self, side: str, number: int) -> Path:
        """Where the ids are that the numbers of a block stand for."""
        return self.blocks / f"{number:06d}.{side}.ids"


@dataclass(slots=True)
class _Lines:
    """Lines on their way: `text` as it is written, ids, and the order that they have to get."""

    text: bytes
    ids: Numbered
    order: NDArray[np.int64]


def write_column(writer: Writer, column: Column) -> Written:
    """Write the files of a column, unless that was done.

    Raises:
        OSError: if they cannot be written.
    """
    note = f"{column.stem}.written"
    if (earlier := _earlier(writer.work, column, note)) is not None:
        return earlier
    lines = tokens = longest = unknown = 0
    folder = writer.work.dataset
    with _Files(folder / column.stem, writer.types.get(column.name)) as files:
        for found in _groups(writer, column):
            files.add(found)
            lines += len(found.order)
            tokens += len(found.ids.numbers)
            longest = max(longest, int(found.ids.lengths.max(initial=0)))
            unknown += int((found.ids.numbers == UNK).sum())
    checksums = {name: list(sums) for name, sums in checksums_of(folder, column.files).items()}
    written = Written(
        lines=lines, tokens=tokens, longest=longest, unknown=unknown, checksums=checksums
    )
    if writer.work.lasting:
        writer.work.keep(note, json.dumps(asdict(written)).encode())
    return written


def _earlier(work: Work, column: Column, note: str) -> Written | None:
    """What an earlier process wrote of a column, if all of it is there and whole."""
    data = work.kept(note) if work.lasting else None
    if data is None or not all((work.dataset / name).exists() for name in column.files):
        return None
    written = Written(**json.loads(data))
    found = checksums_of(work.dataset, column.files)
    same = {name: list(sums) for name, sums in found.items()} == written.checksums
    return written if same else None


def _groups(writer: Writer, column: Column) -> Iterator[_Lines]:
    """The lines of a column, so many at a time as can be ordered apart from the others."""
    numbers = range(len(writer.starts))
    first, last = column.slices
    if column.shard is None:
        yield from (_gathered(writer, column, [number], (first, last)) for number in numbers)
    else:
        spans = ((place, place + 1) for place in range(first, last))
        yield from (_gathered(writer, column, numbers, span) for span in spans)


def _gathered(
    writer: Writer, column: Column, blocks: Sequence[int], span: tuple[int, int]
) -> _Lines:
    texts, lengths, ids, rows = [], [], [], []
    for number in blocks:
        with EncodedBlock(block_path(writer.blocks, number), writer.form) as block:
            found = block.rows(column.split, *span)
            if not len(found):
                continue
            rows.append(writer.starts[number] + found.astype(np.int64))
            if column.name not in SIDES:
                texts.append(block.part((column.split, column.name), *span))
                continue
            keys = [
                (column.split, array_of(column.name, kind)) for kind in (TEXT, LENGTHS, NUMBERS)
            ]
            text, counts, tokens = (block.part(key, *span) for key in keys)
        texts.append(text)
        lengths.append(np.frombuffer(counts, LENGTH_TYPE).astype(np.int64))
        table = np.fromfile(writer.ids_path(column.name, number), writer.types[column.name])
        ids.append(table[unpacked(tokens, int(lengths[-1].sum()))])
    numbers = _joined(rows, _INT64)
    kind = writer.types.get(column.name, np.dtype(np.int32))
    order = np.argsort(
        numbers if column.shard is None else writer.shuffle.keys(numbers), kind="stable"
    )
    return _Lines(b"".join(texts), Numbered(_joined(ids, kind), _joined(lengths, _INT64)), order)


def _joined(arrays: list[NDArray[Any]], kind: np.dtype[Any]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(0, kind)


class _Files:
    """The files of a column, open for writing."""

    def __init__(self, path: Path, kind: np.dtype[Any] | None) -> None:
        self._text = path.with_name(f"{path.name}.txt").open("wb")
        self._tokens = self._offsets = None
        if kind is not None:
            self._tokens = _ArrayFile(path.with_name(f"{path.name}.tokens.npy"), kind)
            self._offsets = _ArrayFile(path.with_name(f"{path.name}.offsets.npy"), _INT64)
            self._offsets.add(np.zeros(1, _INT64))
        self._end = 0

    def __enter__(self) -> "_Files":
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()
        for file in (self._tokens, self._offsets):
            if file is not None:
                file.close()

    def add(self, lines: _Lines) -> None:
        """Append lines in their order."""
        if (np.diff(lines.order) != 1).any():
            found = lines.text.split(b"\n")
            parts = [found[place] for place in lines.order.tolist()]
            lines.text = b"\n".join(parts) + b"\n"
            if self._tokens is not None:
                lines.ids = lines.ids.taken(lines.order)
        self._text.write(lines.text)
        if self._tokens is not None and self._offsets is not None:
            self._tokens.add(lines.ids.numbers)
            self._offsets.add(self._end + np.cumsum(lines.ids.lengths))
            self._end += len(lines.ids.numbers)


class _ArrayFile:
    """An array of one axis that grows while it is written."""

    def __init__(self, path: Path, kind: np.dtype[Any]) -> None:
        self._file = path.open("wb")
        self._kind, self._size = kind, 0
        self._header()

    def add(self, values: NDArray[Any]) -> None:
        """Append values, (values,)."""
        self._file.write(values.astype(self._kind, copy=False).tobytes())
        self._size += len(values)

    def close(self) -> None:
        """Say how many there are, in the header: numpy leaves room for that."""
        self._file.seek(0)
        self._header()
        self._file.close()

    def _header(self) -> None:
        _write_header(self._file, self._kind, self._size)


def _write_header(file: BinaryIO, kind: np.dtype[Any], size: int) -> None:
    """Write what stands before the values of an array of one axis."""
    header = {"descr": npy.dtype_to_descr(kind), "fortran_order": False, "shape": (size,)}
    npy.write_array_header_1_0(file, header)
