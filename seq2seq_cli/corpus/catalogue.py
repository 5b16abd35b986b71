"""Named data sets: reads `catalogue.toml`, and finds the set that a name means.

Knows addresses and checksums, and nothing of how files are fetched or read.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, PositiveInt

from seq2seq_cli.errors import InputError

ANY_LANGUAGE = "XX"
_CODE = re.compile(r"[a-z]{2,3}")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredFile(_Record):
    """A file as its publisher stores it.

    Attributes:
        file: its name, which ends its address and its place in the cache.
        size, sha256: of its bytes, where they are published.
        member: which file of an archive is read; None where the file is no archive.
    """

    file: str
    size: PositiveInt | None = None
    sha256: str | None = None
    member: str | None = None


class SplitFiles(_Record):
    """A split: one file for each side, or one table and the column of each side, from 1."""

    files: dict[str, StoredFile] = {}
    table: StoredFile | None = None
    columns: dict[str, str] = {}

    def stored(self) -> tuple[StoredFile, ...]:
        """Its files, whatever their kind."""
        return (self.table,) if self.table else tuple(self.files.values())


class Entry(_Record):
    """One table of the catalogue, see the head of `catalogue.toml`.

    Attributes:
        pairs: about how many training pairs, in words.
        package: the Python package that brings the files; None where they are downloaded.
        tokenizers: the kind that is suggested for each side.
    """

    about: str
    sides: tuple[str, str]
    pairs: str
    licence: str
    citation: str
    homepage: str
    checksums: str | None = None
    addresses: tuple[str, ...] = ()
    package: str | None = None
    tokenizers: dict[str, str]
    preset: str
    splits: dict[str, SplitFiles]
    codes: dict[str, str] = {}

    def stored(self) -> Iterator[StoredFile]:
        """The files of every split."""
        for split in self.splits.values():
            yield from split.stored()

    @property
    def size(self) -> int | None:
        """Bytes of all files, or None where they are not known."""
        sizes = [file.size for file in self.stored()]
        return sum(filter(None, sizes)) if all(sizes) else None

    @property
    def is_verified(self) -> bool:
        """Whether the SHA-256 of every file is published."""
        return all(file.sha256 for file in self.stored())

    def names(self, key: str) -> tuple[str, ...]:
        """What users type for it; `key` is the name of its table."""
        one, other = self.sides
        return (key,) if self.package else (f"{key}-{one}-{other}", f"{key}-{other}-{one}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What a name means.

    Attributes:
        name: as it was typed.
        key: the name of its table, and of its folder in the cache.
        source, target: the sides of `entry` that are translated from and to.
        language: three letters that stand for `ANY_LANGUAGE`; empty where it is not in the name.
    """

    name: str
    key: str
    entry: Entry
    source: str
    target: str
    language: str = ""

    def spelled(self, text: str) -> str:
        """A file's or member's name with the language in the place of `ANY_LANGUAGE`."""
        return text.replace(ANY_LANGUAGE, self.language) if self.language else text

    def place(self, file: StoredFile) -> str:
        """Where a file is below the cache's folder, and below a mirror's address."""
        return f"{self.key}/{self.spelled(file.file)}"

    def addresses(self, file: StoredFile) -> tuple[str, ...]:
        """Where a file is published."""
        name = self.spelled(file.file)
        return tuple(address.replace("{file}", name) for address in self.entry.addresses)


@cache
def read_catalogue() -> dict[str, Entry]:
    """The entries by the names of their tables, in the order of the file."""
    text = Path(__file__).with_name("catalogue.toml").read_text("utf-8")
    return {key: Entry.model_validate(table) for key, table in tomllib.loads(text).items()}


def find_data_set(name: str) -> DataSet | None:
    """The data set of this name, or None.

    Raises:
        InputError: if only the language in the name is not one of the set's.
    """
    key, *sides = name.split("-")
    entry = read_catalogue().get(key)
    if entry is None:
        return None
    if entry.package:
        source, target = entry.sides
        return None if sides else _data_set(name, key, entry, source, target)
    if len(sides) != 2:
        return None
    for source, target in (entry.sides, entry.sides[::-1]):
        if _fits(source, sides[0]) and _fits(target, sides[1]):
            typed = dict(zip((source, target), sides, strict=True)).get(ANY_LANGUAGE, "")
            return _data_set(name, key, entry, source, target, _language(name, typed, entry))
    return None


def _data_set(
    name: str, key: str, entry: Entry, source: str, target: str, language: str = ""
) -> DataSet:
    return DataSet(name=name, key=key, entry=entry, source=source, target=target, language=language)


def _fits(side: str, typed: str) -> bool:
    return typed == side or (side == ANY_LANGUAGE and bool(_CODE.fullmatch(typed)))


def _language(name: str, typed: str, entry: Entry) -> str:
    """Three letters for what was typed."""
    if len(typed) != 2:
        return typed
    if typed not in entry.codes:
        raise InputError(
            f"{name}: there is no language `{typed}` in the list. Name it by the three letters "
            f"that {entry.homepage} uses, or by one of these two: {', '.join(entry.codes)}."
        )
    return entry.codes[typed]


def all_names() -> list[str]:
    """The names of every set, with `ANY_LANGUAGE` where one has to be said."""
    return [name for key, entry in read_catalogue().items() for name in entry.names(key)]


def similar_names(typed: str) -> list[str]:
    """Names that `typed` may have been meant for, the closest first."""
    return difflib.get_close_matches(typed, all_names(), n=3)
