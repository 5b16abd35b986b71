"""A training split in shards: the same pairs, read and checked shard by shard."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seq2seq_cli.batching import arrays
from seq2seq_cli.batching.dataset import Dataset, Split
from seq2seq_cli.batching.manifest import Manifest
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import check_file, checksums_of, sealed

Change = Callable[[dict], object]


@pytest.fixture(scope="session")
def original(
    copy_data: Path, tmp_path_factory: pytest.TempPathFactory, shard_dataset: Callable[..., Path]
) -> Path:
    return shard_dataset(copy_data, tmp_path_factory.mktemp("shards") / "copy", pairs=150)


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "copy"))


def change(folder: Path, edit: Change) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(sealed(content)))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)


def train(folder: Path) -> Split:
    return Dataset.open(folder).split("train")


def test_the_pairs_are_those_of_the_plain_split(folder: Path, copy_data: Path) -> None:
    split, plain = train(folder), train(copy_data)
    assert len(split) == len(plain)
    assert split.shards.starts == [0, 150, 300, 450, len(plain)]
    codec = Dataset.open(folder).source
    lines = list(split.raw_pairs())
    assert sorted(lines) == sorted(plain.raw_pairs())
    assert lines != list(plain.raw_pairs())
    for index in (0, 149, 150, 500, 299, len(plain) - 1):
        for ids, line in zip((split.source(index), split.target(index)), lines[index], strict=True):
            assert codec.decode(ids.tolist()).text == line
    with pytest.raises(IndexError):
        split.source(len(plain))


def test_lengths_of_pairs_and_of_a_shard(folder: Path) -> None:
    split = train(folder)
    indices = np.array([500, 3, 150, 3, 149])
    found = split.lengths(indices)
    for lengths, ids in zip(found, (split.source, split.target), strict=True):
        assert lengths.tolist() == [len(ids(int(index))) for index in indices]
    sources, targets = split.shard_lengths(1)
    assert (len(sources), len(targets)) == (150, 150)
    assert sources[0] == found[0][2]
    with pytest.raises(ValueError, match="asked for the lengths of a shard, or of pairs"):
        _ = split.source_lengths


def test_a_pair_is_found_by_its_file_and_line(folder: Path) -> None:
    split = train(folder)
    name, line = split.place(305)
    assert (name, line) == ("train.00002.source.txt", 6)
    assert (folder / name).read_text().splitlines()[line - 1] == list(split.raw_pairs())[305][0]


def test_a_shard_is_checked_when_it_is_first_read(folder: Path) -> None:
    flip(folder / "train.00002.target.tokens.npy")
    split = train(folder)
    assert len(split.source(0)) == split.shard_lengths(0)[0][0]
    split.source(450)
    for _ in range(2):
        with pytest.raises(InputError, match=r"train\.00002\.target\.tokens\.npy: its bytes 0 to"):
            split.source(300)


def test_each_file_is_compared_with_its_checksum_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def noted(path: Path, checksums: object) -> None:
        compared.append(path.name)
        check_file(path, checksums)  # type: ignore[arg-type]  # what it was given

    split = train(folder)
    monkeypatch.setattr(arrays, "check_file", noted)
    for number in (0, 3, 0, 3):
        split.shard_lengths(number)
    expected = [
        f"train.{number:05d}.{side}.{kind}.npy"
        for number in (0, 3)
        for side in ("source", "target")
        for kind in ("tokens", "offsets")
    ]
    assert compared == expected


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what is mapped")
def test_only_the_shard_that_was_read_last_stays_mapped(folder: Path) -> None:
    split = train(folder)
    for number in (2, 0, 1):
        split.shard_lengths(number)
        split.source(split.shards.starts[number])
    lines = Path("/proc/self/maps").read_text().splitlines()
    mapped = {line.rsplit("/", 1)[1] for line in lines if str(folder) in line}
    assert mapped == {
        f"train.00001.{side}.{kind}.npy"
        for side in ("source", "target")
        for kind in ("tokens", "offsets")
    }


@pytest.mark.parametrize(
    ("name", "array", "expected"),
    [
        ("train.00001.source.offsets.npy", np.arange(9), "does not hold 151 offsets"),
        ("train.00003.target.tokens.npy", np.zeros(1, np.uint16), "does not hold"),
    ],
)
def test_sizes_of_all_shards_are_checked_at_opening(
    folder: Path, name: str, array: np.ndarray, expected: str
) -> None:
    np.save(folder / name, array)
    with pytest.raises(InputError, match=f"{name} {expected}"):
        Dataset.open(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} is missing"):
        Dataset.open(folder)


def test_offsets_and_ids_of_a_shard_are_checked(folder: Path) -> None:
    change(folder, lambda manifest: manifest.pop("files"))
    path = folder / "train.00001.source.offsets.npy"
    offsets = np.load(path)
    offsets[[3, 4]] = offsets[[4, 3]]
    np.save(path, offsets)
    path = folder / "train.00002.source.tokens.npy"
    np.save(path, np.load(path) + np.uint16(90))
    split = train(folder)
    with pytest.raises(InputError, match=r"train\.00001\.source\.offsets\.npy has offsets that"):
        split.source(150)
    with pytest.raises(InputError, match=r"train\.00002\.source\.tokens\.npy has an id outside"):
        split.source(300)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (np.ones((3, 2), np.int64), "does not hold lengths and numbers of pairs"),
        (np.ones((3, 3), np.int32), "does not hold lengths and numbers of pairs"),
        (np.array([[1, 1, -1]]), "does not hold lengths and numbers of pairs"),
        (np.array([[1, 1, 7]]), "does not add up to the split"),
    ],
)
def test_lengths_that_do_not_fit(folder: Path, kinds: np.ndarray, expected: str) -> None:
    path = folder / "train.lengths.npy"
    np.save(path, kinds)
    with pytest.raises(InputError, match="its bytes 0 to"):
        train(folder)
    files = {path.name: list(checksums_of(folder, [path.name])[path.name])}
    change(folder, lambda manifest: manifest["files"].update(files))
    with pytest.raises(InputError, match=rf"train\.lengths\.npy {expected}"):
        train(folder)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda m: m["splits"]["train"]["shards"].pop(), "the shards do not add up to the split"),
        (lambda m: m.update(format_version=1), "the format version does not fit"),
        (lambda m: m["splits"]["train"].pop("shards"), "the format version does not fit"),
        (lambda m: m["splits"]["valid"].update(shards=[]), "the shards do not add up"),
        (
            lambda m: m["splits"].update(
                other=m["splits"]["train"] | {"sources_in_train": 0, "pairs_in_train": 0}
            ),
            "train alone may be in shards",
        ),
    ],
)
def test_manifests_that_contradict_themselves(folder: Path, edit: Change, expected: str) -> None:
    change(folder, edit)
    with pytest.raises(InputError, match=f"is damaged at .*{expected}"):
        Dataset.open(folder)


def test_manifests_without_shards_say_nothing_of_them(copy_data: Path) -> None:
    text = (copy_data / "manifest.json").read_text()
    assert '"format_version": 1' in text
    assert "shards" not in text
    assert Manifest.model_validate_json(text).to_bytes() == text.encode()


def test_lines_are_not_read_whole_and_that_is_said(folder: Path) -> None:
    split = train(folder)
    first = folder / "train.00000"
    for lines in (split.source_lines, split.target_lines):
        with pytest.raises(InputError, match="its split train is in 4 shards") as caught:
            lines()
        assert f"--src {first}.source.txt --ref {first}.target.txt." in str(caught.value)
