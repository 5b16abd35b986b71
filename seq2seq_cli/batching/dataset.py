"""A prepared dataset: splits of token ids in memory-mapped arrays, beside their raw lines.

Knows nothing of batches or models. `Dataset.open` checks that the arrays have the sizes that the
manifest gives; opening a split checks their checksums and every offset and id, so that later code
can trust them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process

from seq2seq_cli.batching.manifest import Lengths, Manifest, read_manifest
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import Checksums, check_bytes, check_file, check_folder
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.visible import visible

SOURCE, TARGET = "source", "target"
DEFAULT_ROOT = Path("s2s-data")
TOKEN_TYPES = (np.dtype(np.uint16), np.dtype(np.int32))
_CHECKED_AT_ONCE = 2**22
# All that numpy raises for headers that are damaged: it takes them to pieces as Python literals.
_NO_ARRAY = (OSError, ValueError, EOFError, SyntaxError, TokenError, TypeError, OverflowError)

Ids = NDArray[np.uint16] | NDArray[np.int32]


def token_type(vocabulary_size: int) -> np.dtype[np.uint16] | np.dtype[np.int32]:
    """The smallest of the types that ids are stored in."""
    return np.dtype(np.uint16) if vocabulary_size <= 2**16 else np.dtype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One side of one split: `ids` is (tokens,), `offsets` is (pairs + 1,)."""

    ids: Ids
    offsets: NDArray[np.int64]

    def line(self, index: int) -> Ids:
        return self.ids[self.offsets[index] : self.offsets[index + 1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split. Ids carry no `<s>` and no `</s>`.

    Attributes:
        name: `train`, `valid`, `test` or the name of another test set.
        source_lengths, target_lengths: tokens of every line, (pairs,).
    """

    name: str
    source_lengths: NDArray[np.int64]
    target_lengths: NDArray[np.int64]
    _folder: Path
    _sides: dict[str, _Side] = field(repr=False)
    _has_links: bool
    _has_labels: bool
    _checksums: Checksums | None = field(repr=False)

    def __len__(self) -> int:
        return len(self.source_lengths)

    def source(self, index: int) -> Ids:
        """Source ids of pair `index`, (source,), memory-mapped."""
        return self._sides[SOURCE].line(index)

    def target(self, index: int) -> Ids:
        """Target ids of pair `index`, (target,), memory-mapped."""
        return self._sides[TARGET].line(index)

    def source_lines(self) -> list[str]:
        """The raw source lines, as they were read."""
        return self._lines(SOURCE)

    def target_lines(self) -> list[str]:
        """The raw target lines, as they were read."""
        return self._lines(TARGET)

    def raw_pairs(self) -> Iterator[tuple[str, str]]:
        """The raw source and target line of every pair, read one by one."""
        paths = [self.text_path(side) for side in (SOURCE, TARGET)]
        for path in paths:
            check_file(path, self._checksums)
        try:
            with paths[0].open("rb") as sources, paths[1].open("rb") as targets:
                for _, source, target in zip(range(len(self)), sources, targets, strict=True):
                    yield source.decode().rstrip("\n"), target.decode().rstrip("\n")
        except (OSError, ValueError) as error:
            raise _damaged(
                paths[0], f"does not fit {paths[1].name} ({visible(str(error))})"
            ) from error

    def text_path(self, what: str) -> Path:
        """Where the raw lines are: `source`, `target`, or the `links` or `labels` there may be."""
        return self._folder / f"{self.name}.{what}.txt"

    def links(self) -> list[str] | None:
        """Gold links of every pair in Pharaoh form; None where the source had none."""
        return self._lines("links") if self._has_links else None

    def labels(self) -> list[tuple[str, ...]] | None:
        """Labels of every pair; None where the source had none."""
        if not self._has_labels:
            return None
        return [tuple(filter(None, line.split(","))) for line in self._lines("labels")]

    def _lines(self, what: str) -> list[str]:
        path = self.text_path(what)
        try:
            data = path.read_bytes()
            lines = data.decode("utf-8").split("\n")[:-1]
        except (OSError, UnicodeDecodeError) as error:
            raise _damaged(path, f"cannot be read ({visible(str(error))})") from error
        if len(lines) != len(self):
            raise _damaged(path, f"has {len(lines):,} lines where {len(self):,} are expected")
        check_bytes(data, path, self._checksums)
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset folder, opened.

    Attributes:
        source, target: the tokenizer and vocabulary of each side.
    """

    folder: Path
    manifest: Manifest
    source: Codec
    target: Codec

    @classmethod
    def open(cls, folder: Path) -> "Dataset":
        """Open a dataset folder and check that its files fit its manifest.

        Raises:
            InputError: if it is not a dataset, was made by a newer s2s, is damaged, or holds a
                link that leads out of it.
        """
        manifest = read_manifest(folder)
        check_folder(folder)
        dataset = cls(
            folder=folder,
            manifest=manifest,
            source=Codec.load(folder, SOURCE, manifest.files),
            target=Codec.load(folder, TARGET, manifest.files),
        )
        for side, codec, size in (
            (SOURCE, dataset.source, manifest.source.vocabulary_size),
            (TARGET, dataset.target, manifest.target.vocabulary_size),
        ):
            if len(codec.vocabulary) != size:
                path = folder / f"{side}.vocabulary.json"
                found = f"has {len(codec.vocabulary):,} entries where {size:,} are expected"
                raise _damaged(path, found)
        for name in manifest.splits:
            dataset._side(name, SOURCE)
            dataset._side(name, TARGET)
        return dataset

    @property
    def split_names(self) -> tuple[str, ...]:
        """`train`, `valid`, then the test splits in the order they were given."""
        return tuple(self.manifest.splits)

    def split(self, name: str) -> Split:
        """Open a split, after a check of the checksums, offsets and ids of its arrays.

        Raises:
            InputError: naming the closest split if there is none of this name; if it is damaged.
        """
        if name not in self.manifest.splits:
            raise self._unknown(name)
        record = self.manifest.splits[name]
        sides = {side: self._side(name, side) for side in (SOURCE, TARGET)}
        for side, codec in ((SOURCE, self.source), (TARGET, self.target)):
            self._check(name, side, sides[side], len(codec.vocabulary))
        return Split(
            name=name,
            source_lengths=np.diff(sides[SOURCE].offsets),
            target_lengths=np.diff(sides[TARGET].offsets),
            _folder=self.folder,
            _sides=sides,
            _has_links=record.links,
            _has_labels=record.labels,
            _checksums=self.manifest.files,
        )

    def _unknown(self, name: str) -> InputError:
        names = self.split_names
        closest = process.extractOne(name, names)
        hint = f" Did you mean `{visible(closest[0])}`?" if closest and closest[1] > 50 else ""
        return InputError(
            f"{visible(str(self.folder))} has no split `{visible(name)}`; "
            f"it has {visible(', '.join(names))}.{hint}"
        )

    def _side(self, name: str, side: str) -> _Side:
        """Map the arrays of one side, after a check of their types and sizes."""
        record = self.manifest.splits[name]
        lengths: Lengths = record.source if side == SOURCE else record.target
        tokens_path = self.folder / f"{name}.{side}.tokens.npy"
        offsets_path = self.folder / f"{name}.{side}.offsets.npy"
        ids, offsets = _map(tokens_path), _map(offsets_path)
        if ids.dtype not in TOKEN_TYPES or ids.shape != (lengths.tokens,):
            raise _damaged(tokens_path, f"does not hold {lengths.tokens:,} token ids")
        if offsets.dtype != np.int64 or offsets.shape != (record.pairs + 1,):
            raise _damaged(offsets_path, f"does not hold {record.pairs + 1:,} offsets")
        if offsets[0] != 0 or offsets[-1] != lengths.tokens:
            raise _damaged(offsets_path, f"does not run from 0 to {lengths.tokens:,}")
        return _Side(ids=ids, offsets=offsets)

    def _check(self, name: str, side: str, arrays: _Side, vocabulary_size: int) -> None:
        for kind in ("tokens", "offsets"):
            check_file(self.folder / f"{name}.{side}.{kind}.npy", self.manifest.files)
        if (np.diff(arrays.offsets) < 0).any():
            raise _damaged(self.folder / f"{name}.{side}.offsets.npy", "has offsets that go back")
        for ids in _pieces(arrays.ids):
            if int(ids.min()) < 0 or int(ids.max()) >= vocabulary_size:
                path = self.folder / f"{name}.{side}.tokens.npy"
                raise _damaged(path, f"has an id outside the vocabulary of {vocabulary_size:,}")


def latest_dataset(root: Path = DEFAULT_ROOT) -> Path | None:
    """The dataset in `root` that was made last; None where there is none that can be read."""
    newest: tuple[float, str, Path] | None = None
    for folder in root.iterdir() if root.is_dir() else ():
        try:
            if folder.name.startswith("."):
                continue
            created = read_manifest(folder).created_at.timestamp()
        except InputError:
            continue
        entry = (created, folder.name, folder)
        newest = entry if newest is None else max(newest, entry)
    return newest[2] if newest else None


def _pieces(ids: Ids) -> Iterator[Ids]:
    for start in range(0, len(ids), _CHECKED_AT_ONCE):
        yield ids[start : start + _CHECKED_AT_ONCE]


def _map(path: Path) -> NDArray[Any]:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise _damaged(path, "is missing") from None
    except _NO_ARRAY as error:
        raise _damaged(path, f"is not an array ({visible(str(error))})") from error
    if not isinstance(array, np.ndarray):
        raise _damaged(path, "is not an array")
    # A plain view of the map: slices of np.memmap itself are slow to make.
    return np.asarray(array)


def _damaged(path: Path, what: str) -> InputError:
    return InputError(f"{visible(str(path))} {what}: the dataset is damaged. Prepare it again.")
