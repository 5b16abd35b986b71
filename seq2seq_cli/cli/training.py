"""What `s2s train` does once its options are parsed: make or reopen a run, and follow it.

Imports torch: the command imports this module when it runs.
"""

import json as json_format
import os
import platform
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import typer

from seq2seq_cli import __version__
from seq2seq_cli.batching.dataset import Dataset, latest_dataset
from seq2seq_cli.cli.opening import find_run, open_dataset
from seq2seq_cli.config import Resolved, read_config_file, read_preset, resolve
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.model.run import RUNS, Run
from seq2seq_cli.storage import unused_name
from seq2seq_cli.training.events import RunEnded
from seq2seq_cli.training.record import Record
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.views.console import human_console
from seq2seq_cli.views.training import training_view

INTERRUPTED = 130
MAY_CHANGE = {
    "training.epochs",
    "training.max_minutes",
    "training.patience",
    "training.threads",
}
Settings = Mapping[str, Any]


def new_run(
    folder: Path | None,
    dataset: Path | None,
    options: Settings,
    *,
    preset: str | None,
    config: Path | None,
    force: bool,
    quiet: bool,
) -> Trainer:
    """A trainer for a fresh run, its folder made and described.

    Raises:
        InputError: if the run exists, or settings do not fit.
    """
    if folder is not None and folder.exists() and not force:
        raise InputError(f"{folder} exists already. Choose another --run, or use --force.")
    data = Dataset.open(dataset or latest_dataset() or _builtin(quiet=quiet))
    resolved = _resolve(data, options, preset=preset, config=config)
    place = folder or unused_name(RUNS / data.manifest.name)
    run = Run(
        folder=place,
        resolved=resolved,
        source=data.source,
        target=data.target,
        facts=_facts(data, place),
    )
    trainer = Trainer(run, data)
    try:
        if place.exists():
            shutil.rmtree(place)
        place.mkdir(parents=True)
    except OSError as error:
        raise WorkError(
            f"cannot make the run folder {place}: {error.strerror}. Choose another with --run."
        ) from error
    run.save()
    return trainer


def _builtin(*, quiet: bool) -> Path:
    from seq2seq_cli.batching.prepare import prepare_builtin

    return prepare_builtin()


def _resolve(
    data: Dataset, options: Settings, *, preset: str | None, config: Path | None
) -> Resolved:
    suggested = data.manifest.suggested_preset
    name = preset or suggested
    origin = f"preset {name}" if preset else f"preset {name}, suggested by the dataset"
    layers: list[tuple[str, Settings]] = [(origin, read_preset(name))]
    if config is not None:
        layers.append((str(config), read_config_file(config)))
    return resolve([*layers, ("option", options)])


def _facts(data: Dataset, place: Path) -> dict[str, Any]:
    """What a run remembers beside its settings; the dataset's place is relative to the run."""
    return {
        "dataset": os.path.relpath(data.folder.resolve(), place.resolve()),
        "s2s": __version__,
        "python": platform.python_version(),
        "torch": version("torch"),
    }


def resume_run(
    folder: Path | None,
    dataset: Path | None,
    options: Settings,
    *,
    preset: str | None,
    config: Path | None,
) -> Trainer:
    """A trainer that goes on where a run was stopped.

    Raises:
        InputError: if there is nothing to resume, or a setting was given that cannot change.
    """
    run = Run.open(find_run(folder))
    refused = sorted(set(options) - MAY_CHANGE)
    if preset is not None or config is not None or refused:
        given = [f"--{name.split('.')[1].replace('_', '-')}" for name in refused]
        given += ["--preset"] * (preset is not None) + ["--config"] * (config is not None)
        raise InputError(
            f"{', '.join(given)} cannot change when a run is resumed. Leave it out; what may change "
            "is --epochs, --max-minutes, --patience and --threads. Or train a new run."
        )
    resolved = _changed(run.resolved, options)
    run = Run(
        folder=run.folder,
        resolved=resolved,
        source=run.source,
        target=run.target,
        facts=run.facts,
    )
    trainer = Trainer(run, open_dataset(run, dataset), resume=True)
    run.save()
    return trainer


def _changed(resolved: Resolved, options: Settings) -> Resolved:
    """The run's own settings with those that may change on top."""
    sections = resolved.config.model_dump()
    own = {f"{section}.{key}": v for section, keys in sections.items() for key, v in keys.items()}
    changed = resolve([("run", own), ("option", options)])
    origins = resolved.origins | {name: "option" for name in options}
    return Resolved(config=changed.config, origins=origins)


def follow(trainer: Trainer, *, quiet: bool, json: bool) -> None:
    """Run the trainer to its end and show what happens.

    Raises:
        typer.Exit: with 130 where training was interrupted.
    """
    console = human_console(stderr=True)
    hint = f"s2s train --resume --run {trainer.run.folder}"
    record = Record(trainer.run.folder)
    ended: RunEnded | None = None
    view = training_view(console, console.is_terminal, quiet, resume_hint=hint)
    with view, _stopping(trainer):
        for event in trainer.events():
            record.write(event)
            view.show(event)
            if isinstance(event, RunEnded):
                ended = event
    assert ended is not None
    if json:
        typer.echo(json_format.dumps(_outcome(ended)))
    if ended.reason == "interrupted":
        raise typer.Exit(INTERRUPTED)


def _outcome(ended: RunEnded) -> dict[str, Any]:
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
    """Ctrl-C and SIGTERM end training after the step under way; a second Ctrl-C ends it at once."""

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
