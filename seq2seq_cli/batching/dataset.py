"""A prepared dataset: splits of token ids in memory-mapped arrays, beside their raw lines.

Knows nothing of batches or models. `Dataset.open` checks that the arrays have the sizes that the
manifest gives. Checksums, offsets and ids are checked when a split is opened, or, where it is in
shards, when a shard is first read, so that later code can trust them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process

from seq2seq_cli.batching.arrays import SOURCE, TARGET, Ids, Lengths, Shards, damaged, token_type
from seq2seq_cli.batching.kinds import Kinds, read_kinds
from seq2seq_cli.batching.manifest import Manifest, SplitRecord, read_manifest
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import Checksums, check_bytes, check_file, check_folder
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.visible import visible

__all__ = ["DEFAULT_ROOT", "SOURCE", "TARGET", "Dataset", "Split", "latest_dataset", "token_type"]

DEFAULT_ROOT = Path("s2s-data")


@dataclass(frozen=True, kw_only=True)
class Split:
    """One split. Ids carry no `<s>` and no `</s>`.

    Attributes:
        name: `train`, `valid`, `test` or the name of another test set.
        shards: its arrays; a split that is not in shards is a single one.
        kinds: how many pairs have which lengths, of a split in shards; else None.
    """

    name: str
    shards: Shards = field(repr=False)
    kinds: Kinds | None = field(repr=False)
    _folder: Path
    _record: SplitRecord = field(repr=False)
    _checksums: Checksums | None = field(repr=False)

    def __len__(self) -> int:
        return self._record.pairs

    @property
    def is_sharded(self) -> bool:
        """Whether it is in shards, and as a rule too large to be read whole."""
        return self._record.shards is not None

    def source(self, index: int) -> Ids:
        """Source ids of pair `index`, (source,), memory-mapped."""
        return self._ids(SOURCE, index)

    def target(self, index: int) -> Ids:
        """Target ids of pair `index`, (target,), memory-mapped."""
        return self._ids(TARGET, index)

    def _ids(self, side: str, index: int) -> Ids:
        shard = self.shards.of(index)
        return self.shards.read(shard)[side].line(index - self.shards.starts[shard])

    @cached_property
    def source_lengths(self) -> Lengths:
        """Source tokens of every line of a split that is not in shards, (pairs,)."""
        return self._all_lengths(SOURCE)

    @cached_property
    def target_lengths(self) -> Lengths:
        """Target tokens of every line of a split that is not in shards, (pairs,)."""
        return self._all_lengths(TARGET)

    def _all_lengths(self, side: str) -> Lengths:
        if self.is_sharded:
            raise ValueError("a split in shards is asked for the lengths of a shard, or of pairs")
        return self.shards.read(0)[side].all_lengths()

    def shard_lengths(self, number: int) -> tuple[Lengths, Lengths]:
        """Source and target tokens of every line of a shard, (pairs,) each."""
        sides = self.shards.read(number)
        return sides[SOURCE].all_lengths(), sides[TARGET].all_lengths()

    def lengths(self, indices: NDArray[np.integer]) -> tuple[Lengths, Lengths]:
        """Source and target tokens of some pairs, (pairs,) each."""
        found = np.empty((2, len(indices)), dtype=np.int64)
        numbers = np.searchsorted(self.shards.starts, indices, side="right") - 1
        for number in np.unique(numbers).tolist():
            here = numbers == number
            sides, places = self.shards.read(number), indices[here] - self.shards.starts[number]
            found[0, here] = sides[SOURCE].lengths(places)
            found[1, here] = sides[TARGET].lengths(places)
        return found[0], found[1]

    def place(self, index: int) -> tuple[str, int]:
        """Where a person finds a pair: the file of its source, and its line from 1."""
        shard = self.shards.of(index)
        return self.text_path(SOURCE, shard).name, index - self.shards.starts[shard] + 1

    def source_lines(self) -> list[str]:
        """The raw source lines, as they were read."""
        return self._lines(SOURCE)

    def target_lines(self) -> list[str]:
        """The raw target lines, as they were read."""
        return self._lines(TARGET)

    def raw_pairs(self) -> Iterator[tuple[str, str]]:
        """The raw source and target line of every pair, read one by one."""
        for shard in range(len(self.shards)):
            yield from self._raw_pairs(shard)

    def _raw_pairs(self, shard: int) -> Iterator[tuple[str, str]]:
        paths = [self.text_path(side, shard) for side in (SOURCE, TARGET)]
        for path in paths:
            check_file(path, self._checksums)
        count = self.shards.starts[shard + 1] - self.shards.starts[shard]
        try:
            with paths[0].open("rb") as sources, paths[1].open("rb") as targets:
                for _, source, target in zip(range(count), sources, targets, strict=True):
                    yield source.decode().rstrip("\n"), target.decode().rstrip("\n")
        except (OSError, ValueError) as error:
            raise damaged(
                paths[0], f"does not fit {paths[1].name} ({visible(str(error))})"
            ) from error

    def text_path(self, what: str, shard: int = 0) -> Path:
        """Where raw lines are: `source`, `target`, or the `links` or `labels` there may be."""
        return self._folder / f"{self.shards.stems[shard]}.{what}.txt"

    def links(self) -> list[str] | None:
        """Gold links of every pair in Pharaoh form; None where the source had none."""
        return self._lines("links") if self._record.links else None

    def labels(self) -> list[tuple[str, ...]] | None:
        """Labels of every pair; None where the source had none."""
        if not self._record.labels:
            return None
        return [tuple(filter(None, line.split(","))) for line in self._lines("labels")]

    def _lines(self, what: str) -> list[str]:
        path = self.text_path(what)
        if self.is_sharded:
            source, target = (visible(str(self.text_path(side))) for side in (SOURCE, TARGET))
            raise InputError(
                f"{visible(str(self._folder))}: its split {self.name} is in {len(self.shards):,} "
                "shards and is not read as a whole. Name the lines of one in its place: "
                f"--src {source} --ref {target}."
            )
        try:
            data = path.read_bytes()
            lines = data.decode("utf-8").split("\n")[:-1]
        except (OSError, UnicodeDecodeError) as error:
            raise damaged(path, f"cannot be read ({visible(str(error))})") from error
        if len(lines) != len(self):
            raise damaged(path, f"has {len(lines):,} lines where {len(self):,} are expected")
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
                raise damaged(path, found)
        for name in manifest.splits:
            shards = dataset._shards(name)
            for number in range(len(shards)):
                shards.map(number)
        return dataset

    @property
    def split_names(self) -> tuple[str, ...]:
        """`train`, `valid`, then the test splits in the order they were given."""
        return tuple(self.manifest.splits)

    def split(self, name: str) -> Split:
        """Open a split, after a check of the checksums, offsets and ids of its arrays.

        Of a split in shards the lengths alone are checked here.

        Raises:
            InputError: naming the closest split if there is none of this name; if it is damaged.
        """
        if name not in self.manifest.splits:
            raise self._unknown(name)
        record, checksums = self.manifest.splits[name], self.manifest.files
        shards, kinds = self._shards(name), None
        if record.shards is None:
            shards.read(0)
        else:
            kinds = read_kinds(self.folder, name, record, checksums)
        return Split(
            name=name,
            shards=shards,
            kinds=kinds,
            _folder=self.folder,
            _record=record,
            _checksums=checksums,
        )

    def _shards(self, name: str) -> Shards:
        codecs = {SOURCE: self.source, TARGET: self.target}
        return Shards(
            self.folder,
            name,
            self.manifest.splits[name],
            vocabulary_sizes={side: len(codec.vocabulary) for side, codec in codecs.items()},
            checksums=self.manifest.files,
        )

    def _unknown(self, name: str) -> InputError:
        names = self.split_names
        closest = process.extractOne(name, names)
        hint = f" Did you mean `{visible(closest[0])}`?" if closest and closest[1] > 50 else ""
        return InputError(
            f"{visible(str(self.folder))} has no split `{visible(name)}`; "
            f"it has {visible(', '.join(names))}.{hint}"
        )


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
