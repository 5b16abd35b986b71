"""Opening datasets: what they give, and every way they can be wrong."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seq2seq_cli.batching.dataset import Dataset, latest_dataset
from seq2seq_cli.batching.prepare import prepare
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.sources import ListPairs, Row
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import check_file, checksums_of, sealed


def make(folder: Path, count: int = 5) -> Path:
    rows = [Row(f"s{n} x", f"t{n}") for n in range(count)]
    held_out = [Row("s0 x", "t0")]
    corpus = Corpus(
        name="tiny",
        train=ListPairs("list", rows),
        valid=ListPairs("list", held_out),
        tests={"test": ListPairs("list", held_out), "empty": ListPairs("list", [Row("", "")])},
    )
    settings = PrepareSettings(source_tokenizer="word", target_tokenizer="word")
    return prepare(corpus, settings, out=folder).folder


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "tiny"))


def change(folder: Path, edit: Callable[[dict], object]) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(sealed(content)))


def without_checksums(folder: Path) -> None:
    """As datasets were before they had any."""
    change(folder, lambda manifest: manifest.pop("files"))


def opening(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        Dataset.open(folder)
    return str(caught.value)


def splitting(folder: Path, name: str = "train") -> str:
    with pytest.raises(InputError) as caught:
        Dataset.open(folder).split(name)
    return str(caught.value)


def test_arrays_are_mapped_not_loaded(folder: Path) -> None:
    train = Dataset.open(folder).split("train")
    ids = train.source(2)
    assert not ids.flags.writeable
    base = ids
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_split_has_what_was_written(folder: Path) -> None:
    dataset = Dataset.open(folder)
    assert dataset.split_names == ("train", "valid", "test", "empty")
    train = dataset.split("train")
    assert len(train) == 5
    assert train.source_lines() == [f"s{n} x" for n in range(5)]
    assert list(train.raw_pairs()) == [(f"s{n} x", f"t{n}") for n in range(5)]
    assert dataset.source.decode(train.source(3).tolist()).text == "s3 x"
    assert dataset.target.decode(train.target(4).tolist()).text == "t4"


def test_split_without_tokens(folder: Path) -> None:
    empty = Dataset.open(folder).split("empty")
    assert len(empty) == 1
    assert empty.source(0).tolist() == []
    assert empty.target_lines() == [""]


def test_unknown_split_names_the_closest(folder: Path) -> None:
    text = splitting(folder, "tset")
    assert "has no split `tset`; it has train, valid, test, empty. Did you mean `test`?" in text


def test_missing_folder_file_and_manifest(tmp_path: Path) -> None:
    assert "nowhere does not exist; a dataset folder is expected" in opening(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    assert "file is a file; a dataset folder is expected" in opening(tmp_path / "file")
    text = opening(tmp_path)
    assert "is not a dataset: it has no manifest.json. Make one with: s2s prepare" in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "its manifest.json is not JSON"),
        ("[" * 100_000, "its manifest.json is not JSON"),
        ("\udcff", "its manifest.json is not JSON"),
        ("[]", "does not say `s2s-dataset`"),
        ('{"format": "other"}', "does not say `s2s-dataset`"),
        ('{"format": "s2s-dataset", "format_version": 3}', "was made by a newer s2s"),
        ('{"format": "s2s-dataset", "format_version": 1}', "is damaged at `made_by`"),
    ],
)
def test_foreign_and_newer_manifests(folder: Path, content: str, expected: str) -> None:
    (folder / "manifest.json").write_text(content, "utf-8", "surrogateescape")
    assert expected in opening(folder)


def test_newer_format_says_what_to_do(folder: Path) -> None:
    change(folder, lambda manifest: manifest.update(format_version=7, flavour="new"))
    text = opening(folder)
    assert "(dataset format 7; this one reads up to 2). Upgrade s2s" in text


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda m: m.update({"\x1b[31m": 1}), "␛[31m"),
        (lambda m: m.update(seed="1"), "seed"),
        (lambda m: m["splits"]["train"].update(pairs=0), "splits.train.pairs"),
        (lambda m: m["splits"].pop("valid"), "splits"),
        (lambda m: m["splits"].update({"../x": m["splits"]["test"]}), "splits"),
    ],
)
def test_damaged_manifest_names_the_place(folder: Path, edit: Callable, place: str) -> None:
    change(folder, edit)
    text = opening(folder)
    assert f"its manifest.json is damaged at `{place}" in text
    assert "\x1b" not in text


def test_counts_that_do_not_fit(folder: Path) -> None:
    change(folder, lambda manifest: manifest["splits"]["train"].update(pairs=6))
    assert "train.source.offsets.npy does not hold 7 offsets: the dataset is damaged" in opening(
        folder
    )


def test_vocabulary_that_does_not_fit(folder: Path) -> None:
    change(folder, lambda manifest: manifest["target"].update(vocabulary_size=8))
    assert "target.vocabulary.json has 9 entries where 8 are expected" in opening(folder)


@pytest.mark.parametrize(
    ("name", "array", "expected"),
    [
        ("train.source.tokens.npy", np.zeros(10, np.int64), "does not hold 10 token ids"),
        ("train.source.tokens.npy", np.zeros(9, np.uint16), "does not hold 10 token ids"),
        ("train.source.tokens.npy", np.zeros((10, 1), np.uint16), "does not hold 10 token ids"),
        ("train.target.offsets.npy", np.arange(6, dtype=np.int32), "does not hold 6 offsets"),
        ("train.target.offsets.npy", np.arange(1, 7), "does not run from 0 to 5"),
        ("train.target.offsets.npy", np.arange(6) * 2, "does not run from 0 to 5"),
    ],
)
def test_arrays_that_do_not_fit(folder: Path, name: str, array: np.ndarray, expected: str) -> None:
    np.save(folder / name, array)
    assert f"{name} {expected}: the dataset is damaged. Prepare it again." in opening(folder)


def test_pickles_are_refused(folder: Path) -> None:
    np.save(folder / "train.source.tokens.npy", np.array([{}] * 10), allow_pickle=True)
    assert "train.source.tokens.npy is not an array" in opening(folder)


def test_missing_and_cut_arrays(folder: Path) -> None:
    path = folder / "valid.target.tokens.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert "valid.target.tokens.npy is not an array" in opening(folder)
    path.write_bytes(b"")
    assert "valid.target.tokens.npy is not an array" in opening(folder)
    path.unlink()
    assert "valid.target.tokens.npy is missing" in opening(folder)


def test_a_header_that_does_not_end(folder: Path) -> None:
    path = folder / "train.source.tokens.npy"
    path.write_bytes(path.read_bytes().replace(b"}", b" ", 1))
    assert "train.source.tokens.npy is not an array" in opening(folder)


def test_a_flipped_bit_is_named_before_anything_is_learned_from_it(folder: Path) -> None:
    path = folder / "train.target.tokens.npy"
    data = bytearray(path.read_bytes())
    data[-4] ^= 1  # another id, and a valid one
    path.write_bytes(data)
    text = splitting(folder)
    assert "train.target.tokens.npy: its bytes 0 to 138 are not those that were written" in text
    assert "prepare the dataset" in text
    without_checksums(folder)
    assert len(Dataset.open(folder).split("train")) == 5


def test_a_flipped_bit_in_a_later_block_is_named_by_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seq2seq_cli.sealed.BLOCK", 64)
    path = folder / "train.source.txt"
    path.write_bytes(b"x" * 200)
    sums = checksums_of(folder, [path.name])
    check_file(path, sums)
    path.write_bytes(b"x" * 130 + b"y" + b"x" * 69)
    with pytest.raises(InputError, match="its bytes 128 to 192 are not"):
        check_file(path, sums)
    path.write_bytes(b"x" * 192)
    with pytest.raises(InputError, match="its end is missing"):
        check_file(path, sums)
    with pytest.raises(InputError, match="has no checksum where one is expected"):
        check_file(path, {})


def test_raw_lines_that_were_changed_are_not_scored_with(folder: Path) -> None:
    path = folder / "test.target.txt"
    path.write_text(path.read_text().replace("t0", "t1"))
    split = Dataset.open(folder).split("test")
    for lines in (split.target_lines, lambda: list(split.raw_pairs())):
        with pytest.raises(InputError, match=r"test\.target\.txt: its bytes 0 to"):
            lines()


def test_a_manifest_that_was_changed(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 3'))
    assert "its manifest.json is damaged: it does not fit its own checksum" in opening(folder)


def test_links_that_lead_out_and_pipes_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "inside").symlink_to("manifest.json")
    Dataset.open(folder)
    (folder / "note.txt").symlink_to(tmp_path / "secret")
    assert "note.txt is a symbolic link that leads out of its folder" in opening(folder)
    (folder / "note.txt").unlink()
    os.mkfifo(folder / "pipe")
    assert "pipe is a pipe, socket or device" in opening(folder)


def test_missing_vocabulary(folder: Path) -> None:
    (folder / "source.vocabulary.json").unlink()
    assert "source.vocabulary.json" in opening(folder)


def test_ids_outside_the_vocabulary(folder: Path) -> None:
    ids = np.load(folder / "train.target.tokens.npy")
    ids[3] = 9
    np.save(folder / "train.target.tokens.npy", ids)
    without_checksums(folder)
    assert "has an id outside the vocabulary of 9" in splitting(folder)


def test_offsets_that_go_back(folder: Path) -> None:
    np.save(folder / "train.target.offsets.npy", np.array([0, 3, 2, 3, 4, 5]))
    without_checksums(folder)
    assert "train.target.offsets.npy has offsets that go back" in splitting(folder)


def test_text_that_does_not_fit(folder: Path) -> None:
    path = folder / "train.source.txt"
    without_checksums(folder)
    train = Dataset.open(folder).split("train")
    path.write_text("one\n")
    with pytest.raises(InputError, match="has 1 lines where 5 are expected"):
        train.source_lines()
    with pytest.raises(InputError, match=r"train\.source\.txt does not fit train\.target\.txt"):
        list(train.raw_pairs())
    path.write_bytes(b"\xff\n")
    with pytest.raises(InputError, match=r"train\.source\.txt cannot be read"):
        train.source_lines()
    path.unlink()
    with pytest.raises(InputError, match=r"train\.source\.txt cannot be read"):
        train.source_lines()


def test_latest_is_the_newest_that_can_be_read(tmp_path: Path) -> None:
    assert latest_dataset(tmp_path / "nowhere") is None
    assert latest_dataset(tmp_path) is None
    for name, created in (
        ("old", "2024-01-01T00:00:00+00:00"),
        ("new", "2025-01-01T00:00:00+05:00"),
        ("middle", "2024-12-31T18:59:59+00:00"),
        ("odd", "once upon a time"),
    ):
        make(tmp_path / name)
        change(tmp_path / name, lambda manifest, at=created: manifest.update(created=at))
    shutil.copytree(tmp_path / "new", tmp_path / "newer-format")
    change(tmp_path / "newer-format", lambda manifest: manifest.update(format_version=3))
    (tmp_path / "no-dataset").mkdir()
    (tmp_path / "file").write_text("x")
    assert latest_dataset(tmp_path) == tmp_path / "new"
