"""The job that a command runs in, where torchrun or `--devices` started it as one of several.

All processes of a job run the same command on the same input; the first alone is heard. They end
together: one error is said once, and its exit code is that of all. Imports nothing heavy before a
command runs. Knows nothing of what commands do.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from seq2seq_cli.cli.complaint import complain, verdict
from seq2seq_cli.cli.launching import tell_launcher

if TYPE_CHECKING:
    from seq2seq_cli.model.job import Job

GIVEN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""What the environment of a process says if it is one of a job."""
SIGNAL_WHEN_PARENT_DIES = 1
"""What `prctl` calls it."""


def in_job(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process was started as one of a job."""
    return all(name in environment for name in GIVEN)


@contextmanager
def first_heard() -> Iterator[None]:
    """Silence all processes of a job but the first, for as long as the context lasts.

    And torch in all of them: it tells of each connection that ends with a stack of its functions.
    """
    if in_job():
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
    if not in_job() or os.environ["RANK"] == "0":
        yield
        return
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):  # noqa: PTH123 - devnull is no file
        yield


@contextmanager
def joined(*, waiting: bool = False) -> Iterator["Job"]:
    """Take part in the job, for as long as the context lasts; alone where there is none.

    Args:
        waiting: whether the first process may have to wait, however long, for what it reads

    Raises:
        typer.Exit: where an error, of this process or of another, ended the job.
    """
    from seq2seq_cli.model.job import PATIENCE, Job, is_lost, join

    if not in_job():
        yield Job()
        return
    _end_with_launcher()
    try:
        job = join(timedelta(days=365) if waiting else PATIENCE)
    except Exception as error:
        if not is_lost(error):
            raise
        raise typer.Exit(1) from error  # another was killed while this one was still joining
    if job.ended is not None:  # over an error that was said, maybe before these were started again
        raise typer.Exit(job.ended)
    try:
        yield job
        job.leave()
    except typer.Exit:
        with suppress(RuntimeError):
            job.leave()
        raise
    except BrokenPipeError:  # the reader went away: that is no failure of the others
        job.end(0, lambda: None)
        raise
    except Exception as error:
        found = verdict(error)
        if found is not None:
            raise typer.Exit(_end(job, *found)) from error
        if job.is_alone or not is_lost(error):
            raise
        ended = job.ended
        raise typer.Exit(1 if ended is None else ended) from error


def _end_with_launcher() -> None:
    """Have the system ask this process to end when its launcher is killed, where it can (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(SIGNAL_WHEN_PARENT_DIES, signal.SIGTERM)


def _end(job: "Job", message: str, code: int) -> int:
    """End the job over an error; the exit code of all."""
    spoken = False

    def say() -> None:
        nonlocal spoken
        spoken = True
        where = "" if job.is_first else f"process {job.rank + 1} of {job.size}: "
        with redirect_stderr(sys.__stderr__):
            complain(f"{where}{message}")

    ended = job.end(code, say)
    if spoken:
        tell_launcher(ended)
    return ended
