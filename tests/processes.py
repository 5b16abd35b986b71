"""Jobs of several processes, for tests: `python tests/processes.py` reads a JSON list of jobs and
writes a JSON list of what became of them.

Torch is imported once; the processes of a job are forked, with the environment that torchrun gives.
"""

import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

os.environ["TORCH_CPP_LOG_LEVEL"] = "FATAL"

import torch
import torch._dynamo  # an optimizer and a replica import it when they are first made

import seq2seq_cli.cli.app
import seq2seq_cli.cli.by_length
import seq2seq_cli.cli.following
import seq2seq_cli.cli.resuming  # noqa: F401 - what commands import is for the children
from seq2seq_cli.cli.job import first_heard, joined
from seq2seq_cli.errors import WorkError
from seq2seq_cli.model.job import Job, join

SECONDS = 120
SMALL = {
    "model.embedding_size": 8,
    "model.encoder_size": 8,
    "model.decoder_size": 16,
    "model.attention_size": 8,
    "model.dropout": 0.0,
    "training.batch_sentences": 16,
    "training.learning_rate": 0.01,
    "training.validate_every": 20,
    "training.threads": 1,
    "training.device": "cpu",
    "training.precision": "fp32",
}


def command(*arguments: str) -> int:
    """`s2s ARGUMENTS`, its exit code."""
    from seq2seq_cli.__main__ import main

    sys.argv = ["s2s", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def losses(data: str, cases: list[dict[str, Any]]) -> int:
    """Train for some steps in each case and print the figures of each step."""
    job, found = join() if "RANK" in os.environ else Job(), []
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases):
            found.append(figures(job, Path(data), Path(folder) / f"{number}", **case))
    if job.is_first:
        print(json.dumps(found))
    job.leave()
    return 0


def figures(
    job: Job,
    data: Path,
    folder: Path,
    *,
    settings: dict[str, Any],
    steps: int,
    double: bool = False,
    guided: bool = False,
    cells: int = 0,
) -> list[list[float]]:
    """Loss, perplexity, norm of the gradient and learning rate of each step, and validations."""
    from seq2seq_cli.training.events import StepDone, ValidationDone

    torch.set_default_dtype(torch.float64 if double else torch.float32)
    trainer = small_trainer(job, data, folder, settings, guided=guided)
    if cells:  # each process in another number of parts
        trainer.gradients._too_many_cells = cells * (job.rank + 1)
    found: list[list[float]] = []
    for event in trainer.events():
        if isinstance(event, StepDone):
            guide = event.guide_loss or 0.0
            found.append([event.loss, event.perplexity, event.gradient_norm, guide])
            if event.step == steps:
                return found
        if isinstance(event, ValidationDone):
            health = event.attention
            found.append([event.loss, event.score, health.entropy_bits if health else 0.0])
    return found


def small_trainer(
    job: Job, data: Path, folder: Path, settings: dict[str, Any], *, guided: bool
) -> Any:
    """A trainer on the copy task; a guide links each word of two pairs in three to itself."""
    import numpy as np

    from seq2seq_cli.batching.dataset import Dataset
    from seq2seq_cli.config import resolve
    from seq2seq_cli.model.run import Run
    from seq2seq_cli.training.guide import Guide
    from seq2seq_cli.training.links import TokenLinks
    from seq2seq_cli.training.trainer import Trainer

    dataset = Dataset.open(data)
    lengths = dataset.split("train").target_lengths.copy()
    lengths[::3] = 0
    words = np.concatenate([np.arange(length) for length in lengths])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    links = TokenLinks(offsets=ends, targets=words, sources=words)
    resolved = resolve([("test", SMALL | settings)])
    folder.mkdir(exist_ok=True)
    run = Run(
        folder=folder, resolved=resolved, source=dataset.source, target=dataset.target, facts={}
    )
    guide = Guide(path=Path("links"), sha256="", links=links) if guided else None
    return Trainer(run, dataset, guide=guide, job=job)


def stopped(data: str, step: int) -> int:
    """Train until the last process is asked to end at some step; what each heard of the end."""
    from seq2seq_cli.training.events import RunEnded, StepDone

    job = join()
    with tempfile.TemporaryDirectory() as folder:
        trainer = small_trainer(job, Path(data), Path(folder) / "run", {}, guided=False)
        for event in trainer.events():
            if isinstance(event, StepDone) and event.step == step and job.rank == job.size - 1:
                trainer.stop()
            if isinstance(event, RunEnded):
                print(event.reason, event.step)
    job.leave()
    return 0


def failing(how: str) -> int:
    """A job whose last process fails: with an error that is said, or by being killed."""
    from typer import Exit

    try:
        with first_heard(), joined() as job:
            if job.rank < job.size - 1:
                job.wait()
            elif how == "error":
                raise WorkError("the disk is on fire.")
            elif how == "system":
                raise OSError(28, "No space left on device", "a.txt")
            elif how == "pipe":
                raise BrokenPipeError
            else:
                os.kill(os.getpid(), signal.SIGKILL)
    except Exit as end:
        return end.exit_code
    except BrokenPipeError:
        return 0
    return 0


def shared() -> int:
    """What processes tell each other, in the words of the job."""
    job = join()
    items = ["a", "b", "c", "d", "e"]
    found = job.spread(items, lambda part: [f"{item}{job.rank}" for item in part])
    lines = list(job.stream(iter([["one"], ["two", "\ud83d"]])))
    print(json.dumps([found, job.share({"rank": job.rank}), job.sum([0.1, job.rank]), lines]))
    job.leave()
    return 0


WORK = {
    "command": command,
    "failing": failing,
    "losses": losses,
    "shared": shared,
    "stopped": stopped,
}


def start(rank: int, size: int, port: int, job: dict[str, Any], folder: Path) -> int:
    """Fork one process of a job; its number."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        signal.alarm(SECONDS)
        for descriptor, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(folder / f"{rank}.{name}", os.O_WRONLY | os.O_CREAT), descriptor)
        os.dup2(os.open(job.get("stdin", os.devnull), os.O_RDONLY), 0)
        os.chdir(job.get("folder", folder))
        if size > 1:
            given = {"RANK": rank, "WORLD_SIZE": size, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": size}
            given |= {"MASTER_ADDR": "localhost", "MASTER_PORT": port}
            os.environ |= {name: str(value) for name, value in given.items()} | job.get("env", {})
        code = WORK[job["work"]](*job["arguments"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Run a job to its end; exit codes and what its processes said."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    size = job["size"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        children = [start(rank, size, port, job, folder) for rank in range(size)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        said = {
            kind: [(folder / f"{rank}.{kind}").read_text("utf-8") for rank in range(size)]
            for kind in ("out", "err")
        }
    return {"codes": codes, **said}


if __name__ == "__main__":
    torch.set_num_threads(1)
    json.dump([run(job) for job in json.load(sys.stdin)], sys.stdout)
