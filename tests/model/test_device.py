"""The device and the precision that are chosen, and what is refused."""

import os
import subprocess
import sys

import pytest
import torch

from seq2seq_cli.errors import InputError
from seq2seq_cli.model import device
from seq2seq_cli.model.device import KEPT_PRODUCTS, choose_device, choose_precision, use_threads

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


def test_each_process_of_a_machine_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    assert choose_device("auto") == torch.device("cuda")
    assert [choose_device("auto", place) for place in (0, 1)] == [
        torch.device("cuda", 0),
        torch.device("cuda", 1),
    ]
    assert taken == [0, 1]
    with pytest.raises(InputError, match=r"process 3 on this machine has no GPU .* there are 2"):
        choose_device("cuda", 2)
    assert choose_device("cpu", 2) == CPU


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores are not told here")
def test_processes_of_a_machine_share_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(6)))
    try:
        assert [use_threads(0, processes=n) for n in (1, 3, 4, 9)] == [6, 2, 1, 1]
        assert use_threads(4, processes=3) == 4
    finally:
        torch.set_num_threads(before)


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
