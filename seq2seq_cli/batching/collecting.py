"""What encoded blocks come to together: counts, vocabularies, and which rows were kept.

Knows nothing of tokenizers or of how blocks were made. Blocks are taken in order, one at a time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq_cli.batching.encoded import EncodedBlock, Form
from seq2seq_cli.batching.encoding import SIDES, Encoded, block_path
from seq2seq_cli.batching.writer import Writer
from seq2seq_cli.corpus.digests import (
    HELD_PAIRS,
    HELD_SOURCES,
    PAIRS,
    SOURCES,
    DigestStore,
    Part,
    matches,
)
from seq2seq_cli.corpus.splitting import TRAIN
from seq2seq_cli.errors import InputError

LONGEST_HELD_OUT = 10_000
"""Tokens of a side of a pair that is not for training: held-out lines are never cleaned."""


@dataclass(slots=True)
class Collected:
    """What all blocks have.

    Attributes:
        pairs: by split; of training, those that were kept.
        dropped: training pairs that were dropped by their lengths, by reason.
        counts: by side, how often training has each token.
    """

    pairs: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {side: Counter() for side in SIDES}
    )


def collect(folder: Path, form: Form, blocks: Iterable[Encoded], kept: Path) -> Collected:
    """Look at every block, as it comes.

    Args:
        folder: where blocks are.
        form: which arrays they have.
        blocks: all of them, in order.
        kept: a file to be written, with a byte for each row: whether training has it.

    Raises:
        InputError: if a held-out line is too long.
    """
    found = Collected()
    with kept.open("wb") as file:
        for encoded in blocks:
            with EncodedBlock(block_path(folder, encoded.number), form) as block:
                _check_lengths(header := block.header(), found.pairs)
                flags = np.zeros(encoded.rows, np.uint8)
                flags[block.rows(TRAIN, 0, form.slices[TRAIN])] = 1
            file.write(flags.tobytes())
            found.pairs.update(header["pairs"])
            found.dropped.update(header["dropped"])
            for side in SIDES:
                names, counts = header["sides"][side]["names"], header["sides"][side]["counts"]
                found.counts[side].update(dict(zip(names, counts, strict=True)))
    return found


def _check_lengths(header: dict[str, Any], before: Counter[str]) -> None:
    """Refuse what no validation would ever get through."""
    for split, sides in header["longest"].items():
        for side, (longest, place) in sides.items():
            if split != TRAIN and longest > LONGEST_HELD_OUT:
                raise InputError(
                    f"{split}, pair {before[split] + place + 1:,}: its {side} has {longest:,} "
                    f"tokens; at most {LONGEST_HELD_OUT:,} are possible in a split that is not for "
                    "training. Is it a line of text? Remove the pair."
                )


def write_ids(writer: Writer, number: int) -> None:
    """Write beside a block the ids that the numbers of its tokens stand for."""
    with EncodedBlock(block_path(writer.blocks, number), writer.form) as block:
        sides = block.header()["sides"]
    for side, vocabulary in writer.vocabularies.items():
        ids = np.array(vocabulary.ids(sides[side]["names"]), dtype=writer.types[side])
        ids.tofile(writer.ids_path(side, number))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Held-out digests and the training digests that they may be equal to."""

    kind: str
    held: Part
    train: Part
    kept: Path


def comparisons(digests: DigestStore, kept: Path) -> Iterator[Comparison]:
    """All that is to be compared, so that the overlap of splits is known."""
    for held, train in ((HELD_SOURCES, SOURCES), (HELD_PAIRS, PAIRS)):
        for held_part, train_part in digests.together(held, train):
            yield Comparison(held, held_part, train_part, kept)


def compare(_: object, comparison: Comparison) -> tuple[str, list[int]]:
    """The kind, and how many held-out rows of each split, by its number, training has too."""
    found = matches(comparison.held, comparison.train, comparison.kept)
    return comparison.kind, np.bincount(found).tolist()
