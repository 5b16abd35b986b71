"""The cost of a step on many devices, against hand arithmetic."""

from dataclasses import replace

import pytest

from benchmarks import scaling
from benchmarks.cost import Step, changed, efficiency, most_devices, reduction_seconds, step_seconds

STEP = Step(
    tokens=1_200,
    seconds_per_token=0.001,
    fixed_seconds=0.1,
    gradient_bytes=100e6,
    bytes_per_second=1e9,
    latency=0.0,
)
"""1.2 s of computing and 0.1 s of other things for one device; 0.1 s for all bytes to pass once."""


def test_a_ring_passes_nearly_all_bytes_twice() -> None:
    assert reduction_seconds(STEP, 1) == 0.0
    assert reduction_seconds(STEP, 2) == pytest.approx(0.1)
    assert reduction_seconds(STEP, 4) == pytest.approx(0.15)
    slow = replace(STEP, latency=0.001, buckets=3)
    assert reduction_seconds(slow, 4) == pytest.approx(0.15 + 6 * 3 * 0.001)


def test_what_computing_hides_costs_nothing() -> None:
    assert step_seconds(STEP, 1) == pytest.approx(1.3)
    # 0.6 s of computing, of which 0.4 s backwards: longer than the 0.1 s of the reduction.
    assert step_seconds(STEP, 2) == pytest.approx(0.7)
    assert efficiency(STEP, 2) == pytest.approx(1.3 / 1.4)
    # 0.1 s of computing, two thirds of it backwards: the other 0.1167 s are waited for.
    last = 2 * 11 / 12 * 0.1 - 0.1 * 2 / 3
    assert step_seconds(STEP, 12) == pytest.approx(0.1 + 0.1 + last)


def test_what_is_ready_last_is_never_hidden() -> None:
    late = replace(STEP, early=0.75)
    assert step_seconds(late, 2) == pytest.approx(0.7 + 0.25 * 0.1)


def test_more_devices_stop_helping_and_larger_batches_put_that_off() -> None:
    # 8 devices: 0.15 + 0.1 + (0.175 - 0.1) = 0.325 s, exactly half of 1.3 s / 8 = 0.1625 s.
    assert step_seconds(STEP, 8) == pytest.approx(0.325)
    assert most_devices(STEP, least=0.49) == 8
    assert most_devices(STEP, least=0.51) == 4
    found = {name: most_devices(step) for name, step in changed(STEP).items()}
    assert found["as it is"] == 8
    assert found["batch 8 times as large"] > 8
    assert found["both"] >= found["batch 8 times as large"]


def test_the_table_has_each_link_with_each_change() -> None:
    found = scaling.paper(1_024, 1_000.0, 29_000_000, (1e9, 1e-4))
    assert len(found) == len(scaling.LINKS) * len(changed(STEP))
    here = found["this machine, as it is"]
    assert here["seconds"][1] == pytest.approx(1.024)
    # 0.128 s of computing; 14 hops of 29 MB / 8 at 1 GB/s and of 7 buckets at 0.1 ms: 0.06055 s,
    # of which 72 % are shorter than the backward pass and the rest is waited for.
    assert here["seconds"][8] == pytest.approx(0.128 + 0.28 * (14 * (0.003625 + 0.0007)))
    run = {"medians": {"1 process, 1 thread": 1_000.0}, "paper": found}
    assert "| this machine, as it is | 88 % |" in scaling.render(run)
