"""Training speed and peak memory: all contenders in turns, each turn a fresh process.

Interleaving keeps a slow minute of the machine from falling on one contender alone. Knows nothing
of how results are shown.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.arithmetic import training_operations
from benchmarks.contenders import Case, Contender
from benchmarks.process_tree import ProcessTree
from benchmarks.stream import Stream

REPOSITORY = Path(__file__).parents[1]


def measure_case(
    case: Case, stream: Stream, options: dict[str, Any], *, peers_folder: Path
) -> dict[str, Any]:
    """All rounds of a case.

    Args:
        case: who takes part, and the sizes
        stream: what they train on
        options: `rounds`, `warm_up`, `steps`, `threads` and `seed`
        peers_folder: where the peers' environments are
    """
    found: list[list[dict[str, Any]]] = [[] for _ in case.contenders]
    for number in range(options["rounds"]):
        for results, contender in zip(found, case.contenders, strict=True):
            result = run_driver(contender, make_job(case, contender, stream, options), peers_folder)
            results.append(result)
            note = f"{result['target_tokens_per_second']:,.0f} target tokens/s"
            print(f"round {number + 1}: {label(contender)}: {note}", file=sys.stderr, flush=True)
    contenders = [
        summarise(case, contender, stream, results)
        for contender, results in zip(case.contenders, found, strict=True)
    ]
    return {"name": case.name, "title": case.title, "contenders": contenders} | {
        "sizes": case.sizes,
        "stream": {key: value for key, value in asdict(stream).items() if _is_number(value)},
    }


def label(contender: Contender) -> str:
    """A contender's name with what sets it apart."""
    return f"{contender.name}, {contender.attention}, {contender.batching} batches"


def make_job(
    case: Case, contender: Contender, stream: Stream, options: dict[str, Any]
) -> dict[str, Any]:
    """What a driver reads."""
    return {
        "stream": str(stream.text),
        "dataset": str(stream.dataset),
        "sizes": case.sizes,
        "settings": contender.settings,
        "batching": contender.batching,
        **{key: options[key] for key in ("warm_up", "steps", "threads", "seed")},
    }


def run_driver(
    contender: Contender, job: dict[str, Any], peers_folder: Path, *, driver: Path | None = None
) -> dict[str, Any]:
    """Run a driver (by default, that of training speed) in its contender's environment.

    Ends the benchmark with the driver's last words if it fails.
    """
    peer = contender.peer
    return run_script(
        driver or contender.driver,
        job,
        python=str(peers.python_of(peers_folder, peer)) if peer else sys.executable,
        name=label(contender),
        environment=environment(threads=job["threads"], with_s2s=peer is None),
    )


def run_script(
    driver: Path,
    job: dict[str, Any],
    *,
    python: str,
    name: str,
    environment: dict[str, str],
    watched: bool = False,
) -> dict[str, Any]:
    """Run a driver by an interpreter in a folder of its own, and return its result.

    With `watched`, the result has the facts of all its processes too, see `ProcessTree`. Ends the
    benchmark with the driver's last words if it fails; `name` says whose they are.
    """
    with tempfile.TemporaryDirectory() as folder:
        job_path, result_path = Path(folder) / "job.json", Path(folder) / "result.json"
        job_path.write_text(json.dumps(job), encoding="utf-8")
        with (
            subprocess.Popen(
                [python, str(driver), str(job_path), str(result_path)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=folder,
                env=environment,
            ) as process,
            ProcessTree(process.pid) if watched else nullcontext() as tree,
        ):
            _, words = process.communicate()
        if process.returncode or not result_path.exists():
            sys.exit(f"{name} failed:\n{words[-3000:]}")
        result = json.loads(result_path.read_text(encoding="utf-8"))
        return result | tree.facts() if tree else result


def environment(*, threads: int, with_s2s: bool) -> dict[str, str]:
    """The variables of a measured process: the same number of threads for all."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    changed = dict(os.environ) | dict.fromkeys(names, str(threads))
    changed.pop("PYTHONPATH", None)
    if with_s2s:
        changed["PYTHONPATH"] = str(REPOSITORY)
    return changed


def summarise(
    case: Case, contender: Contender, stream: Stream, results: list[dict[str, Any]]
) -> dict[str, Any]:
    """Medians over rounds, and the arithmetic of one target token."""
    features = results[0].get("features", case.sizes["decoder"])
    model = case.architecture(contender, stream, int(features))
    operations = training_operations(
        model, source_per_target=stream.source_per_target, source_length=stream.source_length
    )
    rates = [result["target_tokens_per_second"] for result in results]
    return {
        "name": contender.name,
        "attention": contender.attention,
        "batching": contender.batching,
        "settings": contender.settings,
        "features": features,
        "parameters": results[0]["parameters"],
        "target_tokens": results[0]["target_tokens"],
        "last_loss": statistics.median(result["last_loss"] for result in results),
        "target_tokens_per_second": statistics.median(rates),
        "rounds": [round(rate, 1) for rate in rates],
        "peak_memory_bytes": statistics.median(result["peak_memory_bytes"] for result in results),
        "operations_per_target_token": operations,
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
