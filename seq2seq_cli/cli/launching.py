"""`--devices N`: the same command in N processes on this machine, by torch's own launcher.

Processes that are killed are started again, and the command finds out where to go on. Knows
nothing of what commands do; imports nothing heavy before it launches.
"""

import logging
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import typer

from seq2seq_cli.cli.complaint import complain

INTERRUPTED = 130
LAUNCHER, OUTCOME = "S2S_LAUNCHER", "S2S_OUTCOME"
"""What the launched processes are told: whose children they are, where to write how they end."""
LOOPBACK = Path("/sys/class/net/lo")


def launch(processes: int, *, restarts: int) -> NoReturn:
    """Run the command that was typed in so many processes, until they end.

    Args:
        processes: how many
        restarts: how often they are started again, at most, after one of them was killed

    Raises:
        typer.Exit: with the exit code of the job.
    """
    logging.disable()  # what the launcher has to say is in the words of its own code
    with tempfile.TemporaryDirectory(prefix="s2s-") as folder:
        outcome = Path(folder) / "outcome"
        _set_environment(outcome)
        raise typer.Exit(_run(processes, restarts, outcome))


def _set_environment(outcome: Path) -> None:
    os.environ[LAUNCHER], os.environ[OUTCOME] = str(os.getpid()), str(outcome)
    if LOOPBACK.exists():
        os.environ.setdefault("GLOO_SOCKET_IFNAME", LOOPBACK.name)


def _run(processes: int, restarts: int, outcome: Path) -> int:
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        max_restarts=restarts,
    )
    try:
        elastic_launch(config, sys.executable)("-m", "seq2seq_cli", *sys.argv[1:])
    except SignalException:
        return int(outcome.read_text("ascii")) if outcome.exists() else INTERRUPTED
    except ChildFailedError as error:
        return _code_of(error.failures, restarts)
    return 0


def _code_of(failures: dict[int, Any], restarts: int) -> int:
    """The exit code of a job some of whose processes failed; those that were killed are said."""
    for rank, failure in sorted(failures.items()):
        if failure.exitcode < 0:
            name = signal.Signals(-failure.exitcode).name
            complain(
                f"process {rank + 1} was ended by {name}, after {restarts} restarts. Where memory "
                "is short, the system ends processes so: try fewer --devices or a smaller batch. "
                "Training goes on from its last checkpoint with --resume."
            )
            return 1
    return max((int(failure.exitcode) for failure in failures.values()), default=1)


def tell_launcher(code: int) -> None:
    """Have no process started again: the job has ended with this exit code."""
    if os.environ.get(LAUNCHER) != str(os.getppid()):
        return
    with suppress(OSError):
        Path(os.environ[OUTCOME]).write_text(str(code), "ascii")
        os.kill(os.getppid(), signal.SIGTERM)
