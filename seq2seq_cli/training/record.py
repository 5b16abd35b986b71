"""The diary of a run for programs: `metrics.jsonl`, and `watch.jsonl` where sentences are watched.

After a resume the lines of steps that are trained again are dropped, so that the diary of a run
that was stopped reads like that of one that was not. Knows nothing of terminals.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from seq2seq_cli.errors import WorkError
from seq2seq_cli.sealed import append_text
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.training.events import (
    AttentionWatched,
    Event,
    RunStarted,
    StepDone,
    StepSkipped,
    ValidationDone,
)
from seq2seq_cli.training.history import WATCHED, watched_line

METRICS = "metrics.jsonl"
STEPS_BETWEEN = 50


class Record:
    """Appends a line for every fiftieth step and every one that was skipped, every validation and
    every watched sentence."""

    def __init__(self, run: Path) -> None:
        self.metrics, self.watched = StepLines(run / METRICS), StepLines(run / WATCHED)

    def write(self, event: Event) -> None:
        """Take notice of an event.

        Raises:
            WorkError: if a file cannot be written.
        """
        match event:
            case RunStarted():
                self.metrics.forget_after(event.resumed_step)
                self.watched.forget_after(event.resumed_step)
            case ValidationDone():
                self.metrics.append({"event": "validation", **_plain(event)})
            case StepDone() if event.step % STEPS_BETWEEN == 0:
                self.metrics.append({"event": "step", **_plain(event)})
            case StepSkipped():
                self.metrics.append({"event": "skipped", **_plain(event)})
            case AttentionWatched():
                self.watched.append(watched_line(event))
            case _:
                pass


class StepLines:
    """A file of JSON mappings, one a line, each with the `step` that it is about."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, facts: Mapping[str, Any]) -> None:
        """Add a line.

        Raises:
            WorkError: if the file cannot be written.
        """
        try:
            line = json.dumps(facts, ensure_ascii=False) + "\n"
            append_text(self.path, line, sync=True)  # before the checkpoint that counts on it
        except OSError as error:
            raise WorkError(f"cannot write {self.path}: {error.strerror}.") from error

    def forget_after(self, step: int) -> None:
        """Drop the lines of later steps, and what is no whole line."""
        if not self.path.exists():
            return
        kept = [line for line in self.path.read_bytes().splitlines(True) if _step(line) <= step]
        write_atomic(self.path, b"".join(kept))


def _plain(event: StepDone | StepSkipped | ValidationDone) -> dict[str, Any]:
    return asdict(event)


def _step(line: bytes) -> float:
    """The step that a line is about; infinite for a line that a crash cut short."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return float("inf")
