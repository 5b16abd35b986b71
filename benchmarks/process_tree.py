"""Memory and processor time of a process and all that it starts, looked at while they run.

Memory is the proportional set size (`Pss` of `/proc/PID/smaps_rollup`), summed: what processes
share is counted once. Linux alone tells that. Knows nothing of what the processes do.
"""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

EVERY, SOON = 0.2, 0.02
"""Seconds between two looks, and before the first."""


class ProcessTree:
    """Watches a process and its descendants, in a thread, for as long as the block runs.

    Args:
        process: its number.

    Attributes:
        peak_bytes: the most memory that all had at a look.
        processes: the most processes at a look.
    """

    def __init__(self, process: int) -> None:
        self.peak_bytes = self.processes = 0
        self._process = process
        self._seconds: dict[int, float] = {}
        self._started = time.perf_counter()
        self._wall = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._wall = time.perf_counter() - self._started

    def facts(self) -> dict[str, Any]:
        """What was seen, for JSON; the seconds are those of all cores together.

        Of what was over before a look that saw its memory, there is no figure of memory.
        """
        times = {
            "wall_seconds": self._wall,
            "processor_seconds": sum(self._seconds.values()),
            "processes": self.processes,
        }
        return times | ({"peak_memory_bytes": self.peak_bytes} if self.peak_bytes else {})

    def _watch(self) -> None:
        while not self._ended.wait(EVERY if self.peak_bytes else SOON):
            found = _tree(self._process)
            self.peak_bytes = max(self.peak_bytes, sum(_memory(process) for process in found))
            self.processes = max(self.processes, len(found))
            for process in found:
                seconds = _seconds(process)
                self._seconds[process] = max(seconds, self._seconds.get(process, 0.0))


def _tree(process: int) -> list[int]:
    found, waiting = [], [process]
    while waiting:
        parent = waiting.pop()
        found.append(parent)
        with suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                waiting += map(int, (task / "children").read_text("ascii").split())
    return found


def _memory(process: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _seconds(process: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
