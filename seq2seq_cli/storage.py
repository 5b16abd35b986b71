"""Files and folders that are never half-written: temporary name, fsync, rename.

Knows nothing of what the bytes mean.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seq2seq_cli.errors import InputError, WorkError

TEMPORARY_MARK = ".partial-"


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader, or a crash, sees the old file or the new one whole.

    Raises:
        WorkError: if the folder is read-only or full; what was there stays as it was.
    """
    temporary = path.with_name(f"{path.name}{TEMPORARY_MARK}{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise WorkError(
            f"cannot write {path}: {error.strerror}. Nothing that was there has changed; "
            "make room or choose another folder."
        ) from error


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, where the system allows it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unused_name(folder: Path) -> Path:
    """The first of NAME, NAME-2, NAME-3 ... that does not exist yet."""
    candidate, number = folder, 1
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate


@contextmanager
def new_folder(final: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside `final`; when the block ends well it is renamed to `final`.

    If the block raises, the temporary folder is removed and `final` is as it was. An existing
    `final` is replaced only if `force` is true.

    Raises:
        InputError: if `final` exists and `force` is false.
        WorkError: if a folder cannot be made or written.
    """
    if final.exists() and not force:
        raise InputError(f"{final} exists already. Choose another name, or replace it by --force.")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(
            tempfile.mkdtemp(prefix=f".{final.name}{TEMPORARY_MARK}", dir=final.parent)
        )
    except OSError as error:
        raise WorkError(
            f"cannot make a folder in {final.parent}: {error.strerror}. Choose another place."
        ) from error
    try:
        temporary.chmod(0o755)
        yield temporary
        _sync_files(temporary)
        _swap(temporary, final)
    except OSError as error:
        raise WorkError(
            f"cannot write {final}: {error.strerror}. Nothing that was there has changed; "
            "make room or choose another place."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _sync_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


def _swap(temporary: Path, final: Path) -> None:
    """Put `temporary` in the place of `final`; an old `final` is removed last, or comes back."""
    if not final.exists():
        temporary.replace(final)
        sync_folder(final.parent)
        return
    old = temporary.with_name(f"{temporary.name}.old")
    final.replace(old)
    try:
        temporary.replace(final)
    except OSError:
        old.replace(final)
        raise
    sync_folder(final.parent)
    shutil.rmtree(old, ignore_errors=True)
