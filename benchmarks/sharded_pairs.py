"""Datasets of any size in shards, made of numbers drawn by chance: what reading depends on.

A smaller dataset is made of the first shards of a larger one, by hard links, so that several sizes
take the room of the largest. There are no lines of text: training does not read them. Knows nothing
of what is measured.
"""

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seq2seq_cli.batching.kinds import kinds_path
from seq2seq_cli.batching.manifest import (
    FILE_NAME,
    SHARDED_VERSION,
    Lengths,
    Manifest,
    ShardRecord,
    read_manifest,
)
from seq2seq_cli.batching.prepare import prepare
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.batching.shards import SHARD_PAIRS, stem
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.sources import ListPairs, Row
from seq2seq_cli.sealed import checksums_of
from seq2seq_cli.text.vocabulary import UNK

WORDS = 8_000
SHORTEST, LONGEST = 4, 24
"""Tokens of a source line; its target is up to two shorter or longer."""
BYTES_OF_A_PAIR = 2 * (2 * (SHORTEST + LONGEST) // 2 + 8)
"""About: ids of two bytes and an offset, on both sides."""
Table = np.ndarray
"""How many pairs there are by source and target length, (lengths, lengths)."""


@dataclass(frozen=True, kw_only=True)
class MadeShard:
    """A shard on disk, with what a manifest says of it."""

    record: ShardRecord
    table: Table
    checksums: dict[str, tuple[str, ...]]


def make_base(folder: Path) -> Path:
    """Prepare a small dataset, whose vocabularies and other splits the large ones have."""
    chance = random.Random(1)
    words = [f"w{number}" for number in range(WORDS)]
    rows = [Row(" ".join(words[at : at + 8]), " ".join(words[at : at + 8])) for at in range(WORDS)]
    chance.shuffle(rows)
    corpus = Corpus(
        name="base", train=ListPairs("made", rows), valid=ListPairs("made", rows[:20]), tests={}
    )
    settings = PrepareSettings(source_tokenizer="space", target_tokenizer="space")
    return prepare(corpus, settings, out=folder).folder


def make_shards(folder: Path, count: int, vocabulary_size: int) -> Iterator[MadeShard]:
    """Write so many shards into a folder, one after another."""
    chance = np.random.default_rng(1)
    for number in range(count):
        sources = chance.integers(SHORTEST, LONGEST + 1, SHARD_PAIRS)
        targets = np.maximum(1, sources + chance.integers(-2, 3, SHARD_PAIRS))
        names, tokens = [], []
        for side, lengths in (("source", sources), ("target", targets)):
            offsets = np.concatenate([[0], np.cumsum(lengths)])
            ids = chance.integers(UNK + 1, vocabulary_size, offsets[-1], dtype=np.uint16)
            for kind, array in (("tokens", ids), ("offsets", offsets)):
                names.append(f"{stem('train', number)}.{side}.{kind}.npy")
                np.save(folder / names[-1], array)
            tokens.append(int(offsets[-1]))
        width = LONGEST + 3
        table = np.bincount(sources * width + targets, minlength=width * width)
        yield MadeShard(
            record=ShardRecord(pairs=SHARD_PAIRS, source_tokens=tokens[0], target_tokens=tokens[1]),
            table=table.reshape(width, width),
            checksums=checksums_of(folder, names),
        )


def make_dataset(base: Path, out: Path, pool: Path, shards: list[MadeShard]) -> Path:
    """A dataset of shards that are in `pool`, by hard links, with all else of `base`."""
    out.mkdir()
    for path in base.iterdir():
        if not path.name.startswith(("train.", FILE_NAME)):
            shutil.copy(path, out)
    files = checksums_of(out, [path.name for path in out.iterdir()])
    for shard in shards:
        for name in shard.checksums:
            os.link(pool / name, out / name)
        files |= shard.checksums
    table = sum(shard.table for shard in shards)
    sources, targets = np.nonzero(table)
    path = kinds_path(out, "train")
    np.save(path, np.stack([sources, targets, table[sources, targets]], axis=1))
    files |= checksums_of(out, [path.name])
    (out / FILE_NAME).write_bytes(_manifest(read_manifest(base), shards, files).to_bytes())
    return out


def _manifest(
    base: Manifest, shards: list[MadeShard], files: dict[str, tuple[str, ...]]
) -> Manifest:
    records = tuple(shard.record for shard in shards)
    train = base.splits["train"].model_copy(
        update={
            "pairs": sum(record.pairs for record in records),
            "source": _lengths(sum(record.source_tokens for record in records)),
            "target": _lengths(sum(record.target_tokens for record in records)),
            "shards": records,
        }
    )
    changed = {
        "format_version": SHARDED_VERSION,
        "splits": {**base.splits, "train": train},
        "files": files,
    }
    return base.model_copy(update=changed)


def _lengths(tokens: int) -> Lengths:
    return Lengths(tokens=tokens, mean=(SHORTEST + LONGEST) / 2, longest=LONGEST + 2, unknown=0)
