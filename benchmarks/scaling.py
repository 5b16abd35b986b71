"""Training speed of several processes beside one with as many threads, and what that comes to.

    python -m benchmarks.scaling [--rounds N] [--minutes M] [--batch-tokens T] [--dataset DIR]

The real commands in turns, each a fresh process: one process with one thread, one with `--devices`
threads, `--devices` processes with one thread. Then the links between processes are measured, and
`cost` says where more devices no longer help. Writes JSON.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from benchmarks import machine
from benchmarks.cost import Step, changed, efficiency, most_devices, step_seconds
from benchmarks.page import table
from benchmarks.quality import RESULTS
from benchmarks.quality_tasks import TASKS, with_data
from benchmarks.training_speed import REPOSITORY, environment
from seq2seq_cli.model.job import BUCKET_MEGABYTES

S2S = (sys.executable, "-m", "seq2seq_cli")
SHOWN = (8, 64, 512)
LINKS = {
    "this machine": None,
    "10 Gbit/s Ethernet": (1.25e9, 50e-6),
    "100 Gbit/s": (12.5e9, 20e-6),
}
"""Bytes per second and seconds per message of links; None: as measured here."""
EARLY = 0.72
"""Share of the gradients that are ready before the backward pass ends: all but the source
embedding's; measured by `benchmarks.readiness` on the preset `mt`."""
BUCKET = BUCKET_MEGABYTES * 2**20
SMALL_NUMBERS = 256


def contenders(devices: int) -> dict[str, tuple[str, ...]]:
    """The options of each contender, by its name."""
    return {
        "1 process, 1 thread": ("--threads", "1"),
        f"1 process, {devices} threads": ("--threads", f"{devices}"),
        f"{devices} processes, 1 thread each": ("--threads", "1", "--devices", f"{devices}"),
    }


def train(folder: Path, dataset: Path, run: str, minutes: float, options: Sequence[str]) -> float:
    """Train for some minutes; the median of the target tokens per second of every fifty steps."""
    command = (
        *(*S2S, "train", str(dataset), "--run", run, "--max-minutes", f"{minutes:g}"),
        *("--epochs", "1000", "--validate-every", "1000000", "--metric", "loss", "--quiet"),
        *("--device", "cpu", *options),
    )
    variables = environment(threads=1, with_s2s=True)
    del variables["OMP_NUM_THREADS"], variables["MKL_NUM_THREADS"]  # `--threads` says
    subprocess.run(command, cwd=folder, env=variables, check=True)
    lines = map(json.loads, (folder / run / "metrics.jsonl").read_text("utf-8").splitlines())
    rates = [line["tokens_per_second"] for line in lines if line["event"] == "step"]
    if len(rates) < 2:
        sys.exit(f"{run}: {len(rates)} times fifty steps were done; give more --minutes.")
    return statistics.median(rates[1:])


def gradient_bytes(run: Path) -> int:
    """Bytes of all weights of a run, which are those of their gradients."""
    with safe_open(run / "model.safetensors", "pt") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    return 4 * sum(int(torch.Size(shape).numel()) for shape in shapes)


def reduction_times(rank: int, size: int, port: int, numbers: int, found: Any) -> None:
    """Median seconds to sum some numbers over processes, put into `found` by the first."""
    import torch.distributed as processes

    torch.set_num_threads(1)
    address = f"tcp://localhost:{port}"
    processes.init_process_group("gloo", init_method=address, rank=rank, world_size=size)
    for count in (SMALL_NUMBERS, numbers):
        values, times = torch.ones(count), []
        for _ in range(15):
            began = time.perf_counter()
            processes.all_reduce(values)
            times.append(time.perf_counter() - began)
        if rank == 0:
            found.put(statistics.median(times[5:]))
    processes.destroy_process_group()


def link(size: int, data_bytes: int) -> tuple[float, float]:
    """Bytes per second and seconds per message between so many processes here."""
    import socket

    import torch.multiprocessing as spawning

    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    found = spawning.get_context("spawn").SimpleQueue()
    arguments = (size, port, data_bytes // 4, found)
    spawning.spawn(reduction_times, arguments, nprocs=size)
    short, long = found.get(), found.get()
    latency = short / (2 * (size - 1))
    return 2 * (size - 1) / size * data_bytes / max(long - short, 1e-9), latency


def paper(
    tokens: int, rate: float, data_bytes: int, here: tuple[float, float]
) -> dict[str, dict[str, Any]]:
    """What many devices, each as fast as one thread here, would reach: by link and by change."""
    found: dict[str, dict[str, Any]] = {}
    for name, kind in LINKS.items():
        speed, latency = kind or here
        step = Step(
            tokens=tokens,
            seconds_per_token=1 / rate,
            fixed_seconds=0.0,
            gradient_bytes=data_bytes,
            bytes_per_second=speed,
            latency=latency,
            buckets=1 + int(data_bytes / BUCKET),
            early=EARLY,
        )
        for change, one in changed(step).items():
            found[f"{name}, {change}"] = {
                "step": asdict(one),
                "seconds": {size: step_seconds(one, size) for size in (1, *SHOWN)},
                "efficiency": {size: efficiency(one, size) for size in SHOWN},
                "most_devices": most_devices(one),
            }
    return found


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All rounds, the links, and what they come to."""
    dataset = options.dataset
    if dataset is None:
        prepare = with_data(TASKS["multi30k"].prepare, options.data.resolve())
        dataset = folder / "data"
        call = [*S2S, "prepare", *prepare, "--out", str(dataset), "--json"]
        changed_path = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        subprocess.run(call, check=True, capture_output=True, env=changed_path)
    rates: dict[str, list[float]] = {name: [] for name in contenders(options.devices)}
    size = ("--batch-tokens", f"{options.batch_tokens}")
    for number in range(options.rounds):
        for place, (name, own) in enumerate(contenders(options.devices).items()):
            run = f"run-{number}-{place}"
            rates[name].append(
                train(folder, dataset.resolve(), run, options.minutes, (*size, *own))
            )
            print(f"round {number + 1}: {name}: {rates[name][-1]:,.0f} tokens/s", file=sys.stderr)
    medians = {name: statistics.median(found) for name, found in rates.items()}
    data_bytes = gradient_bytes(folder / "run-0-0")
    here = link(options.devices, data_bytes)
    one, threads, processes = medians.values()
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "options": {
            key: getattr(options, key) for key in ("rounds", "minutes", "batch_tokens", "devices")
        },
        "rounds": rates,
        "medians": medians,
        "processes_over_threads": processes / threads,
        "gradient_bytes": data_bytes,
        "link": {"bytes_per_second": here[0], "latency": here[1]},
        "paper": paper(options.batch_tokens, one, data_bytes, here),
    }


def render(run: dict[str, Any]) -> str:
    """Two Markdown tables: what was measured, and what it comes to on paper."""
    rows = [[name, f"{rate:,.0f}"] for name, rate in run["medians"].items()]
    measured = table(["contender", "target tokens/s"], rows, words=1)
    header = ["link and change", *(f"{size} devices" for size in SHOWN), "most at half efficiency"]
    rows = [
        [
            name,
            *(f"{100 * share:.0f} %" for share in found["efficiency"].values()),
            f"{found['most_devices']:,}",
        ]
        for name, found in run["paper"].items()
    ]
    return f"{measured}\n\n{table(header, rows, words=1)}"


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--dataset", type=Path, help="prepared already; default: Multi30k, BPE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--batch-tokens", type=int, default=1_024)
    parser.add_argument("--devices", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS / "scaling.json")
    return parser.parse_args()


def main() -> None:
    """Measure, write JSON, print the tables."""
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        run = measure(options, Path(folder))
    options.out.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    print(render(run))


if __name__ == "__main__":
    main()
