"""A look at one block of rows: where each goes, the digests, and what a sample may be drawn from.

Knows nothing of other blocks, so that it can be taken anywhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.sample import BETWEEN_PAIRS, packed_pair
from seq2seq_cli.corpus.blocks import Block
from seq2seq_cli.corpus.cleaning import has_text
from seq2seq_cli.corpus.splitting import (
    TRAIN,
    Digests,
    HashSplit,
    as_digests,
    pair_digest,
    text_digest,
)

EMPTY_ROUTE, DUPLICATE_ROUTE = 254, 255
"""What is said of a training row that is dropped, in the place of the number of its split."""
MOST_SPLITS = 250


@dataclass(frozen=True, slots=True)
class Look:
    """What taking a block apart needs: the names of the splits, and the shares set apart."""

    names: tuple[str, ...]
    shares: HashSplit


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in a block.

    Attributes:
        start: how many rows come before it.
        routes: where each row goes, (rows,).
        pairs, sources: digests of each row, (rows,).
        sample: its training pairs with text on both sides, see `Sample`.
    """

    start: int
    routes: NDArray[np.uint8]
    pairs: Digests
    sources: Digests
    sample: bytes


def look_at(look: Look, block: Block) -> Seen:
    """Take a block apart.

    Raises:
        InputError: naming the file and line at fault.
    """
    rows = block.rows()
    pairs = as_digests(b"".join(pair_digest(row.source, row.target) for row in rows))
    sources = as_digests(b"".join(text_digest(row.source) for row in rows))
    split = TRAIN if block.split is None else block.split
    routes = np.full(len(rows), look.names.index(split), dtype=np.uint8)
    if block.split is None:
        for name, mask in look.shares.masks(pairs).items():
            if mask.any():
                routes[mask] = look.names.index(name)
    sampled = []
    if split == TRAIN:
        for place in np.flatnonzero(routes == look.names.index(TRAIN)).tolist():
            source, target = rows[place][:2]
            if has_text(source, target):
                sampled.append(packed_pair(source, target).encode())
            else:
                routes[place] = EMPTY_ROUTE
    return Seen(block.start, routes, pairs, sources, BETWEEN_PAIRS.join(sampled))
