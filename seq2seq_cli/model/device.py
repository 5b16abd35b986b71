"""Where and in which precision to compute.

Knows nothing of models.
"""

import os
from contextlib import AbstractContextManager, nullcontext

import torch

from seq2seq_cli.errors import InputError


def choose_device(wanted: str) -> torch.device:
    """The device for `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        InputError: if it is not there.
    """
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if wanted == "auto":
        return torch.device("cuda" if available["cuda"] else "cpu")
    if not available.get(wanted, False):
        found = ", ".join(name for name, there in available.items() if there)
        raise InputError(f"--device {wanted}: there is none here. This machine has: {found}.")
    return torch.device(wanted)


def use_threads(threads: int) -> int:
    """Set the number of computing threads, 0 for one per core, and return it."""
    count = threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads
    if count:
        torch.set_num_threads(count)
    torch.set_flush_denormal(True)
    return torch.get_num_threads()


def choose_precision(wanted: str, device: torch.device) -> str:
    """`fp32` or `bf16` for `auto`, `fp32` or `bf16`; `auto` takes bf16 on GPUs that have it."""
    if wanted != "auto":
        return wanted
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def computing(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """The context in which a model computes in `precision`."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
