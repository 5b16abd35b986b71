"""What a user gets: the real commands in a fresh folder, wall time and test scores.

    python -m benchmarks.quality demo | multi30k | g2p-french [--minutes M] [--data DIR]

Knows nothing of models: it types what the README types and reads `--json`.
"""

import argparse
import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.training_speed import REPOSITORY

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, kw_only=True)
class Task:
    """Commands of one quality figure, after `s2s`, in the order they are typed."""

    title: str
    minutes: float | None
    """Default of `--minutes`; None: training ends by itself."""
    prepare: tuple[str, ...] | None
    """None: `train` prepares the built-in corpus by itself."""
    scores: tuple[str, ...]
    """Keys of the evaluation that are shown."""


def tasks(data: Path) -> dict[str, Task]:
    """All tasks, with their files below `data`."""
    multi30k, phones = data / "multi30k", data / "sigmorphon2021"
    pairs = {"train": "train", "valid": "val", "test": "test_2016_flickr"}
    files = [
        part
        for split, name in pairs.items()
        for side, language in (("src", "en"), ("tgt", "de"))
        for part in (f"--{split}-{side}", str(multi30k / f"{name}.{language}.gz"))
    ]
    french = [str(phones / "fre_train.tsv"), "--valid", str(phones / "fre_dev.tsv")]
    french += ["--test", str(phones / "fre_test.tsv")]
    return {
        "demo": Task(
            title="built-in corpus, no options",
            minutes=None,
            prepare=None,
            scores=("bleu", "exact_match", "aer"),
        ),
        "multi30k": Task(
            title="Multi30k English to German, joint BPE 8,000, the defaults",
            minutes=30,
            prepare=(*files, "--tokenizer", "bpe", "--vocab-size", "8000"),
            scores=("bleu", "chrf"),
        ),
        "g2p-french": Task(
            title="French words to phones, SIGMORPHON 2021",
            minutes=10,
            prepare=(*french, "--src-tokenizer", "char", "--tgt-tokenizer", "space"),
            scores=("exact_match", "token_error_rate"),
        ),
    }


def calls(task: Task, minutes: float | None, extra: list[str]) -> list[list[str]]:
    """The commands of a task, without `s2s`."""
    limit = ["--max-minutes", f"{minutes:g}"] if minutes else []
    prepare = [["prepare", *task.prepare]] if task.prepare else []
    return [*prepare, ["train", *limit, *extra], ["evaluate", "--beam", "5", "--json"]]


def call(arguments: list[str], folder: Path) -> tuple[float, str]:
    """Run one command in `folder`; its wall time in seconds and its standard output."""
    print("s2s", *arguments, file=sys.stderr, flush=True)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "seq2seq_cli", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=dict(os.environ) | {"PYTHONPATH": str(REPOSITORY)},
    )
    if done.returncode:
        sys.exit(f"`s2s {arguments[0]}` failed with exit code {done.returncode}.")
    return time.perf_counter() - start, done.stdout


def measure(task: Task, minutes: float | None, extra: list[str], folder: Path) -> dict[str, Any]:
    """Type all commands of a task and read the scores."""
    seconds: dict[str, float] = {}
    output = ""
    for arguments in calls(task, minutes, extra):
        seconds[arguments[0]], output = call(arguments, folder)
    evaluation = json.loads(output)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "title": task.title,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "minutes": minutes,
        "extra_options": extra,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "peak_memory_bytes": peak if sys.platform == "darwin" else peak * 1024,
        "scores": _scores(evaluation, task.scores),
    }


def _scores(evaluation: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """For each split that was scored: each score with its signature, where it has one."""
    return {
        split: {
            name: {key: found[name][key] for key in ("score", "signature") if key in found[name]}
            for name in names
            if found.get(name)
        }
        for split, found in evaluation.items()
    }


def main() -> None:
    """Measure one task and write benchmarks/results/TASK.json."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("task", choices=tasks(Path()))
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--minutes", type=float, help="--max-minutes of `s2s train`")
    parser.add_argument("--folder", type=Path, help="work here and keep it (default: temporary)")
    parser.add_argument("--out", type=Path, help="JSON file (default: results/TASK.json)")
    options, extra = parser.parse_known_args()
    task = tasks(options.data.resolve())[options.task]
    minutes = task.minutes if options.minutes is None else options.minutes
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(task, minutes, extra, folder)
    out = options.out or RESULTS / f"{options.task}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
