"""What a step of training costs on many devices, on paper: where more of them no longer help.

Each device computes its share of the batch. Gradients go round a ring, in buckets, while the rest
of the backward pass is computed; what is longer than that is waited for. Source of the
ring's cost: Patarasuk and Yuan 2009; of the overlap: Li et al. 2020, "PyTorch Distributed". Knows
nothing of s2s.
"""

from dataclasses import dataclass, replace

BACKWARD = 2 / 3
"""Of the arithmetic of a step, the share of the backward pass."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of training on one device, and the links between devices."""

    tokens: int
    """Target tokens of the whole batch."""
    seconds_per_token: float
    """Computing, forwards and backwards, on one device."""
    fixed_seconds: float
    """What a step takes on each device however small its share is: the optimizer, launching."""
    gradient_bytes: float
    bytes_per_second: float
    """Of the slowest link of the ring, in each direction."""
    latency: float
    """Seconds that a message takes however short it is."""
    buckets: int = 1
    """Messages that the gradients are cut into."""
    early: float = 1.0
    """Share of the gradients that are ready while the backward pass still goes on."""


def reduction_seconds(step: Step, devices: int) -> float:
    """Seconds to sum the gradients: 2 (n - 1) / n of the bytes, and 2 (n - 1) hops per bucket."""
    hops = 2 * (devices - 1)
    return hops * (
        step.gradient_bytes / devices / step.bytes_per_second + step.buckets * step.latency
    )


def step_seconds(step: Step, devices: int) -> float:
    """Seconds of a step: computing, and what of the reduction no computing hides.

    What is ready early is sent during the backward pass; the rest is sent after it.
    """
    computing = step.tokens / devices * step.seconds_per_token
    reduction = reduction_seconds(step, devices)
    early = max(0.0, step.early * reduction - BACKWARD * computing)
    return computing + step.fixed_seconds + early + (1 - step.early) * reduction


def efficiency(step: Step, devices: int) -> float:
    """Tokens per second of so many devices, over those of one, times so many."""
    return step_seconds(step, 1) / (devices * step_seconds(step, devices))


def most_devices(step: Step, *, least: float = 0.5) -> int:
    """The largest power of two of devices whose efficiency is at least so much."""
    devices = 1
    while devices < 2**20 and efficiency(step, 2 * devices) >= least:
        devices *= 2
    return devices


def changed(step: Step) -> dict[str, Step]:
    """The step with what can be changed, each by itself, and all together."""
    larger = {"tokens": 8 * step.tokens}
    halved = {"gradient_bytes": step.gradient_bytes / 2}
    return {
        "as it is": step,
        "batch 8 times as large": replace(step, **larger),
        "gradients reduced in bfloat16": replace(step, **halved),
        "both": replace(step, **larger, **halved),
    }
