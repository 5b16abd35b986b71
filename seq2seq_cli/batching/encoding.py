"""The second look at a corpus: blocks of rows are cleaned, tokenized and written as they are done.

Knows nothing of where rows come from, of vocabularies or of manifests.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.dataset import SOURCE, TARGET
from seq2seq_cli.batching.encoded import (
    LABELS,
    LENGTH_TYPE,
    LENGTHS,
    LINKS,
    NUMBERS,
    ROW_TYPE,
    ROWS,
    TEXT,
    Form,
    Key,
    array_of,
    packed,
    write_block,
)
from seq2seq_cli.batching.numbering import Numbered, Numbering
from seq2seq_cli.batching.shuffling import Shuffle
from seq2seq_cli.batching.work import is_checked
from seq2seq_cli.corpus.blocks import Block
from seq2seq_cli.corpus.cleaning import LengthLimits
from seq2seq_cli.corpus.rows import Row
from seq2seq_cli.corpus.splitting import TRAIN
from seq2seq_cli.errors import WorkError
from seq2seq_cli.text.tokenizer import Tokenizer

SIDES = (SOURCE, TARGET)


def block_path(folder: Path, number: int) -> Path:
    """Where a block is."""
    return folder / f"{number:06d}.block"


def changed() -> WorkError:
    """What is said where a second reading finds other rows than the first."""
    return WorkError("the files changed while they were read. Run s2s prepare again.")


@dataclass(frozen=True, slots=True)
class ToEncode:
    """A block, and where each of its rows goes, (rows,), see `survey.Survey`."""

    block: Block
    routes: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A block that is encoded: its number, and how many rows it has."""

    number: int
    rows: int


class Encoder:
    """What the encoding of blocks needs, and what it remembers from one to the next.

    Args:
        folder: where blocks go.
        form: which arrays they have.
        shuffle: how training pairs are shuffled.
        limits: which of them are dropped.
        tokenizers: by side.
    """

    def __init__(
        self,
        folder: Path,
        form: Form,
        shuffle: Shuffle,
        limits: LengthLimits,
        tokenizers: dict[str, Tokenizer],
    ) -> None:
        self.folder, self.form, self.shuffle, self.limits = folder, form, shuffle, limits
        self.numberings = {side: Numbering(tokenizer) for side, tokenizer in tokenizers.items()}


@dataclass(slots=True)
class _Part:
    """The rows of one split in a block.

    Attributes:
        places: which rows of the block they are, (pairs,).
        sides: their tokens.
        ends: where each slice ends, (slices,).
    """

    places: NDArray[np.int64]
    rows: Sequence[Row]
    sides: dict[str, Numbered]
    ends: NDArray[np.int64]


def encode(encoder: Encoder, work: ToEncode) -> Encoded:
    """Encode a block, unless that was done.

    The header that is written has, by split, its `pairs`, and for each side the `longest` line
    and its place among them; by side its tokens, the `names` of the numbers, and how often training
    has each (`counts`); and what was `dropped`, by reason.

    Raises:
        InputError: naming the file and line at fault.
        WorkError: if the rows are not those that were looked at before.
        OSError: if the block cannot be written.
    """
    path = block_path(encoder.folder, work.block.number)
    encoded = Encoded(work.block.number, len(work.routes))
    if is_checked(path):
        return encoded
    rows = work.block.rows()
    if len(rows) != len(work.routes):
        raise changed()
    for numbering in encoder.numberings.values():
        numbering.tidy()
    dropped: Counter[str] = Counter()
    parts = {}
    for number, split in enumerate(encoder.form.slices):
        places = np.flatnonzero(work.routes == number)
        if len(places):
            parts[split] = _part(encoder, split, rows, places, dropped)
            if split == TRAIN:
                _arrange(parts[split], encoder.shuffle, work.block.start)
    header = {
        "dropped": dropped,
        "pairs": {split: len(part.rows) for split, part in parts.items()},
        "longest": {split: _longest(part) for split, part in parts.items()},
        "sides": {side: _localized(encoder.numberings[side], side, parts) for side in SIDES},
    }
    arrays: dict[Key, list[bytes]] = {}
    for split, part in parts.items():
        arrays |= {(split, name): data for name, data in _arrays(part).items()}
    write_block(path, encoder.form, arrays, header)
    return encoded


def _part(
    encoder: Encoder,
    split: str,
    rows: Sequence[Row],
    places: NDArray[np.int64],
    dropped: Counter[str],
) -> _Part:
    """The rows of a split, tokenized; training rows that are too long or uneven are dropped."""
    chosen = [rows[place] for place in places.tolist()]
    sides = {
        SOURCE: encoder.numberings[SOURCE].of([row.source for row in chosen]),
        TARGET: encoder.numberings[TARGET].of([row.target for row in chosen]),
    }
    if split == TRAIN:
        lengths = (sides[SOURCE].lengths, sides[TARGET].lengths)
        mask = encoder.limits.keep_mask(*lengths, dropped)
        places = places[mask]
        sides = {side: numbered.kept(mask) for side, numbered in sides.items()}
        chosen = [rows[place] for place in places.tolist()]
    return _Part(places, chosen, sides, np.array([len(chosen)]))


def _arrange(part: _Part, shuffle: Shuffle, start: int) -> None:
    """Order training pairs by slice; where there is one slice they stay as they are."""
    if shuffle.slices == 1:
        return
    slices = shuffle.slices_of(start + part.places)
    order = np.argsort(slices, kind="stable")
    part.places = part.places[order]
    part.rows = [part.rows[place] for place in order.tolist()]
    part.sides = {side: numbered.taken(order) for side, numbered in part.sides.items()}
    part.ends = np.cumsum(np.bincount(slices, minlength=shuffle.slices))


def _longest(part: _Part) -> dict[str, tuple[int, int]]:
    """For each side the tokens of its longest line, and which line that is, from 0."""
    if not part.rows:
        return dict.fromkeys(SIDES, (0, 0))
    places = {side: int(part.sides[side].lengths.argmax()) for side in SIDES}
    return {side: (int(part.sides[side].lengths[place]), place) for side, place in places.items()}


def _localized(numbering: Numbering, side: str, parts: dict[str, _Part]) -> dict[str, Any]:
    """Give the tokens of a block numbers of its own, so that it can be read without any other."""
    names = list(numbering.tokens)
    used = np.zeros(len(names), np.bool_)
    for part in parts.values():
        used[part.sides[side].numbers] = True
    own = np.cumsum(used, dtype=np.int32) - 1
    for part in parts.values():
        part.sides[side] = Numbered(own[part.sides[side].numbers], part.sides[side].lengths)
    train = parts[TRAIN].sides[side].numbers if TRAIN in parts else np.empty(0, np.int32)
    found = np.flatnonzero(used).tolist()
    counts = np.bincount(train, minlength=len(found)).tolist()
    return {"names": [names[number] for number in found], "counts": counts}


def _arrays(part: _Part) -> dict[str, list[bytes]]:
    """The arrays of a split, each in its slices."""
    bounds = list(zip([0, *part.ends[:-1].tolist()], part.ends.tolist(), strict=True))
    arrays = {ROWS: _cut(part.places.astype(ROW_TYPE), bounds)}
    columns = {
        array_of(SOURCE, TEXT): [row.source for row in part.rows],
        array_of(TARGET, TEXT): [row.target for row in part.rows],
        LINKS: [row.links or "" for row in part.rows],
        LABELS: [row.labels or "" for row in part.rows],
    }
    for name, lines in columns.items():
        arrays[name] = [_text(lines[first:last]) for first, last in bounds]
    for side, numbered in part.sides.items():
        arrays[array_of(side, LENGTHS)] = _cut(numbered.lengths.astype(LENGTH_TYPE), bounds)
        ends = np.concatenate(([0], np.cumsum(numbered.lengths)))
        numbers = packed(numbered.numbers, int(numbered.numbers.max(initial=0)) + 1)
        spans = [(int(ends[first]), int(ends[last])) for first, last in bounds]
        arrays[array_of(side, NUMBERS)] = _cut(numbers, spans)
    return arrays


def _cut(array: NDArray[Any], bounds: Sequence[tuple[int, int]]) -> list[bytes]:
    return [array[first:last].tobytes() for first, last in bounds]


def _text(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8") if lines else b""
