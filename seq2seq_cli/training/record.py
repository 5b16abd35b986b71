"""The diary of a run for programs: `metrics.jsonl`.

After a resume the lines of steps that are trained again are dropped, so that the diary of a run
that was stopped reads like that of one that was not. Knows nothing of terminals.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from seq2seq_cli.errors import WorkError
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.training.events import Event, RunStarted, StepDone, ValidationDone

METRICS = "metrics.jsonl"
STEPS_BETWEEN = 50


class Record:
    """Appends a line for every fiftieth step and every validation."""

    def __init__(self, run: Path) -> None:
        self.path = run / METRICS

    def write(self, event: Event) -> None:
        """Take notice of an event."""
        if isinstance(event, RunStarted):
            self._forget_after(event.resumed_step)
        elif isinstance(event, ValidationDone):
            self._append({"event": "validation", **_plain(event)})
        elif isinstance(event, StepDone) and event.step % STEPS_BETWEEN == 0:
            self._append({"event": "step", **_plain(event)})

    def _append(self, facts: dict[str, Any]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(facts, ensure_ascii=False) + "\n")
        except OSError as error:
            raise WorkError(f"cannot write {self.path}: {error.strerror}.") from error

    def _forget_after(self, step: int) -> None:
        if not self.path.exists():
            return
        kept = [line for line in self.path.read_bytes().splitlines(True) if _step(line) <= step]
        write_atomic(self.path, b"".join(kept))


def _plain(event: StepDone | ValidationDone) -> dict[str, Any]:
    return asdict(event)


def _step(line: bytes) -> float:
    """The step that a line is about; infinite for a line that a crash cut short."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
