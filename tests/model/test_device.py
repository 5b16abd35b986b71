"""The device and the precision that are chosen, and what is refused."""

import os
import subprocess
import sys

import pytest
import torch

from seq2seq_cli.errors import InputError
from seq2seq_cli.model import device
from seq2seq_cli.model.device import KEPT_PRODUCTS, choose_device, choose_precision

CPU = torch.device("cpu")


def test_what_is_asked_for_is_taken() -> None:
    assert choose_precision("fp32", CPU, 1024) == "fp32"
    assert choose_precision("bf16", CPU, 16) == "bf16"


@pytest.mark.parametrize(
    ("native", "size", "chosen"), [(True, 512, "bf16"), (True, 511, "fp32"), (False, 512, "fp32")]
)
def test_auto_takes_bf16_for_wide_decoders_where_the_processor_has_it(
    monkeypatch: pytest.MonkeyPatch, native: bool, size: int, chosen: str
) -> None:
    monkeypatch.setattr(device, "_cpu_computes_bf16", lambda: native)
    assert choose_precision("auto", CPU, size) == chosen


def test_an_older_torch_is_left_at_full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.6.0+cpu")
    assert choose_precision("auto", CPU, 512) == "fp32"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device")
def test_a_device_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"--device cuda: there is none here.*has: cpu"):
        choose_device("cuda")


BF16_GROWTH = """
import resource, torch
import seq2seq_cli.model.device
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
weight = torch.ones(512, 512, dtype=torch.bfloat16)
for rows in range(1, 65): torch.ones(rows, 512, dtype=torch.bfloat16) @ weight
before = peak()
for rows in range(65, 465): torch.ones(rows, 512, dtype=torch.bfloat16) @ weight
print(peak() - before)
"""


def test_products_of_many_shapes_do_not_fill_the_memory() -> None:
    """Each batch has shapes of its own; compiled code for all of them would be kept."""
    if sys.platform != "linux":
        pytest.skip("peak memory is counted in other units elsewhere")
    environment = {k: v for k, v in os.environ.items() if k not in KEPT_PRODUCTS}
    done = subprocess.run(
        [sys.executable, "-c", BF16_GROWTH],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert int(done.stdout) < 40_000  # kB


def test_a_capacity_that_is_set_is_left_alone() -> None:
    code = "import os, seq2seq_cli.model.device; print(os.environ['LRU_CACHE_CAPACITY'])"
    environment = {**os.environ, "LRU_CACHE_CAPACITY": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout == "7\n"
