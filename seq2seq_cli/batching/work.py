"""The work folder of a preparation: what is finished, so that one that was killed can go on.

A small corpus has its work folder inside the folder that is about to be a dataset, and both go if
the process does. A large one has it beside the dataset, `.NAME.work-KEY`, where KEY stands for the
inputs, the settings and the version: the same command finds it, another one removes it. Knows
nothing of what is kept there.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.errors import InputError

_MARK = ".work-"
_INSIDE = ".work"
_DATASET = "dataset"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Work:
    """Where a preparation works.

    Attributes:
        folder: for what is not part of the dataset.
        dataset: where the files of the dataset are made.
        lasting: whether what is finished is kept if the process ends before the work does.
    """

    folder: Path
    dataset: Path
    lasting: bool

    def keep(self, name: str, data: bytes) -> None:
        """Keep something under a name, with a checksum; whole or not at all.

        Raises:
            OSError: if it cannot be written.
        """
        write_checked(self.folder / name, data)

    def kept(self, name: str) -> bytes | None:
        """What was kept under a name, if it is there and whole."""
        path = self.folder / name
        with suppress(OSError):
            if is_checked(path):
                return path.read_bytes()[:-_DIGEST_BYTES]
        return None


def write_checked(path: Path, data: bytes) -> None:
    """Write bytes and their SHA-256 under another name, and rename.

    They are not flushed to disk: whether they are whole is seen by the checksum.

    Raises:
        OSError: if it cannot be written.
    """
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(data)
        file.write(hashlib.sha256(data).digest())
    temporary.replace(path)


def is_checked(path: Path) -> bool:
    """Whether a file is there and ends with the SHA-256 of what comes before it."""
    with suppress(OSError):
        data = memoryview(path.read_bytes())
        return hashlib.sha256(data[:-_DIGEST_BYTES]).digest() == data[-_DIGEST_BYTES:]
    return False


def key_of(facts: object) -> str:
    """What stands for facts, a value of JSON, in the name of a work folder."""
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def open_work(final: Path, temporary: Path, key: str | None) -> Iterator[Work]:
    """The work folder of the dataset `final`, which nobody else is making.

    If the block ends well, what it made is in `temporary` and no work folder is left. If it is
    interrupted, a lasting one stays; after an error that the same command would meet again none.

    Args:
        temporary: the folder that is to become the dataset.
        key: stands for all that the result depends on; None: nothing needs to last.
    """
    for other in _of(final):
        if key is None or other.name != _name(final, key):
            shutil.rmtree(other, ignore_errors=True)
    if key is None:
        folder, dataset = temporary / _INSIDE, temporary
    else:
        folder = final.with_name(_name(final, key))
        dataset = folder / _DATASET
    dataset.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    try:
        yield Work(folder, dataset, lasting=key is not None)
    except (InputError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if key is not None:
        for path in sorted(dataset.iterdir()):
            path.replace(temporary / path.name)
            _flush(temporary / path.name)
    shutil.rmtree(folder, ignore_errors=True)


def _name(final: Path, key: str) -> str:
    return f".{final.name}{_MARK}{key}"


def _of(final: Path) -> list[Path]:
    """The work folders of a dataset."""
    start = f".{final.name}{_MARK}"
    with suppress(OSError):
        return [path for path in final.parent.iterdir() if path.name.startswith(start)]
    return []


def _flush(path: Path) -> None:
    """See a file to the disk before what it could be made of again is removed."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
