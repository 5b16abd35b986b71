"""One writer for a folder: a lock of the operating system's, which ends with its process.

The lock is on a file beside the folder, `.NAME.lock`, which says who holds it. It is there only
while it is held, or after a process was killed; then the system has let go of it and the next one
takes it. Readers need none: what they read is whole. Knows nothing of what is written.

Where there is no `flock` (Windows, some network drives) nothing is locked.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from seq2seq_cli.errors import WorkError

if sys.platform != "win32":
    import fcntl

_MOST_BYTES = 4_096


class HeldError(WorkError):
    """Another process writes the folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other processes from holding `folder`, which need not exist yet.

    Raises:
        HeldError: if another process holds it, saying which, where and since when.
        WorkError: if nothing can be written beside it.
    """
    path = _lock_of(folder)
    made = _make_folder(folder.parent)
    try:
        descriptor = _acquire(path, folder)
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()  # before the lock ends: the next one makes a new file
            os.close(descriptor)
    finally:
        for empty in made:
            with suppress(OSError):
                empty.rmdir()


@contextmanager
def hold_unused(folder: Path) -> Iterator[Path]:
    """Hold the first of NAME, NAME-2, NAME-3 ... that neither exists nor is held, and yield it."""
    candidate, number = folder, 1
    with ExitStack() as held:
        while candidate.exists() or not _take(candidate, held):
            number += 1
            candidate = folder.with_name(f"{folder.name}-{number}")
        yield candidate


def _take(folder: Path, held: ExitStack) -> bool:
    """Hold a folder that nobody holds and that is still not there; whether that was so."""
    with ExitStack() as attempt:
        try:
            attempt.enter_context(hold(folder))
        except HeldError:
            return False
        if folder.exists():
            return False
        held.push(attempt.pop_all())
        return True


def _lock_of(folder: Path) -> Path:
    place = folder.resolve()
    return place.with_name(f".{place.name}.lock")


def _make_folder(folder: Path) -> list[Path]:
    """Make it and what is above it; what was made, the lowest first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return missing


def _acquire(path: Path, folder: Path) -> int:
    """The descriptor of a locked file that is still there."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _unwritable(path.parent, error) from error
        try:
            _lock(descriptor, folder)
            if _is_there(descriptor, path):
                _sign(descriptor)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # whoever held it has removed it since


def _lock(descriptor: int, folder: Path) -> None:
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _held(folder, descriptor) from None
    except OSError:
        pass  # this file system has no locks


def _is_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _sign(descriptor: int) -> None:
    """Say who holds the lock; a full disk does not stand in the way of it."""
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    holder = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _held(folder: Path, descriptor: int) -> HeldError:
    who = "another process"
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        holder = json.loads(os.pread(descriptor, _MOST_BYTES, 0))
        process, since = int(holder["process"]), datetime.fromisoformat(holder["since"])
        host = "".join(
            letter for letter in str(holder["host"]) if letter.isalnum() or letter in "-."
        )
        who = f"process {process} on {host}, since {since:%Y-%m-%d %H:%M:%S}"
    return HeldError(
        f"{folder} is being written by {who}. Wait until that ends, or choose another folder."
    )


def _unwritable(folder: Path, error: OSError) -> WorkError:
    return WorkError(f"cannot make a folder in {folder}: {error.strerror}. Choose another place.")
