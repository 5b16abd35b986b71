"""How fast a large corpus is prepared, beside the bare rate of the library that finds the pieces.

    python -m benchmarks.preparation [--pairs N] [--rounds N] [--times N]

Takes turns, each afresh: `s2s prepare` with joint pieces, and the tokenizers library's
`encode_batch` over the same lines with nothing around it. Learning the pieces is timed apart. Then
`s2s prepare` gets a corpus ten times as large: its memory must not grow. Memory is that of all
processes together, what they share counted once (Pss).
"""

import argparse
import datetime
import json
import os
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.contenders import DRIVERS
from benchmarks.made_pairs import write_pairs
from benchmarks.page import counted, machine_line, publish, table
from benchmarks.quality import RESULTS
from benchmarks.training_speed import REPOSITORY, environment, run_script

PREPARE, BARE = "s2s prepare", "bare encode_batch"
SCRIPTS = {
    PREPARE: DRIVERS / "s2s_preparation.py",
    BARE: DRIVERS / "tokenizers_encoding.py",
}
Run = dict[str, Any]


def measure(options: argparse.Namespace) -> Run:
    """All rounds, and what they come to."""
    rounds: dict[str, list[Run]] = {name: [] for name in SCRIPTS}
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        job = _job(options, Path(folder), options.pairs)
        for _ in range(options.rounds):
            for name, script in SCRIPTS.items():
                rounds[name].append(_run(name, script, job))
    large: Run | None = None
    if options.times:
        with tempfile.TemporaryDirectory(dir=options.work) as folder:
            pairs = options.times * options.pairs
            job = _job(options, Path(folder), pairs)
            large = {"pairs": pairs} | _run(PREPARE, SCRIPTS[PREPARE], job)
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "versions": {"tokenizers": version("tokenizers"), "numpy": version("numpy")},
        "options": {key: getattr(options, key) for key in ("pairs", "pieces", "sample", "rounds")},
        "rounds": rounds,
        "large": large,
    }


def _job(options: argparse.Namespace, folder: Path, pairs: int) -> Run:
    """What a driver reads, after its corpus was made."""
    source, target = write_pairs(options.data, folder, pairs)
    job = {"source": str(source), "target": str(target)}
    return job | {"pieces": options.pieces, "sample": options.sample}


def _run(name: str, script: Path, job: dict[str, Any]) -> Run:
    found = run_script(
        script,
        job,
        python=sys.executable,
        name=name,
        environment=environment(threads=_cores(), with_s2s=True),
        watched=True,
    )
    print(name, json.dumps(found), file=sys.stderr, flush=True)
    return found


def _cores() -> int:
    return os.cpu_count() or 1


def render(run: Run) -> str:
    """The generated part of the page."""
    options = run["options"]
    lines = 2 * options["pairs"]
    rates = {name: lines / _median(run, name, "seconds") for name in SCRIPTS}
    rows = [
        [
            f"`{name}`"
            if name == PREPARE
            else f"tokenizers {run['versions']['tokenizers']}, {name}",
            f"{_median(run, name, 'seconds'):.1f}",
            f"{rates[name]:,.0f}",
            f"{rates[name] / rates[BARE]:.2f}",
            f"{_median(run, name, 'learning_seconds'):.1f}",
            f"{_median(run, name, 'peak_memory_bytes') / 1e6:,.0f} MB",
            f"{_busy(run['rounds'][name]):.0%}",
        ]
        for name in SCRIPTS
    ]
    header = ["what", "seconds", "lines/s", "of the bare rate", "learning, seconds"]
    header += ["peak memory", "cores busy"]
    return (
        f"## Preparing a large corpus\n\nMeasured {machine_line(run)}: {options['pairs']:,} pairs "
        "made of Multi30k, joint BPE "
        f"{options['pieces']:,}, learned from {options['sample']:,} pairs. "
        f"{counted(options['rounds'], 'round')} in turns, each a fresh process; medians. "
        "`s2s prepare` reads the files twice, cleans, tokenizes, counts and writes; the bare rate "
        "is that of the library's encoding alone, on all cores. Learning the pieces is not in "
        "seconds and rates, but in what cores do. Memory is that of all processes, "
        "what they share counted once.\n\n"
        f"{table(header, rows, words=1)}\n{_of_large(run)}"
    )


def _of_large(run: Run) -> str:
    """How a larger corpus compares, as a sentence."""
    large = run["large"]
    if not large:
        return ""
    usual, most = _median(run, PREPARE, "peak_memory_bytes"), large["peak_memory_bytes"]
    seconds = large["seconds"] + large["learning_seconds"]
    memory = f"{most / 1e6:,.0f} MB ({most / usual - 1:+.0%})"
    return (
        f"\n{large['pairs']:,} pairs of the same making, {large['kept_pairs']:,} of them kept for "
        f"training, took {seconds:,.0f} seconds and {memory}; cores were busy for "
        f"{_busy([large]):.0%} of the time.\n"
    )


def _busy(found: list[Run]) -> float:
    """The share of the time of all cores that was used."""
    used = sum(run["processor_seconds"] for run in found)
    return used / _cores() / sum(run["wall_seconds"] for run in found)


def _median(run: Run, name: str, key: str) -> float:
    return statistics.median(found[key] for found in run["rounds"][name])


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preparation", description=__doc__)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, help="make the corpus here (default: temporary)")
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--pieces", type=int, default=8_000)
    parser.add_argument("--sample", type=int, default=100_000, help="pairs that pieces come from")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--times", type=int, default=10, help="of the larger corpus; 0: none")
    parser.add_argument("--out", type=Path, default=RESULTS / "preparation.json")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md alone")
    return parser.parse_args()


def main() -> None:
    """Measure, write JSON, write the part of the page."""
    options = parse()
    command = None if options.no_page else "python -m benchmarks.preparation"
    publish(measure(options), render, out=options.out, command=command)


if __name__ == "__main__":
    main()
