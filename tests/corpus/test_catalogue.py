"""The catalogue of data sets: complete, and found by every name that it shows."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from seq2seq_cli.corpus.catalogue import (
    Entry,
    all_names,
    find_data_set,
    read_catalogue,
    similar_names,
)
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.tokenizer import TOKENIZER_KINDS

ENTRIES = read_catalogue()


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_entries_are_complete(entry: Entry) -> None:
    assert "train" in entry.splits
    assert set(entry.tokenizers) == set(entry.sides)
    assert set(entry.tokenizers.values()) <= set(TOKENIZER_KINDS)
    for split in entry.splits.values():
        assert set(split.columns if split.table else split.files) == set(entry.sides)
    for file in entry.stored():
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert (file.sha256 is None) == (file.size is None)
    assert bool(entry.checksums) == entry.is_verified
    assert bool(entry.package) != bool(entry.addresses)
    assert all(re.fullmatch(r"https://.*/\{file\}", address) for address in entry.addresses)


@pytest.mark.parametrize("name", all_names())
def test_every_name_is_found(name: str) -> None:
    typed = name.replace("XX", "fra")
    found = find_data_set(typed)
    assert found is not None
    assert (found.name, found.key) == (typed, typed.split("-")[0])
    assert {found.source, found.target} == set(found.entry.sides)


def test_both_directions_read_the_same_files() -> None:
    one, other = find_data_set("multi30k-en-de"), find_data_set("multi30k-de-en")
    assert one is not None
    assert other is not None
    assert (one.source, one.target) == (other.target, other.source) == ("en", "de")
    train = one.entry.splits["train"].files["en"]
    assert one.place(train) == other.place(train) == "multi30k/train.en.gz"
    assert one.addresses(train)[0].endswith("/data/task1/raw/train.en.gz")


@pytest.mark.parametrize("typed", ["fr", "fra"])
def test_languages_have_two_letters_or_three(typed: str) -> None:
    into = find_data_set(f"tatoeba-{typed}-en")
    assert into is not None
    assert (into.source, into.target, into.language) == ("XX", "en", "fra")
    file = into.entry.splits["train"].table
    assert file is not None
    assert into.addresses(file) == ("https://www.manythings.org/anki/fra-eng.zip",)
    assert into.spelled(file.member or "") == "fra.txt"
    back = find_data_set(f"tatoeba-en-{typed}")
    assert back is not None
    assert (back.source, back.target, back.language) == ("en", "XX", "fra")


def test_languages_that_nobody_knows() -> None:
    with pytest.raises(InputError, match="no language `xy` in the list"):
        find_data_set("tatoeba-xy-en")


@pytest.mark.parametrize(
    "name",
    ["", "multi30k", "multi30k-en-fr", "multi30k-en-en", "tatoeba-en-en-en", "cmudict-en", "x-y-z"],
)
def test_other_names_are_not_found(name: str) -> None:
    assert find_data_set(name) is None


@pytest.mark.parametrize("name", ["tatoeba-../../x-en", "tatoeba-FRA-en", "tatoeba-f/a-en"])
def test_no_path_is_a_language(name: str) -> None:
    assert find_data_set(name) is None


def test_similar_names() -> None:
    assert similar_names("multi30k-ende")[0] == "multi30k-en-de"
    assert similar_names("/data/pairs.tsv") == []


def test_checksums_are_those_of_the_real_files(shared_data: Path) -> None:
    for split in ENTRIES["multi30k"].splits.values():
        for file in split.stored():
            data = (shared_data / "multi30k" / file.file).read_bytes()
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (file.sha256, file.size)
            assert gzip.decompress(data).decode().endswith("\n")
