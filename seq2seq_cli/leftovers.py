"""What a killed process leaves under temporary names: known by its mark, removed at the next start.

A mark names the machine and the process that writes, so that what a living one is about to rename
is never touched. Knows nothing of what the files are.
"""

import hashlib
import os
import re
import shutil
import socket
from contextlib import suppress
from pathlib import Path

TEMPORARY_MARK = ".partial-"
OLD = ".old"
"""How a folder's name ends while another takes its place."""
_NAME = re.compile(
    rf"(?P<final>.+){re.escape(TEMPORARY_MARK)}(?P<host>[0-9a-f]{{8}})-(?P<process>\d+)"
    rf"(?:-\w+(?P<old>{re.escape(OLD)})?)?"
)


def own_mark() -> str:
    """What this process puts at the end of the names of what is not whole yet."""
    return f"{TEMPORARY_MARK}{_host()}-{os.getpid()}"


def _host() -> str:
    """This machine as eight characters that every file system takes."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def clean(folder: Path) -> None:
    """Remove what processes that are dead left in `folder`; what they were replacing comes back.

    Not below it. What belongs to a process that is alive, or to another machine, stays.
    """
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return
    found = [(path, match) for path in paths if (match := _NAME.fullmatch(path.name))]
    dead = [(path, match) for path, match in found if _is_dead(match)]
    for path, match in dead:
        final = folder / match["final"].removeprefix(".")
        if match["old"] and not final.exists():
            with suppress(OSError):
                path.replace(final)
    for path, _ in dead:
        _remove(path)


def _is_dead(match: re.Match[str]) -> bool:
    """Whether the process of a mark was on this machine and is there no longer."""
    return match["host"] == _host() and not is_alive(int(match["process"]))


def is_alive(process: int) -> bool:
    """Whether there is a process of this number; where that cannot be told, there is one."""
    if os.name != "posix":
        return True  # on Windows, asking by a signal would end it
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
