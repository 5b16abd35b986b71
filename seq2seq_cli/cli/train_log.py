"""`train.log`: the plain lines of training with the time of day, for people who come back later.

Knows nothing of terminals.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from seq2seq_cli.errors import WorkError
from seq2seq_cli.sealed import append_text
from seq2seq_cli.training.events import Event, StepDone
from seq2seq_cli.views.event_lines import format_event

FILE = "train.log"
SECONDS_BETWEEN_STEPS = 30.0


class TrainLog:
    """Appends a line for every event but steps, of which it takes one in thirty seconds."""

    def __init__(self, run: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = run / FILE
        self._clock = clock
        self._last_step = clock()

    def write(self, event: Event) -> None:
        """Take notice of an event.

        Raises:
            WorkError: if the file cannot be written.
        """
        if isinstance(event, StepDone):
            now = self._clock()
            if now - self._last_step < SECONDS_BETWEEN_STEPS:
                return
            self._last_step = now
        words = format_event(event)
        if words is not None:
            self._append(words)

    def _append(self, words: str) -> None:
        moment = datetime.now().astimezone().isoformat(timespec="seconds")
        lines = [f"{moment}  {line}\n" for line in words.split("\n")]
        try:
            append_text(self._path, "".join(lines))
        except OSError as error:
            raise WorkError(f"cannot write {self._path}: {error.strerror}.") from error
