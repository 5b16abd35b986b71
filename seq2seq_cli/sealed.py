"""Files that are only read whole: bounded sizes, checksums, folders without a way out of them.

A dataset's manifest and a run's `run.json` list the SHA-256 of the files beside them and carry one
of themselves, so that a flipped bit is named before anything is made of it. Against damage, not
against forgery: who can write the files can write the checksums. Knows nothing of what bytes mean.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible

MAX_LINE_BYTES = 10 * 2**20
"""Of a line, wherever it comes from."""
BLOCK = 4 * 2**20
"""Bytes that one checksum is for."""
SEAL, FILES = "sha256", "files"
"""Keys: the checksum of what it stands in, and those of the files beside it."""
REMEDY = "The file is damaged or not made by s2s: prepare the dataset, or copy the run, anew."
_MOST_ENTRIES = 100_000

Checksums = Mapping[str, Sequence[str]]
"""The SHA-256 of each block of a file, by the file's name."""


def checksums_of(folder: Path, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The checksums of files of a folder, by name."""
    found = {}
    for name in sorted(names):
        with (folder / name).open("rb") as file:
            found[name] = tuple(hashlib.sha256(block).hexdigest() for block in _blocks(file))
    return found


def check_file(path: Path, checksums: Checksums | None) -> None:
    """Compare a file with its checksums; None, from before there were any, fits everything.

    Raises:
        InputError: naming the file, and where in it bytes differ from those that were written.
    """
    if checksums is None:
        return
    try:
        with path.open("rb") as file:
            _compare(path, _blocks(file), checksums)
    except OSError as error:
        raise InputError(f"{_shown(path)} cannot be read: {error.strerror}. {REMEDY}") from error


def check_bytes(data: bytes, path: Path, checksums: Checksums | None) -> None:
    """The same for what was read from a file.

    Raises:
        InputError: likewise.
    """
    if checksums is not None:
        starts = range(0, len(data), BLOCK)
        _compare(path, (data[start : start + BLOCK] for start in starts), checksums)


def _blocks(file: BinaryIO) -> Iterable[bytes]:
    while block := file.read(BLOCK):
        yield block


def _compare(path: Path, blocks: Iterable[bytes], checksums: Checksums) -> None:
    if path.name not in checksums:
        raise InputError(f"{_shown(path)} has no checksum where one is expected. {REMEDY}")
    expected, count = checksums[path.name], 0
    for count, block in enumerate(blocks, start=1):
        if count > len(expected) or hashlib.sha256(block).hexdigest() != expected[count - 1]:
            place = f"bytes {(count - 1) * BLOCK:,} to {(count - 1) * BLOCK + len(block):,}"
            raise InputError(
                f"{_shown(path)}: its {place} are not those that were written: the checksum "
                f"differs. {REMEDY}"
            )
    if count != len(expected):
        raise InputError(f"{_shown(path)}: its end is missing. {REMEDY}")


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """JSON values with a checksum of them all, under the key `sha256`."""
    rest = {key: value for key, value in content.items() if key != SEAL}
    return {**rest, SEAL: _digest(rest)}


def is_whole(content: Mapping[str, Any]) -> bool:
    """Whether JSON values fit their own checksum; true for older ones, which list no files either.

    What lists files and has no checksum of its own has lost it: its name may be what was damaged.
    """
    return content == sealed(content) if SEAL in content else FILES not in content


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file, if they are not more than `most`.

    Raises:
        InputError: if it is larger.
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise InputError(f"{_shown(path)}: expected at most {most:,} bytes, found more. {REMEDY}")
    return data


def check_folder(folder: Path) -> None:
    """Refuse a dataset or run in which a name leads out of it, or is no ordinary file.

    Raises:
        InputError: naming the link, pipe or device.
    """
    inside, seen = folder.resolve(), 0
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            seen += 1
            _check_entry(Path(place) / name, inside)
        if seen > _MOST_ENTRIES:
            raise InputError(f"{_shown(folder)} has more than {_MOST_ENTRIES:,} files: too many.")


def _check_entry(path: Path, inside: Path) -> None:
    try:
        mode = path.lstat().st_mode
        leaves = stat.S_ISLNK(mode) and not path.resolve().is_relative_to(inside)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{_shown(path)} cannot be looked at: {visible(str(error))}.") from error
    if leaves:
        raise InputError(
            f"{_shown(path)} is a symbolic link that leads out of its folder, and is not followed. "
            "Put a copy of the file in its place, or remove it."
        )
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        raise InputError(f"{_shown(path)} is a pipe, socket or device: remove it.")


def _shown(path: Path) -> str:
    return visible(str(path))


def append_text(path: Path, text: str, *, sync: bool = False) -> None:
    """Add to the end of a file, and with `sync` see it to the disk; a link is not followed.

    Raises:
        OSError: if it cannot be written, or is a link.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o644), "a", encoding="utf-8") as file:
        file.write(text)
        if sync:
            file.flush()
            os.fsync(file.fileno())
