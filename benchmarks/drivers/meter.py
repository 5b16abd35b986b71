"""Counts target tokens and seconds of training steps; shared by the drivers of all contenders.

Runs in every contender's environment, so it needs the standard library alone. Knows no toolkit.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class FinishedError(Exception):
    """All steps that were asked for are done: leave the toolkit's training loop."""


class Meter:
    """A stop-watch over whole training steps, data loading included.

    Call `begin_step` where a step begins. The watch starts with the first step after warm-up and
    stops where the step after the last measured one would begin, so that every measured step is
    whole: reading its batch, forward, backward, clipping and the optimizer.
    """

    def __init__(self, *, warm_up: int, steps: int) -> None:
        self.warm_up = warm_up
        self.steps = steps
        self.done = 0
        self.target_tokens = 0
        self.losses: list[float] = []
        self._started = 0.0

    def begin_step(self, target_tokens: int) -> None:
        """A step over `target_tokens` (`</s>` counted, padding not) begins.

        Raises:
            FinishedError: in place of the step after the last measured one.
        """
        if self.done == self.warm_up:
            self._started = time.perf_counter()
        if self.done == self.warm_up + self.steps:
            self.seconds = time.perf_counter() - self._started
            raise FinishedError
        if self.done >= self.warm_up:
            self.target_tokens += target_tokens
        self.done += 1

    def add_loss(self, loss: float) -> None:
        """Note a step's training loss per target token, in nats."""
        self.losses.append(loss)

    def result(self) -> dict[str, Any]:
        """What was measured, ready for JSON."""
        last = self.losses[-max(1, len(self.losses) // 4) :]
        return {
            "target_tokens_per_second": self.target_tokens / self.seconds,
            "target_tokens": self.target_tokens,
            "steps": self.steps,
            "seconds": self.seconds,
            "last_loss": sum(last) / len(last) if last else None,
            "losses": self.losses,
            "peak_memory_bytes": peak_memory(),
        }


class MarkedClock:
    """Training time, with a search of the test set at given marks, for which the clock stops.

    The clock starts with the first step: start-up and reading of data are free.
    """

    def __init__(self, marks: list[float]) -> None:
        self.marks = marks
        self.found: list[dict[str, Any]] = []
        self._began = 0.0
        self._stopped = 0.0
        self._steps = 0

    def begin_step(self, search: Callable[[], dict[str, Any]]) -> None:
        """A step begins; if a mark has passed, `search` shows what the model can do.

        Raises:
            FinishedError: after the last mark.
        """
        now = time.perf_counter()
        if not self._steps:
            self._began = now
        elapsed = now - self._began - self._stopped
        if elapsed >= self.marks[len(self.found)]:
            self._note(elapsed, search())
            self._stopped += time.perf_counter() - now
        if len(self.found) == len(self.marks):
            raise FinishedError
        self._steps += 1

    def end(self, search: Callable[[], dict[str, Any]]) -> None:
        """Training has ended by itself: what it came to holds for all marks that are left."""
        elapsed = time.perf_counter() - self._began - self._stopped
        searched = search()
        while len(self.found) < len(self.marks):
            self._note(elapsed, searched)

    def _note(self, seconds: float, searched: dict[str, Any]) -> None:
        self.found.append({"seconds": seconds, "steps": self._steps} | searched)

    def result(self) -> dict[str, Any]:
        """What was found at the marks, ready for JSON."""
        return {"marks": self.found, "peak_memory_bytes": peak_memory()}


def timed_search(beams: list[int], search: Callable[[int], list[str]]) -> dict[str, Any]:
    """Under `beams`, for each of them the hypotheses in pieces and the seconds of the search."""
    found = {}
    for beam in beams:
        start = time.perf_counter()
        lines = search(beam)
        found[str(beam)] = {"seconds": time.perf_counter() - start, "lines": lines}
    return {"beams": found}


def peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def run_driver(measure: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The main function of a driver: `driver.py JOB.json RESULT.json`."""
    job_path, result_path = Path(sys.argv[1]), Path(sys.argv[2])
    result = measure(json.loads(job_path.read_text(encoding="utf-8")))
    result_path.write_text(json.dumps(result), encoding="utf-8")


def use_threads(count: int) -> None:
    """Give torch `count` threads, inside operators only."""
    import torch

    torch.set_num_threads(count)
    torch.set_num_interop_threads(1)


def count_parameters(model: Any) -> int:
    """Number of trained weights of a torch module."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
