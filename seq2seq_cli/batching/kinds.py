"""How many pairs of a split have which lengths: what is told of all pairs without reading them.

Knows nothing of where the pairs are.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.arrays import damaged, map_array
from seq2seq_cli.batching.manifest import SplitRecord
from seq2seq_cli.sealed import Checksums, check_file

Kinds = NDArray[np.int64]
"""Source length, target length, number of pairs that have both, (kinds, 3)."""


def kinds_path(folder: Path, split: str) -> Path:
    """Where the kinds of a sharded split are."""
    return folder / f"{split}.lengths.npy"


def read_kinds(folder: Path, name: str, record: SplitRecord, checksums: Checksums | None) -> Kinds:
    """The kinds of the pairs of a sharded split.

    Raises:
        InputError: if they are damaged, or are not those of the split.
    """
    path = kinds_path(folder, name)
    kinds = map_array(path)
    check_file(path, checksums)
    if kinds.dtype != np.int64 or kinds.ndim != 2 or kinds.shape[1] != 3 or (kinds < 0).any():
        raise damaged(path, "does not hold lengths and numbers of pairs")
    sources, targets, counts = kinds.T
    sums = (counts.sum(), (sources * counts).sum(), (targets * counts).sum())
    if sums != (record.pairs, record.source.tokens, record.target.tokens):
        raise damaged(path, "does not add up to the split")
    return np.array(kinds)
