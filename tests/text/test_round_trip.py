"""Every tokenizer restores real lines, up to runs of white space."""

import gzip
from itertools import islice
from pathlib import Path

import pytest

from seq2seq_cli.text.tokenizer import Tokenizer, train_tokenizer

LINES = 3_000
NAMES = [
    f"{split}.{form}{side}.gz"
    for split in ("train", "val", "test_2016_flickr")
    for form in ("", "lc.norm.tok.")
    for side in ("en", "de")
]


def read_lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [line.removesuffix("\n") for line in islice(file, LINES)]


def read_columns(folder: Path) -> list[tuple[str, str]]:
    return [
        tuple(line.split("\t"))
        for path in sorted(folder.glob("*.tsv"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def assert_restored(tokenizer: Tokenizer, lines: list[str]) -> None:
    for line, tokens in zip(lines, tokenizer.tokens_batch(lines), strict=True):
        assert tokenizer.decode(tokens).text == " ".join(line.split())


def assert_places_right(tokenizer: Tokenizer, lines: list[str]) -> None:
    for line, encoding in zip(lines, tokenizer.encode_batch(lines), strict=True):
        parts = [line[start:end] for start, end in encoding.offsets]
        assert "".join(parts) == "".join(line.split())
        decoding = tokenizer.decode(encoding.tokens)
        assert [decoding.text[start:end] for start, end in decoding.offsets] == parts


@pytest.mark.parametrize("kind", ["word", "space", "bpe", "unigram"])
def test_multi30k_is_restored(kind: str, shared_data: Path) -> None:
    files = {name: read_lines(shared_data / "multi30k" / name) for name in NAMES}
    everything = [line for lines in files.values() for line in lines]
    assert len(everything) > 20_000
    tokenizer = train_tokenizer(kind, everything, vocabulary_size=4000)
    assert_restored(tokenizer, everything)
    for name in ("val.en.gz", "val.de.gz"):
        assert_places_right(tokenizer, files[name])


def test_multi30k_is_restored_from_characters(shared_data: Path) -> None:
    tokenizer = train_tokenizer("char", [])
    for name in NAMES:
        assert_restored(tokenizer, read_lines(shared_data / "multi30k" / name)[:500])


def test_sigmorphon_is_restored(shared_data: Path) -> None:
    pairs = read_columns(shared_data / "sigmorphon2021")
    assert len(pairs) == 30_000
    assert_restored(train_tokenizer("char", []), [written for written, _ in pairs])
    phones = train_tokenizer("space", [])
    assert_restored(phones, [spoken for _, spoken in pairs])
    assert_places_right(phones, [spoken for _, spoken in pairs[:1_000]])
