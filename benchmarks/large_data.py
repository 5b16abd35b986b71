"""How long `s2s train` takes to begin, and in how much memory, however many pairs there are.

    python -m benchmarks.large_data [--shards N N N] [--rounds N]

Makes datasets of three sizes of numbers drawn by chance and begins a run of a tiny model on each,
every time in a fresh process with nothing of the files in the system's memory. Lines through the
three sizes say how it is at 100 million pairs.
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine
from benchmarks.contenders import DRIVERS
from benchmarks.page import counted, machine_line, publish, table
from benchmarks.quality import RESULTS
from benchmarks.training_speed import environment, run_script
from seq2seq_cli.batching.manifest import read_manifest
from seq2seq_cli.batching.shards import SHARD_PAIRS

Run = dict[str, Any]
AIM = 100_000_000
"""Pairs at which training is to begin in 10 seconds and 1 GB."""
LARGE, SMALL = (4, 16, 96), (1, 4, 16)
"""Numbers of shards, of 2**20 pairs each."""
ROOM_LEFT = 4
"""How many times the room that the datasets take there must be for the large sizes."""
FIGURES = {
    "seconds_to_first_step": "seconds to the first step",
    "processor_seconds_to_first_step": "of a processor",
    "peak_at_first_step": "peak memory by then",
    "peak_after_windows": "peak memory after {windows}",
    "pairs_read_per_second": "pairs/s read",
}


def sizes(free: int) -> tuple[int, ...]:
    """The numbers of shards for a disk with so many bytes free."""
    from benchmarks.sharded_pairs import BYTES_OF_A_PAIR

    needed = max(LARGE) * SHARD_PAIRS * BYTES_OF_A_PAIR
    return LARGE if free > ROOM_LEFT * needed else SMALL


def measure(options: argparse.Namespace) -> Run:
    """All sizes and rounds, and what they come to."""
    from benchmarks.sharded_pairs import make_base, make_dataset, make_shards

    with tempfile.TemporaryDirectory(dir=options.work) as name:
        folder = Path(name)
        counts = sorted(options.shards or sizes(shutil.disk_usage(folder).free))
        base, pool = make_base(folder / "base"), folder / "pool"
        pool.mkdir()
        words = read_manifest(base).source.vocabulary_size
        shards = list(make_shards(pool, counts[-1], words))
        found = []
        for count in counts:
            dataset = make_dataset(base, folder / f"{count}", pool, shards[:count])
            rounds = [_begin(dataset, options) for _ in range(options.rounds)]
            found.append(_median(dataset, rounds))
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "options": {key: getattr(options, key) for key in ("rounds", "threads", "windows")},
        "sizes": found,
        "at_100_million": extrapolated(found),
    }


def _begin(dataset: Path, options: argparse.Namespace) -> Run:
    """Begin a run once, in a fresh process, with nothing of the dataset in memory."""
    for path in dataset.iterdir():
        _forget(path)
    job = {"dataset": str(dataset), "threads": options.threads, "windows": options.windows}
    found = run_script(
        DRIVERS / "s2s_large_data.py",
        job | {"began": time.time()},
        python=sys.executable,
        name="s2s train",
        environment=environment(threads=options.threads, with_s2s=True),
    )
    print(dataset.name, json.dumps(found), file=sys.stderr, flush=True)
    return found


def _forget(path: Path) -> None:
    """Have the system let go of what it keeps of a file in memory, where that can be asked."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _median(dataset: Path, rounds: list[Run]) -> Run:
    return {
        "shards": len(list(dataset.glob("train.*.source.tokens.npy"))),
        "bytes": sum(path.stat().st_size for path in dataset.iterdir()),
        "rounds": rounds,
    } | {key: statistics.median(found[key] for found in rounds) for key in rounds[0]}


def extrapolated(found: list[Run]) -> Run:
    """Where the lines through the sizes are at 100 million pairs."""
    pairs = [one["train_pairs"] for one in found]
    return {
        key: float(np.polyval(np.polyfit(pairs, [one[key] for one in found], 1), AIM))
        for key in FIGURES
        if key != "pairs_read_per_second"
    }


def render(run: Run) -> str:
    """A table for people."""
    windows = run["options"]["windows"]
    header = [
        "pairs",
        "on the disk",
        *(name.format(windows=counted(windows, "shard")) for name in FIGURES.values()),
    ]
    rows = [
        [f"{one['train_pairs']:,.0f}", f"{one['bytes'] / 1e9:.1f} GB", *_cells(one)]
        for one in run["sizes"]
    ]
    rows.append([f"{AIM:,}, by the lines through these", "", *_cells(run["at_100_million"])])
    rounds = run["options"]["rounds"]
    return (
        f"## Training on large data\n\nMeasured {machine_line(run)}, "
        f"{counted(run['options']['threads'], 'thread')}; medians of {rounds} fresh processes, "
        f"nothing of the dataset in memory.\n\n{table(header, rows, words=1)}\n"
    )


def _cells(one: Run) -> list[str]:
    memory = [f"{one[key] / 1e6:,.0f} MB" for key in ("peak_at_first_step", "peak_after_windows")]
    rate = one.get("pairs_read_per_second")
    times = (one["seconds_to_first_step"], one["processor_seconds_to_first_step"])
    return [*(f"{time:.1f}" for time in times), *memory, f"{rate:,.0f}" if rate else ""]


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_data", description=__doc__)
    parser.add_argument("--work", type=Path, help="make the datasets here (default: temporary)")
    parser.add_argument("--shards", type=int, nargs="+", help="sizes, in shards of 2**20 pairs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--windows", type=int, default=3, help="shards that are read to their end")
    parser.add_argument("--out", type=Path, default=RESULTS / "large-data.json")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md alone")
    return parser.parse_args()


def main() -> None:
    """Measure, write JSON and the page."""
    options = parse()
    command = None if options.no_page else "python -m benchmarks.large_data"
    publish(measure(options), render, out=options.out, command=command)


if __name__ == "__main__":
    main()
