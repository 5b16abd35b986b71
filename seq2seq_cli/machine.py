"""How much memory there is, and how much of it this process has.

Respects what a container may take (control groups of Linux, versions 1 and 2). Knows nothing of
what memory is used for.
"""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_GROUPS = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")
_SENSIBLE = 2**60
"""Version 1 says "no limit" by a number above this."""


@dataclass(frozen=True, kw_only=True)
class MemoryNeed:
    """What work takes, and what there is."""

    needed: int
    """Bytes at most, as far as that can be told beforehand."""
    limit: int | None
    """Bytes of the machine or of what this process may have of it; None where it is unknown."""


def memory_limit() -> int | None:
    """Bytes that this process may have, swap left out; None where the system does not tell."""
    limits = [found for path in _limit_files() if (found := _number(path))]
    with suppress(AttributeError, ValueError, OSError):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(limits, default=None)


def memory_used() -> int:
    """Bytes of memory that this process occupies now; where only the most is told, that."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _most_used()


def _most_used() -> int:
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _limit_files() -> list[Path]:
    """The files that may hold a limit: those of this process's groups and of all above them."""
    try:
        lines = _GROUPS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, kinds, place = [*line.split(":", 2), "", ""][:3]
        if not kinds:
            found += _upwards(_MOUNT, place, "memory.max")
        elif "memory" in kinds.split(","):
            found += _upwards(_MOUNT / "memory", place, "memory.limit_in_bytes")
    return found


def _upwards(root: Path, place: str, name: str) -> list[Path]:
    group = root / place.lstrip("/")
    return [folder / name for folder in (group, *group.parents) if folder.is_relative_to(root)]


def _number(path: Path) -> int | None:
    try:
        limit = int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return limit if 0 < limit < _SENSIBLE else None
