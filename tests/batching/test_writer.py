"""Arrays written piece by piece."""

from pathlib import Path

import numpy as np
import pytest

from seq2seq_cli.batching import writer as module
from seq2seq_cli.batching.numbering import TokenNumbers, vocabulary_of
from seq2seq_cli.batching.writer import SideWriter
from seq2seq_cli.text.vocabulary import SPECIALS, UNK


def add(writer: SideWriter, numbers: TokenNumbers, *lines: str) -> None:
    tokens = [line.split() for line in lines]
    writer.add(lines, numbers.of(tokens), np.array([len(line) for line in tokens]))


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
def test_ids_and_offsets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    numbers = TokenNumbers()
    train, valid = (SideWriter(tmp_path, split, "source") for split in ("train", "valid"))
    add(valid, numbers, "c new a", "")
    add(train, numbers, "b a")
    add(train, numbers, "a", "a c b")
    train.close()
    valid.close()
    counts = train.count(len(numbers))
    assert dict(zip(numbers, counts.tolist(), strict=True)) == {"c": 1, "new": 0, "a": 3, "b": 2}
    vocabulary, ids = vocabulary_of(numbers, counts, maximum_size=None, minimum_frequency=1)
    assert vocabulary.tokens == (*SPECIALS, "a", "b", "c")
    assert ids.tolist() == [6, UNK, 4, 5]

    lengths = train.finish(ids, len(vocabulary))
    assert (lengths.tokens, lengths.mean, lengths.longest, lengths.unknown) == (6, 2.0, 3, 0)
    assert valid.finish(ids, len(vocabulary)).unknown == 1
    tokens = np.load(tmp_path / "train.source.tokens.npy", allow_pickle=False)
    assert tokens.dtype == np.uint16
    assert tokens.tolist() == [5, 4, 4, 4, 6, 5]
    assert np.load(tmp_path / "train.source.offsets.npy").tolist() == [0, 2, 3, 6]
    assert np.load(tmp_path / "valid.source.offsets.npy").tolist() == [0, 3, 3]
    assert (tmp_path / "valid.source.txt").read_bytes() == b"c new a\n\n"
    assert len(list(tmp_path.iterdir())) == 6


def test_large_vocabularies_take_wider_ids(tmp_path: Path) -> None:
    writer = SideWriter(tmp_path, "train", "target")
    writer.add(["x"], np.array([0], np.int32), np.array([1]))
    writer.close()
    writer.finish(np.array([70_000]), 70_001)
    tokens = np.load(tmp_path / "train.target.tokens.npy")
    assert (tokens.dtype, tokens.tolist()) == (np.int32, [70_000])
