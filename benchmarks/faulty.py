"""`s2s` in processes of its own whose file operations can be counted, fail, or be the last.

Torch is imported once; each child is forked, changes to a folder and runs the real command there.
The operations are those by which Python changes files: opening to write, writing, flushing to disk,
renaming, making and removing. Nothing of this is in the product. Knows nothing of experiments.
"""

import builtins
import errno
import io
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ALWAYS = -1
PATCHED = ("fsync", "replace", "rename", "mkdir", "unlink", "remove", "rmdir")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens at an operation."""

    at: int
    """Which operation, counted from 1, or `ALWAYS`."""
    number: int | None = None
    """The error that it fails with; None: the process is killed before it ends."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a child ended."""

    code: int
    """Its exit code; negative: the signal that ended it."""
    said: str
    """Standard output and standard error."""

    @property
    def killed(self) -> bool:
        """Whether it was killed before it ended by itself."""
        return self.code == -signal.SIGKILL


def load() -> None:
    """Import what commands import, so that forked children begin at once."""
    import torch

    import seq2seq_cli.cli.app
    import seq2seq_cli.cli.following
    import seq2seq_cli.cli.resuming
    import seq2seq_cli.views.prepare  # noqa: F401 - it is for the children

    torch.set_num_threads(1)
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.ones(1)
    torch.optim.Adam([weight], fused=True).step()  # it imports much when it is first used


def start(arguments: Sequence[str], folder: Path, log: Path, fault: Fault | None = None) -> int:
    """Start `s2s ARGUMENTS` in `folder`, its output in `log`; its process number."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(folder)
        code = _command(arguments, fault)
    finally:
        os._exit(code)


def _command(arguments: Sequence[str], fault: Fault | None) -> int:
    from seq2seq_cli.cli.app import app

    if fault is not None:
        _Operations(fault).install()
    try:
        app(list(arguments), prog_name="s2s")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        return 99
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def finish(child: int, log: Path, *, kill_after: float | None = None) -> Ended:
    """Wait for a child, or kill it after so many seconds of computing."""
    if kill_after is not None:
        while _computed(child) < kill_after:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return _ended(status, log)
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)
    return _ended(os.waitpid(child, 0)[1], log)


def computing_time() -> float:
    """Seconds that all children so far have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _computed(process: int) -> float:
    """Seconds that a process has computed, on Linux: unlike the clock's, they are its own."""
    fields = Path(f"/proc/{process}/schedstat").read_text("ascii").split()
    return int(fields[0]) / 1e9


def _ended(status: int, log: Path) -> Ended:
    return Ended(
        code=os.waitstatus_to_exitcode(status), said=log.read_text("utf-8", errors="replace")
    )


def run(arguments: Sequence[str], folder: Path, log: Path, fault: Fault | None = None) -> Ended:
    """Run `s2s ARGUMENTS` to its end."""
    return finish(start(arguments, folder, log, fault), log)


class _Operations:
    """Counts the operations of this process and lets one go wrong."""

    def __init__(self, fault: Fault) -> None:
        self.fault, self.count = fault, 0

    def install(self) -> None:
        """Put counting functions in the place of Python's own."""
        for name in PATCHED:
            setattr(os, name, self._counted(getattr(os, name)))
        plain = io.open
        builtins.open = io.open = self._opener(plain)  # type: ignore[assignment]

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **keywords: Any) -> Any:
            self.happen()
            return function(*arguments, **keywords)

        return counted

    def _opener(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def opened(file: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
            if isinstance(file, int) or not set(mode) & set("wax+"):
                return plain(file, mode, *arguments, **keywords)
            self.happen()
            raw = _Raw(file, mode.replace("b", "").replace("t", ""), self)
            kind = io.BufferedRandom if "+" in mode else io.BufferedWriter
            if "b" in mode:
                return kind(raw)
            return io.TextIOWrapper(kind(raw), encoding=keywords.get("encoding"))

        return opened

    def happen(self, last_act: Callable[[], object] = lambda: None) -> None:
        """An operation begins; `last_act` is what it has done where it is cut short."""
        self.count += 1
        if self.fault.at not in (self.count, ALWAYS):
            return
        if self.fault.number is None:
            last_act()
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            raise OSError(self.fault.number, os.strerror(self.fault.number))


class _Raw(io.FileIO):
    def __init__(self, file: Any, mode: str, operations: _Operations) -> None:
        super().__init__(file, mode)
        self._operations = operations

    def write(self, data: Any) -> int:  # type: ignore[override]
        half = memoryview(data).cast("B")[: len(data) // 2]
        self._operations.happen(lambda: super(_Raw, self).write(half))
        return super().write(data)


ERRORS = {name: getattr(errno, name) for name in ("ENOSPC", "EIO", "EACCES")}
