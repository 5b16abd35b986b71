"""Blocks that are encoded, and the columns that are written of them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seq2seq_cli.batching.collecting import collect, write_ids
from seq2seq_cli.batching.encoded import EncodedBlock, Form, packed, unpacked
from seq2seq_cli.batching.encoding import Encoded, Encoder, ToEncode, block_path, encode
from seq2seq_cli.batching.numbering import vocabulary_of
from seq2seq_cli.batching.shuffling import Shuffle
from seq2seq_cli.batching.work import Work
from seq2seq_cli.batching.writer import Column, Writer, Written, write_column
from seq2seq_cli.corpus.blocks import Block
from seq2seq_cli.corpus.cleaning import LengthLimits
from seq2seq_cli.corpus.rows import ListPiece, Row
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.symbols import SpaceTokenizer
from seq2seq_cli.text.vocabulary import UNK, Vocabulary

FORM = Form(slices={"train": 1, "valid": 1}, links=frozenset(["valid"]), labels=frozenset())
ROWS = [
    ("train", Row("b a", "x")),
    ("valid", Row("c new a", "x", "0-0")),
    ("train", Row("a", "x y")),
    ("valid", Row("", "y", "")),
    ("train", Row("a a a a a", "z")),
    ("train", Row("a c b", "x")),
]

BLOCKS = [Encoded(0, 1), Encoded(1, 5)]
VOCABULARIES = {"source": Vocabulary("abc"), "target": Vocabulary("xy")}


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    """Two blocks of `ROWS`: the first has one row; lines of five tokens are dropped."""
    limits = LengthLimits(max_length=4, max_ratio=None)
    tokenizers = {"source": SpaceTokenizer(), "target": SpaceTokenizer()}
    encoder = Encoder(tmp_path, FORM, Shuffle(1, 1), limits, tokenizers)
    for number, (start, rows) in enumerate([(0, ROWS[:1]), (1, ROWS[1:])]):
        block = Block(number, start, None, (ListPiece([row for _, row in rows]),))
        routes = np.array([list(FORM.slices).index(split) for split, _ in rows], np.uint8)
        encode(encoder, ToEncode(block, routes))
    work = Work(tmp_path, tmp_path, lasting=False)
    return Writer(work, tmp_path, FORM, Shuffle(1, 1), [0, 1], VOCABULARIES)


def written(writer: Writer, split: str, name: str) -> Written:
    return write_column(writer, Column(split, None, name, (0, 1)))


def test_blocks_are_counted(writer: Writer) -> None:
    kept = writer.blocks / "kept"
    found = collect(writer.blocks, FORM, BLOCKS, kept)
    assert dict(found.pairs) == {"train": 3, "valid": 2}
    assert found.dropped["too long"] == 1
    assert {side: +counts for side, counts in found.counts.items()} == {
        "source": {"a": 3, "b": 2, "c": 1},
        "target": {"x": 3, "y": 1},
    }
    assert list(kept.read_bytes()) == [1, 0, 1, 0, 0, 1]


def test_ids_and_offsets(writer: Writer) -> None:
    found = collect(writer.blocks, FORM, BLOCKS, writer.blocks / "kept")
    vocabularies = {
        side: vocabulary_of(counts, maximum_size=None, minimum_frequency=1)
        for side, counts in found.counts.items()
    }
    assert vocabularies == writer.vocabularies
    for number in (0, 1):
        write_ids(writer, number)
    train = written(writer, "train", "source")
    assert (train.lines, train.tokens, train.longest, train.unknown) == (3, 6, 3, 0)
    assert written(writer, "valid", "source").unknown == 1
    folder = writer.work.dataset
    tokens = np.load(folder / "train.source.tokens.npy", allow_pickle=False)
    assert tokens.dtype == np.uint16
    assert tokens.tolist() == [5, 4, 4, 4, 6, 5]
    assert np.load(folder / "train.source.offsets.npy").tolist() == [0, 2, 3, 6]
    assert np.load(folder / "valid.source.tokens.npy").tolist() == [6, UNK, 4]
    assert np.load(folder / "valid.source.offsets.npy").tolist() == [0, 3, 3]
    assert (folder / "valid.source.txt").read_bytes() == b"c new a\n\n"
    assert list(written(writer, "valid", "links").checksums) == ["valid.links.txt"]
    assert (folder / "valid.links.txt").read_bytes() == b"0-0\n\n"


def test_large_vocabularies_take_wider_ids(writer: Writer) -> None:
    writer = replace(writer, vocabularies={"target": Vocabulary(map(str, range(70_000)))})
    for number in (0, 1):
        np.full(3, 70_000, np.int32).tofile(writer.ids_path("target", number))
    written(writer, "train", "target")
    tokens = np.load(writer.work.dataset / "train.target.tokens.npy")
    assert (tokens.dtype, set(tokens.tolist())) == (np.int32, {70_000})


@pytest.mark.parametrize(("types", "width"), [(1, 2), (2**16, 2), (2**16 + 1, 4)])
def test_numbers_are_packed_by_how_many_there_are(types: int, width: int) -> None:
    numbers = np.array([0, types - 1], np.int32)
    data = packed(numbers, types).tobytes()
    assert len(data) == 2 * width
    assert unpacked(data, 2).tolist() == numbers.tolist()


def test_a_held_out_line_that_is_endless_is_refused(tmp_path: Path) -> None:
    limits = LengthLimits(max_length=4, max_ratio=None)
    tokenizers = {"source": SpaceTokenizer(), "target": SpaceTokenizer()}
    encoder = Encoder(tmp_path, FORM, Shuffle(1, 1), limits, tokenizers)
    for number in (0, 1):
        rows = [Row("a", "b"), Row("a", "b " * (10_001 if number else 10_000))]
        block = Block(number, 2 * number, "valid", (ListPiece(rows),))
        encode(encoder, ToEncode(block, np.ones(2, np.uint8)))
    with pytest.raises(InputError, match="valid, pair 4: its target has 10,001 tokens; at most"):
        collect(tmp_path, FORM, [Encoded(0, 2), Encoded(1, 2)], tmp_path / "kept")


def test_a_block_says_what_it_has(writer: Writer) -> None:
    with EncodedBlock(block_path(writer.blocks, 1), FORM) as block:
        header = block.header()
        assert block.part(("train", "source.text"), 0, 1) == b"a\na c b\n"
        assert block.rows("train", 0, 1).tolist() == [1, 4]
    assert header["longest"]["valid"] == {"source": [3, 0], "target": [1, 0]}
    assert json.dumps(header["sides"]["target"]) == json.dumps(
        {"names": ["x", "y"], "counts": [2, 1]}
    )


def test_keys_are_spread_evenly_and_stay_the_same() -> None:
    shuffle = Shuffle(7, 8)
    numbers = np.arange(80_000)
    counts = np.bincount(shuffle.slices_of(numbers))
    assert np.abs(counts - 10_000).max() < 400  # a standard deviation is about 94
    assert (shuffle.keys(numbers[500:600]) == shuffle.keys(numbers)[500:600]).all()
    assert len(np.unique(shuffle.keys(numbers))) == len(numbers)
    assert (Shuffle(8, 8).slices_of(numbers) != shuffle.slices_of(numbers)).mean() > 0.8
    assert abs(np.corrcoef(numbers, shuffle.keys(numbers).astype(float))[0, 1]) < 0.02
