"""The columns of a dataset: which there are, and what they come to for the manifest.

Knows nothing of how a column is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.dataset import SOURCE, TARGET
from seq2seq_cli.batching.encoded import LABELS, LINKS, Form
from seq2seq_cli.batching.encoding import SIDES
from seq2seq_cli.batching.manifest import Lengths, ShardRecord
from seq2seq_cli.batching.shards import stem
from seq2seq_cli.batching.survey import WRITING, Progress
from seq2seq_cli.batching.workers import Workers
from seq2seq_cli.batching.writer import Column, Writer, Written, write_column
from seq2seq_cli.corpus.splitting import TRAIN
from seq2seq_cli.sealed import checksums_of

_LENGTHS_FILE = f"{TRAIN}.lengths.npy"


def columns_of(form: Form, train_pairs: int, shard_pairs: int) -> list[Column]:
    """Every column; training is in shards if it has more pairs than `shard_pairs`."""
    found = []
    for split, slices in form.slices.items():
        names = [*SIDES]
        names += [LINKS] if split in form.links else []
        names += [LABELS] if split in form.labels else []
        spans: list[tuple[int | None, tuple[int, int]]] = [(None, (0, slices))]
        if split == TRAIN and train_pairs > shard_pairs:
            shards = -(-train_pairs // shard_pairs)
            ends = [slices * shard // shards for shard in range(shards + 1)]
            spans = list(enumerate(pairwise(ends)))
        found += [Column(split, shard, name, span) for shard, span in spans for name in names]
    return found


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns that were written.

    Attributes:
        checksums: those of their files, by name.
    """

    written: dict[Column, Written]
    checksums: dict[str, tuple[str, ...]]

    def pairs(self, split: str) -> int:
        """Pairs of a split."""
        return sum(found.lines for found in self._of(split, SOURCE))

    def lengths(self, split: str, side: str) -> Lengths:
        """What one side of a split has."""
        found = self._of(split, side)
        tokens, lines = sum(one.tokens for one in found), sum(one.lines for one in found)
        return Lengths(
            tokens=tokens,
            mean=round(tokens / lines, 2) if lines else 0.0,
            longest=max(one.longest for one in found),
            unknown=sum(one.unknown for one in found),
        )

    def shards(self, split: str) -> tuple[ShardRecord, ...] | None:
        """The shards of a split; None where it is not in shards."""
        if not any(column.split == split and column.shard is not None for column in self.written):
            return None
        sides = zip(self._of(split, SOURCE), self._of(split, TARGET), strict=True)
        return tuple(
            ShardRecord(
                pairs=source.lines, source_tokens=source.tokens, target_tokens=target.tokens
            )
            for source, target in sides
        )

    def _of(self, split: str, name: str) -> list[Written]:
        """What was written of one column of a split, shard by shard."""
        return [
            found
            for column, found in self.written.items()
            if (column.split, column.name) == (split, name)
        ]


def write_columns(
    run: Workers[Writer], columns: Sequence[Column], writer: Writer, progress: Progress
) -> Columns:
    """Write all columns, and for a split in shards how long its pairs are.

    Raises:
        OSError: if they cannot be written.
    """
    progress(WRITING, 0)
    written: dict[Column, Written] = {}
    pairs = 0
    for column, found in zip(columns, run(write_column, columns), strict=True):
        written[column] = found
        pairs += found.lines if column.name == TARGET else 0
        progress(WRITING, pairs)
    checksums = {
        name: tuple(sums) for found in written.values() for name, sums in found.checksums.items()
    }
    folder = writer.work.dataset
    shards = [column.shard for column in columns if column.name == SOURCE]
    numbers = [shard for shard in shards if shard is not None]
    if numbers:
        kinds = _added(list(run(_kinds, numbers)))
        np.save(folder / _LENGTHS_FILE, kinds, allow_pickle=False)
        checksums |= checksums_of(folder, [_LENGTHS_FILE])
    return Columns(written, checksums)


def _kinds(writer: Writer, shard: int) -> NDArray[np.int64]:
    """How many pairs of a shard have each source and target length, (kinds, 3)."""
    lengths = [
        np.diff(np.load(writer.work.dataset / f"{stem(TRAIN, shard)}.{side}.offsets.npy"))
        for side in SIDES
    ]
    kinds, counts = np.unique((lengths[0] << 32) | lengths[1], return_counts=True)
    return np.stack((kinds >> 32, kinds & (2**32 - 1), counts), axis=1)


def _added(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Kinds of all shards, sorted, and the pairs that they have together."""
    rows = np.concatenate(parts)
    kinds, place = np.unique(rows[:, :2], axis=0, return_inverse=True)
    counts = np.zeros(len(kinds), np.int64)
    np.add.at(counts, place.reshape(-1), rows[:, 2])
    return np.column_stack((kinds, counts))
