"""Where and in which precision to compute.

Knows nothing of models.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from seq2seq_cli.errors import InputError

# For products in bfloat16 oneDNN, and torch above it, compile code for each shape and keep 1,024 of
# them each. Batches seldom have the shapes of others, so that would be a gigabyte and no faster.
KEPT_PRODUCTS = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64", "LRU_CACHE_CAPACITY": "64"}
for _name, _capacity in KEPT_PRODUCTS.items():
    os.environ.setdefault(_name, _capacity)

SMALLEST_BF16_SIZE = 512
FAST_BF16_TORCH = (2, 13)


def choose_device(wanted: str, place: int | None = None) -> torch.device:
    """The device for `auto`, `cpu`, `cuda` or `mps`.

    Args:
        wanted: its name
        place: which of the processes of a job on this machine is to have it; None: there is no job

    Raises:
        InputError: if it is not there.
    """
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if wanted == "auto":
        wanted = "cuda" if available["cuda"] else "cpu"
    if not available.get(wanted, False):
        found = ", ".join(name for name, there in available.items() if there)
        raise InputError(f"--device {wanted}: there is none here. This machine has: {found}.")
    return torch.device(wanted) if place is None else _device_of_process(wanted, place)


def _device_of_process(kind: str, place: int) -> torch.device:
    """One GPU for each process of a job; processors are for all of them."""
    if kind == "cpu":
        return torch.device("cpu")
    count = torch.cuda.device_count() if kind == "cuda" else 0
    if place >= count:
        raise InputError(
            f"--device {kind}: process {place + 1} on this machine has no GPU for itself: "
            f"there are {count} that a job can use. Start fewer processes, or choose --device cpu."
        )
    torch.cuda.set_device(place)
    return torch.device(kind, place)


def use_threads(threads: int, *, processes: int = 1) -> int:
    """Set the number of computing threads and return it.

    Args:
        threads: how many; 0 for one per core
        processes: of a job on this machine, which share its cores where nothing else is said
    """
    has_cores = hasattr(os, "sched_getaffinity")
    cores = max(1, len(os.sched_getaffinity(0)) // processes) if has_cores else 0
    count = threads or cores
    if count:
        torch.set_num_threads(count)
    torch.set_flush_denormal(True)
    return torch.get_num_threads()


def choose_precision(wanted: str, device: torch.device, decoder_size: int) -> str:
    """`fp32` or `bf16` for `auto`, `fp32` or `bf16`.

    `auto` takes bf16 where it was measured to be faster: on CPUs that multiply it natively, for
    decoders of at least 512 units, with a torch whose products in bf16 are fast (2.6's are not).
    Elsewhere, also on GPUs, rounding the operands costs more than these small products save.
    """
    if wanted != "auto":
        return wanted
    worth_it = device.type == "cpu" and decoder_size >= SMALLEST_BF16_SIZE
    return "bf16" if worth_it and _cpu_computes_bf16() else "fp32"


def _cpu_computes_bf16() -> bool:
    """Whether torch is recent and the processor multiplies bfloat16 itself, as Linux tells it."""
    if tuple(map(int, torch.__version__.split(".")[:2])) < FAST_BF16_TORCH:
        return False
    try:
        flags = set(Path("/proc/cpuinfo").read_text("utf-8", "replace").split())
    except OSError:
        return False
    return bool(flags & {"avx512_bf16", "amx_bf16"})


def computing(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """The context in which a model computes in `precision`."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def widest_float(device: torch.device) -> torch.dtype:
    """The most precise type for sums of many small numbers: doubles where a device has them."""
    return torch.float32 if device.type == "mps" else torch.float64
