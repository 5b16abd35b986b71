"""Files and folders that are never half-written: temporary name, fsync, rename.

Knows nothing of what the bytes mean.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.leftovers import OLD, own_mark

ROOM_LEFT = 2**20
"""Bytes that stay free beside what is to be written: folders and the file system's own notes."""


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader, or a crash, sees the old file or the new one whole.

    Raises:
        WorkError: if the folder is read-only or full; what was there stays as it was.
    """
    temporary = path.with_name(f"{path.name}{own_mark()}")
    try:
        check_room(path.parent, len(data))
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise WorkError(
            f"cannot write {path}: {error.strerror}. Nothing that was there has changed; "
            "make room or choose another folder."
        ) from error
    finally:
        with suppress(OSError):  # it is gone where all went well; Ctrl-C may leave it
            temporary.unlink()


def check_room(folder: Path, size: int) -> None:
    """Foresee a full disk: nothing is begun that has no room to end.

    Args:
        folder: where `size` bytes are to be written.

    Raises:
        OSError: "no space left", with what is needed and what is free.
    """
    free = shutil.disk_usage(folder).free
    if size + ROOM_LEFT > free:
        needed = f"{(size + ROOM_LEFT) / 1e6:,.1f} MB are needed, {free / 1e6:,.1f} MB are free"
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {needed}")


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, where the system allows it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def new_folder(final: Path, *, force: bool = False, size: int = 0) -> Iterator[Path]:
    """Yield a temporary folder beside `final`; when the block ends well it is renamed to `final`.

    If the block raises, the temporary folder is removed and `final` is as it was. An existing
    `final` is replaced only if `force` is true; a process that is killed while it is replaced
    leaves it under another name, which `leftovers.clean` undoes.

    Args:
        size: bytes that the block will write, where that is known.

    Raises:
        InputError: if `final` exists and `force` is false.
        WorkError: if a folder cannot be made or written, or if there is no room for it.
    """
    if final.exists() and not force:
        raise InputError(f"{final} exists already. Choose another name, or replace it by --force.")
    temporary = _temporary_folder(final)
    try:
        check_room(temporary, size)
        temporary.chmod(0o755)
        yield temporary
        _sync_files(temporary)
        _swap(temporary, final, force=force)
    except OSError as error:
        raise WorkError(
            f"cannot write {final}: {error.strerror}. Nothing that was there has changed; "
            "make room or choose another place."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary_folder(final: Path) -> Path:
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        name = tempfile.mkdtemp(prefix=f".{final.name}{own_mark()}-", dir=final.parent)
    except OSError as error:
        raise WorkError(
            f"cannot make a folder in {final.parent}: {error.strerror}. Choose another place."
        ) from error
    return Path(name)


def _sync_files(folder: Path) -> None:
    """Flush every file and folder below `folder`, and itself."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def _swap(temporary: Path, final: Path, *, force: bool) -> None:
    """Put `temporary` in the place of `final`; an old `final` is removed last, or comes back."""
    if not final.exists():
        temporary.replace(final)
        sync_folder(final.parent)
        return
    if not force:
        raise InputError(f"{final} was made by another process meanwhile. Choose another name.")
    old = temporary.with_name(f"{temporary.name}{OLD}")
    final.replace(old)
    try:
        temporary.replace(final)
    except OSError:
        old.replace(final)
        raise
    sync_folder(final.parent)
    shutil.rmtree(old, ignore_errors=True)
