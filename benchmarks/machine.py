"""What the machine can do: its name and its matrix-product rate.

Torch runs in fresh processes alone, so that nothing measured here weighs on the measurements of
others.
"""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

PRODUCTS = """
import json, sys, time
import torch

def rate(dtype, rows, inner, columns):
    a, b = torch.randn(rows, inner, dtype=dtype), torch.randn(inner, columns, dtype=dtype)
    operations = 2 * rows * inner * columns
    repeats = max(1, int(2e9 / operations))
    best = 0.0
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(repeats):
            a @ b
        best = max(best, repeats * operations / (time.perf_counter() - start))
    return best

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
print(json.dumps([
    {"precision": name, "shape": shape, "operations_per_second": rate(dtype, *shape)}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16))
    for shape in job["shapes"]
]))
"""


def describe() -> dict[str, Any]:
    """Names and numbers of this machine and of what runs on it; no paths, no host names."""
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": version("torch"),
    }


def _cpu_name() -> str:
    path = Path("/proc/cpuinfo")
    facts: dict[str, str] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").split("\n\n")[0].splitlines():
            key, _, value = line.partition(":")
            facts[key.strip()] = value.strip()
    flags = facts.get("flags", "").split()
    extras = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    name = facts.get("model name") or platform.processor() or platform.machine()
    family = f", family {facts['cpu family']} model {facts['model']}" if "model" in facts else ""
    return f"{name}{family}" + (f" ({', '.join(extras)})" if extras else "")


def product_rates(shapes: list[tuple[int, int, int]], *, threads: int) -> list[dict[str, Any]]:
    """Best rate of a matrix product of each shape (rows, inner, columns), in operations/s."""
    job = json.dumps({"shapes": shapes, "threads": threads})
    done = subprocess.run(
        [sys.executable, "-c", PRODUCTS, job], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)
