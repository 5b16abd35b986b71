"""What a user gets: the real commands in a fresh folder, several seeds, their scores and times.

    python -m benchmarks.quality TASK [--seeds 1 2 3] [--beside 2] [--folder DIR]

Types what docs/results.md shows, reads `--json`, and writes benchmarks/results/TASK.json and the
task's part of that page. With `--folder` the dataset and the runs stay, and what ended there before
is not done again; `--redraw` writes the page from the JSON alone. Knows nothing of models.
"""

import argparse
import datetime
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.page import write_part
from benchmarks.quality_tasks import TASKS, Task, with_data
from benchmarks.results_page import PAGE, command_of, render
from benchmarks.training_speed import REPOSITORY

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The commands of a task, after `s2s`, in the order they are typed."""

    prepare: list[str]
    trainings: dict[int, list[str]]
    """By seed."""
    evaluations: dict[int, list[str]]
    ensemble: list[str] | None

    def __iter__(self) -> Iterator[list[str]]:
        yield self.prepare
        yield from self.trainings.values()
        yield from self.evaluations.values()
        if self.ensemble is not None:
            yield self.ensemble


def plan(task: Task, seeds: list[int], threads: int, extra: list[str]) -> Plan:
    """What is typed: one dataset, a run for each seed, and all runs together."""
    runs = {seed: f"seed{seed}" for seed in seeds}
    train = ["train", "data", *task.train, *extra, "--threads", f"{threads}"]
    splits = [part for split in task.splits for part in ("--split", split)]
    score = [*splits, *task.evaluate, "--confidence", "--json"]
    members = [part for run in runs.values() for part in ("--run", run)]
    return Plan(
        prepare=["prepare", *task.prepare, "--out", "data"],
        trainings={
            seed: [*train, "--seed", f"{seed}", "--run", run, "--quiet", "--json"]
            for seed, run in runs.items()
        },
        evaluations={seed: ["evaluate", run, *score] for seed, run in runs.items()},
        ensemble=["evaluate", *members, "--ensemble", *score] if len(seeds) > 1 else None,
    )


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A folder in which commands are typed; what each printed is kept there."""

    folder: Path
    data: Path

    def type(self, arguments: list[str], name: str, *, makes: str | None = None) -> dict[str, Any]:
        """What a command printed as JSON, with the seconds it took; from before if it ended.

        If it was begun before and has not ended, the folder that it `makes` goes first.
        """
        kept, begun = (self.folder / f"{name}.{end}" for end in ("json", "begun"))
        if not kept.is_file():
            if makes is not None and begun.is_file() and (self.folder / makes).is_dir():
                shutil.rmtree(self.folder / makes)
            begun.touch()
            kept.write_text(json.dumps(self._run(arguments)), encoding="utf-8")
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found

    def _run(self, arguments: list[str]) -> dict[str, Any]:
        print("s2s", shlex.join(arguments), file=sys.stderr, flush=True)
        start = time.perf_counter()
        words = with_data(arguments, self.data)
        done = subprocess.run(
            [sys.executable, "-m", "seq2seq_cli", *words],
            check=False,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=dict(os.environ) | {"PYTHONPATH": str(REPOSITORY)},
        )
        if done.returncode:
            sys.exit(f"`s2s {arguments[0]}` failed with exit code {done.returncode}.")
        seconds = round(time.perf_counter() - start, 1)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return {
            "seconds": seconds,
            "peak_memory_bytes": peak if sys.platform == "darwin" else peak * 1024,
            "printed": json.loads(done.stdout),
        }


def measure(
    task: Task, seeds: list[int], *, beside: int, extra: list[str], shell: Shell
) -> dict[str, Any]:
    """Type all commands of a task, `beside` trainings at a time, and read the scores."""
    threads = max(1, (os.cpu_count() or 1) // beside)
    typed = plan(task, seeds, threads, extra)
    prepared = shell.type([*typed.prepare, "--json"], "prepare", makes="data")
    with ThreadPoolExecutor(beside) as pool:
        trained = list(
            pool.map(
                lambda seed: shell.type(
                    typed.trainings[seed], f"train-seed{seed}", makes=f"seed{seed}"
                ),
                seeds,
            )
        )
    runs = []
    for seed, training in zip(seeds, trained, strict=True):
        evaluation = shell.type(typed.evaluations[seed], f"evaluate-seed{seed}")
        best = {name: training["printed"][name] for name in ("metric", "best_score", "steps")}
        seconds = {"train": training["seconds"], "evaluate": evaluation["seconds"]}
        runs.append({"seed": seed, "seconds": seconds, **best, "scores": _scores(evaluation, task)})
    together = None
    if typed.ensemble is not None:
        name = "evaluate-ensemble-" + "-".join(map(str, seeds))
        together = _scores(shell.type(typed.ensemble, name), task)
    return {
        "title": task.title,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "beside": beside,
        "commands": [command_of(arguments) for arguments in typed],
        "prepare_seconds": prepared["seconds"],
        "peak_memory_bytes": max(one["peak_memory_bytes"] for one in (prepared, *trained)),
        "runs": runs,
        "ensemble": together,
    }


def _scores(evaluation: dict[str, Any], task: Task) -> dict[str, Any]:
    """For each split that was scored: each score with its interval and signature."""
    names = ("score", "interval", "signature")
    return {
        split: {
            name: {key: found[name][key] for key in names if found[name].get(key) is not None}
            for name in task.scores
            if found.get(name)
        }
        for split, found in evaluation["printed"].items()
    }


def main() -> None:
    """Measure one task and write benchmarks/results/TASK.json and its part of the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--beside", type=int, default=1, help="trainings at a time")
    parser.add_argument("--folder", type=Path, help="work here and keep it (default: temporary)")
    parser.add_argument("--out", type=Path, help="JSON file (default: results/TASK.json)")
    parser.add_argument("--redraw", action="store_true", help="measure nothing: draw --out anew")
    parser.add_argument("--no-page", action="store_true", help="leave the page alone")
    options, extra = parser.parse_known_args()
    task, out = TASKS[options.task], options.out or RESULTS / f"{options.task}.json"
    if not options.redraw:
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.folder or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            shell = Shell(folder=folder, data=options.data.resolve())
            found = measure(task, options.seeds, beside=options.beside, extra=extra, shell=shell)
        out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=1, ensure_ascii=False)
        out.write_text(text + "\n", encoding="utf-8")
        print(text)
    if not options.no_page:
        part = render(task, json.loads(out.read_text(encoding="utf-8")))
        write_part(PAGE, f"python -m benchmarks.quality {options.task}", part)


if __name__ == "__main__":
    main()
