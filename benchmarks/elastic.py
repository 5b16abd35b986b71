"""Processes of a job killed at random while it trains: `python -m benchmarks.elastic`.

    python -m benchmarks.elastic [--kills N] [--devices N] [--machines N | --namespaces]

Whatever is killed, the job must end by itself, with the weights and the record of a job that
nothing happened to. With `--machines`, as many torchruns stand for as many machines, each with
`--devices` processes, and now and then one but the first is killed whole and started again; then
figures must agree but for rounding. Writes JSON, and ends with 1 where that was not so.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.faults import CLOCK, WORDS
from benchmarks.namespaces import Namespace, two_namespaces
from benchmarks.training_speed import REPOSITORY

RESULTS = Path(__file__).parent / "results" / "elastic.json"
RESTARTS = "1000"
SETTINGS = ("kills", "devices", "machines", "namespaces", "seed")
TINY = (
    *("--threads", "1", "--embedding-size", "4", "--encoder-size", "4", "--decoder-size", "8"),
    *("--attention-size", "4", "--batch-sentences", "32", "--metric", "loss"),
    *("--device", "cpu", "--precision", "fp32", "--patience", "1000", "--validate-every", "25"),
)
MODULE = ("-m", "seq2seq_cli")
CLOSE = 1e-4
"""How far the last validation loss may be off, relatively, where machines came and went."""


def write_pairs(path: Path) -> None:
    """Nine hundred lines to copy."""
    chance = random.Random(1)
    lines = [" ".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(900)]
    path.write_text("".join(f"{line}\t{line}\n" for line in lines), encoding="utf-8")


class Jobs:
    """Starts torchruns, or `--devices`, in a folder; all that they say goes to one file."""

    def __init__(
        self, folder: Path, options: argparse.Namespace, places: Sequence[Namespace]
    ) -> None:
        self.folder, self.options, self.places = folder, options, places
        self.log = (folder / "log.txt").open("a", encoding="utf-8")
        with socket.socket() as free:
            free.bind(("localhost", 0))
            self.port = free.getsockname()[1]

    def train(self, run: str) -> tuple[str, ...]:
        """The command of a run, after `s2s`."""
        dropout = "0.2" if self.options.machines == 1 else "0"
        length = ("--epochs", f"{self.options.epochs}", "--dropout", dropout)
        return ("train", "data", "--run", run, *TINY, *length)

    def start(self, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start a command of this Python in the folder."""
        variables = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
        variables["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"  # see docs/scaling.md, Elastic
        words = [*prefix, sys.executable, *arguments]
        return subprocess.Popen(
            words, cwd=self.folder, env=variables, stdout=self.log, stderr=self.log
        )

    def launch(self, run: str) -> list[subprocess.Popen[bytes]]:
        """Start a job, on as many machines as there are to be."""
        if self.options.machines == 1:
            devices = ("--devices", f"{self.options.devices}", "--max-restarts", RESTARTS)
            return [self.start(*MODULE, *self.train(run), *devices)]
        return [self.machine(run, place) for place in range(self.options.machines)]

    def machine(self, run: str, place: int) -> subprocess.Popen[bytes]:
        """Start a torchrun that takes part in the job of a run; the first is where all meet."""
        meeting = f"last_call_timeout=2,is_host={int(place == 0)}"
        first, here = "localhost", "localhost"
        if self.places:
            first, here = self.places[0].address, self.places[place].address
        return self.start(
            *("-m", "torch.distributed.run", "--nnodes", f"1:{self.options.machines}"),
            *("--nproc-per-node", f"{self.options.devices}", "--max-restarts", RESTARTS),
            *("--rdzv-backend", "c10d", "--rdzv-endpoint", f"{first}:{self.port}"),
            *("--local-addr", here, "--rdzv-conf", meeting),
            *("--rdzv-id", run, "-m", "--", "seq2seq_cli", *self.train(run)),
            prefix=self.places[place].prefix if self.places else (),
        )


def children(process: int) -> list[int]:
    """The children of a process, on Linux."""
    with suppress(OSError):
        text = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
        return [int(word) for word in text.split()]
    return []


def disturb(jobs: Jobs, run: str, chance: random.Random) -> tuple[list[int], Counter[str], float]:
    """Run a job and kill what belongs to it; exit codes, counts, and the seconds that it took."""
    machines, counts, began = jobs.launch(run), Counter[str](), time.monotonic()
    while counts["kills"] < jobs.options.kills and machines[0].poll() is None:
        time.sleep(chance.uniform(0.0, jobs.options.pause))
        place = chance.randrange(len(machines))
        if place and chance.random() < 0.3:
            kill_machine(machines[place])
            machines[place] = jobs.machine(run, place)
            counts["machines"] += 1
            counts["kills"] += 1
        elif workers := children(machines[place].pid):
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                counts["kills"] += 1
    codes = [one.wait() for one in machines]
    return codes, counts, time.monotonic() - began


def kill_machine(launcher: subprocess.Popen[bytes]) -> None:
    """Kill a launcher and what it launched, as if the power went."""
    workers = children(launcher.pid)
    launcher.kill()
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    launcher.wait()


def end_of(run: Path) -> tuple[bytes, list[dict[str, Any]]]:
    """The best weights of a run, and its record without what depends on the clock."""
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    record = [{key: value for key, value in line.items() if key not in CLOCK} for line in lines]
    return (run / "model.safetensors").read_bytes(), record


def problems_of(jobs: Jobs, codes: list[int]) -> list[str]:
    """In what the disturbed run differs from the other."""
    expected, found = (end_of(jobs.folder / run) for run in ("undisturbed", "disturbed"))
    problems = [f"exit codes {codes}"] if any(codes) else []
    if jobs.options.machines == 1:
        return problems + ["another end"] * (found != expected)
    losses = [record[-1]["loss"] for _, record in (expected, found)]
    if abs(losses[1] / losses[0] - 1) > CLOSE:
        problems.append(f"the last loss is {losses[1]} instead of {losses[0]}")
    return problems


def measure(
    options: argparse.Namespace, folder: Path, places: Sequence[Namespace] = ()
) -> dict[str, Any]:
    """An undisturbed job and a disturbed one."""
    write_pairs(folder / "pairs.tsv")
    jobs = Jobs(folder, options, places)
    prepare = ("prepare", "pairs.tsv", "--tokenizer", "space", "--out", "data", "--json")
    if jobs.start(*MODULE, *prepare).wait():
        sys.exit((folder / "log.txt").read_text("utf-8"))
    if any(one.wait() for one in jobs.launch("undisturbed")):
        sys.exit((folder / "log.txt").read_text("utf-8")[-3000:])
    codes, counts, seconds = disturb(jobs, "disturbed", random.Random(options.seed))
    _, record = end_of(folder / "disturbed")
    problems = problems_of(jobs, codes)
    if counts["kills"] < options.kills:
        problems.append(f"it ended after {counts['kills']} kills: ask for more --epochs")
    return {
        "machine": machine.describe(),
        "options": {key: getattr(options, key) for key in SETTINGS},
        "counts": dict(counts),
        "seconds": round(seconds),
        "steps": record[-1]["step"],
        "last_loss": record[-1]["loss"],
        "problems": problems,
    }


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.elastic", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--devices", type=int, default=2, help="processes of a machine")
    parser.add_argument("--machines", type=int, default=1)
    parser.add_argument(
        "--namespaces", action="store_true", help="two machines, each a network namespace (root)"
    )
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--pause", type=float, default=15.0, help="seconds between kills, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    """Run both jobs, write JSON, and say by the exit code whether all was well."""
    options = parse()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        places: Sequence[Namespace] = ()
        if options.namespaces:
            options.machines, places = 2, stack.enter_context(two_namespaces())
        found = measure(options, Path(folder), places)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    sys.exit(bool(found["problems"]))


if __name__ == "__main__":
    main()
