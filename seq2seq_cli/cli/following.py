"""A training run followed to its end: what happens is kept, shown, and can be interrupted.

Imports torch: the command imports this module when it runs.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer

from seq2seq_cli.cli.output import print_json
from seq2seq_cli.cli.train_log import TrainLog
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.training.checkpoint import list_checkpoints
from seq2seq_cli.training.events import RunEnded
from seq2seq_cli.training.record import METRICS, Record
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.event_lines import quoted
from seq2seq_cli.views.training import TrainingView, training_view

INTERRUPTED = 130
GOES_ON_WITH = {
    "epochs": "--epochs",
    "early-stopping": "--patience",
    "time": "--max-minutes",
    "bad-numbers": "--max-bad-steps",
}
"""The option that lets a run go on, by the reason it ended for."""


def follow(trainer: Trainer, *, quiet: bool, json: bool, go_on: str = "") -> RunEnded:
    """Run the trainer to its end and show what happens.

    `go_on` is the command that takes it up again, where it is not that of this run alone.

    Raises:
        typer.Exit: with 130 where training was interrupted.
        InputError: if a shard of the dataset is damaged.
        WorkError: if the run cannot be written, or ended over numbers that were not finite.
    """
    console, is_first = human_console(stderr=True), trainer.job.is_first
    step_before = trainer.progress.step
    for problem in trainer.passed_over:
        print_message(console, f"warning: {problem} The checkpoint before it is used.")
    hint = go_on or f"s2s train --resume --run {quoted(trainer.run.folder)}"
    interactive = console.is_terminal and not console.is_dumb_terminal
    try:
        silent = quiet or not is_first
        with training_view(console, interactive, silent, resume_hint=hint) as view:
            ended = _train(trainer, view)
    except (InputError, WorkError) as error:
        if not list_checkpoints(trainer.run.folder):
            raise
        raise type(error)(f"{error} Then go on with: {hint}") from error
    done_before = ended.step == step_before and ended.reason in GOES_ON_WITH
    if done_before and not go_on and not quiet:
        print_message(console, f"  nothing was left to do: give more {GOES_ON_WITH[ended.reason]}")
    if json and is_first:
        print_json(outcome(ended))
    if ended.reason == "interrupted":
        raise typer.Exit(INTERRUPTED)
    if ended.reason == "bad-numbers":
        raise WorkError(_bad_numbers(trainer, hint))
    return ended


def _bad_numbers(trainer: Trainer, hint: str) -> str:
    progress = trainer.progress
    return (
        f"the loss or the gradient was not a finite number in {progress.bad_steps} steps. The "
        f"state of step {progress.step} is saved, and its weights are good: no such step changed "
        "them. "
        f"{trainer.run.folder / METRICS} names the lines of each; look at those that come again. "
        "If there are none, train a new run with a smaller --learning-rate or --clip-norm. Or go "
        f"on all the same: {hint} --max-bad-steps {2 * progress.bad_steps}"
    )


def _train(trainer: Trainer, view: TrainingView) -> RunEnded:
    """Consume the events: the diary first, so that it is complete whatever the view does."""
    folder, is_first = trainer.run.folder, trainer.job.is_first
    diaries = (Record(folder), TrainLog(folder)) if is_first else ()
    with _stopping(trainer):
        for event in trainer.events():
            for diary in diaries:
                diary.write(event)
            view.show(event)
            if isinstance(event, RunEnded):
                return event
    raise AssertionError("training ends with RunEnded")


def outcome(ended: RunEnded) -> dict[str, Any]:
    """How a run ended, for programs."""
    best = None if ended.best_score != ended.best_score else ended.best_score
    return {
        "run": str(ended.run),
        "reason": ended.reason,
        "metric": ended.metric,
        "best_score": best,
        "best_step": ended.best_step,
        "steps": ended.step,
        "seconds": ended.seconds,
    }


@contextmanager
def _stopping(trainer: Trainer) -> Iterator[None]:
    """Ctrl-C and SIGTERM end training after the step under way; a second Ctrl-C ends it at once
    (in a validation, after the batches under way)."""

    def ask(number: int, frame: FrameType | None) -> None:
        if trainer.stopping and number == signal.SIGINT:
            raise KeyboardInterrupt
        trainer.stop()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, ask) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
