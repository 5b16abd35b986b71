"""What `s2s train --resume` does once its options are parsed: reopen a run where it was stopped.

Imports torch: the command imports this module when it runs.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.cli.guiding import reopen_guide, same_guide
from seq2seq_cli.cli.opening import find_run, say_warnings
from seq2seq_cli.cli.opening_data import open_dataset
from seq2seq_cli.cli.training import (
    COMPUTING,
    WATCH,
    Asked,
    Settings,
    computing,
    described,
    fingerprint,
    new_run,
    watch_facts,
)
from seq2seq_cli.config import Config, Resolved, resolve
from seq2seq_cli.errors import InputError
from seq2seq_cli.holding import hold
from seq2seq_cli.leftovers import clean
from seq2seq_cli.model.job import Job
from seq2seq_cli.model.run import CONFIG, FACTS, Run
from seq2seq_cli.training.checkpoint import FOLDER, Progress, newest_checkpoint
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.training.watching import watched_from_json
from seq2seq_cli.views.console import human_console, print_message

MAY_CHANGE = (
    *("training.epochs", "training.max_minutes", "training.patience"),
    *("training.max_bad_steps", "training.threads", "training.device"),
)
FALLS_TO_THE_END = ("linear", "cosine")
"""Schedules that depend on how many epochs there will be."""


@contextmanager
def resume_run(
    folder: Path | None,
    asked: Asked,
    *,
    more_epochs: int | None,
    quiet: bool,
    job: Job | None = None,
) -> Iterator[Trainer]:
    """A trainer that goes on where a run was stopped, and watches what it watched.

    The run is held while the context lasts. What makes it go on otherwise than if it had never been
    stopped is said. In a job of several processes the first does all that concerns the folder, and
    all of them read it.

    Raises:
        InputError: if there is nothing to resume, its data or its guide are not there or not the
            same, or a setting was given that cannot change.
        WorkError: if another process is writing the run.
    """
    job = job or Job()
    if folder is not None and job.is_first:
        clean(folder.parent)  # a killed replacement of the run gives back what it replaced
    run = Run.open(Path(job.share(str(find_run(folder)) if job.is_first else None)))
    say_warnings(run)
    with hold(run.folder) if job.is_first else nullcontext():
        for place in (run.folder, run.folder / FOLDER) if job.is_first else ():
            clean(place)
        _refuse(run.config, asked)
        options = asked.options
        if more_epochs is not None:
            options = {**options, **_more(run, more_epochs)}
        facts = run.facts | watch_facts(asked.watch)
        run = replace(run, resolved=_changed(run.resolved, options), facts=facts)
        data = _same_dataset(run, asked.dataset)
        watched = watched_from_json(facts.get(WATCH, []), str(run.folder / FACTS))
        links = reopen_guide(run, asked.guide, data)
        watched = watched if job.is_first else ()
        trainer = Trainer(run, data, resume=True, watch=watched, guide=links, job=job)
        if more_epochs is not None:
            trainer.forget_patience()
        trainer.try_memory()
        if not quiet:
            _say_what_differs(trainer, options)
        if job.is_first:
            described(run, trainer).save()
        yield trainer


@contextmanager
def sibling_run(
    first: Run, folder: Path, seed: int, asked: Asked, *, force: bool
) -> Iterator[Trainer]:
    """A trainer for a fresh run in `folder` that differs from `first` in its seed alone.

    Of what is asked, only the places of the dataset and of the guide count: where they were moved.

    Raises:
        InputError: if the dataset or the guide is not there or not the same.
    """
    same = Asked(
        dataset=_same_dataset(first, asked.dataset).folder,
        options={"training.seed": seed},
        config=first.folder / CONFIG,
        watch=watched_from_json(first.facts.get(WATCH, []), str(first.folder / FACTS)),
        guide=same_guide(first, asked.guide),
    )
    with new_run(folder, same, force=force, quiet=True) as trainer:
        yield trainer


def _refuse(own: Config, asked: Asked) -> None:
    """Refuse settings that are not the run's own, apart from those that may change."""
    given = [
        f"{_option(name)} {value} (the run has {found})"
        for name, value in sorted(asked.options.items())
        if name not in MAY_CHANGE and value != (found := _value(own, name))
    ]
    given += ["--preset"] * (asked.preset is not None)
    given += ["--config"] * (asked.config is not None)
    if given:
        may = ", ".join(_option(name) for name in MAY_CHANGE[:-1])
        raise InputError(
            f"{', '.join(given)} cannot change when a run is resumed. Leave it out; what may "
            f"change is {may} and {_option(MAY_CHANGE[-1])}. Or train a new run."
        )


def _option(name: str) -> str:
    return f"--{name.split('.')[1].replace('_', '-')}"


def _value(config: Config, name: str) -> Any:
    section, key = name.split(".")
    return getattr(getattr(config, section), key)


def _more(run: Run, epochs: int) -> Settings:
    """The number of epochs that is so many more than the run has, or had if it stopped early."""
    training = run.config.training
    progress = newest_checkpoint(run.folder).progress
    done = progress.epoch if _has_stopped_early(progress, training.patience) else training.epochs
    return {"training.epochs": done + epochs}


def _has_stopped_early(progress: Progress, patience: int) -> bool:
    return progress.stale >= patience


def _changed(resolved: Resolved, options: Settings) -> Resolved:
    """The run's own settings with those that may change on top."""
    sections = resolved.config.model_dump()
    own = {f"{section}.{key}": v for section, keys in sections.items() for key, v in keys.items()}
    changed = resolve([("run", own), ("option", options)])
    given = [name for name, value in options.items() if own[name] != value]
    return Resolved(
        config=changed.config, origins=resolved.origins | dict.fromkeys(given, "option")
    )


def _same_dataset(run: Run, dataset: Path | None) -> Dataset:
    data = open_dataset(run, dataset, remedy="Name it: s2s train DATASET --resume --run RUN.")
    if fingerprint(data.manifest) != run.facts.get("dataset_sha256"):
        raise InputError(
            f"{data.folder} is not the dataset that {run.folder} was trained on: its lines or "
            "settings differ. Name the right one, or train a new run."
        )
    return data


def _say_what_differs(trainer: Trainer, options: Mapping[str, Any]) -> None:
    """What makes the run end otherwise than one that was never stopped."""
    console, run = human_console(stderr=True), trainer.run
    before, now = run.facts.get(COMPUTING, ""), computing(trainer)
    if before not in ("", now):
        print_message(
            console,
            f"note: the run computed with {before}, and goes on with {now}: figures will agree "
            "with those of an undisturbed run, but not to the last bit",
        )
    schedule = run.config.training.schedule
    if "training.epochs" in options and schedule in FALLS_TO_THE_END:
        print_message(
            console,
            f"note: the schedule {schedule} depends on the number of epochs: from here on the "
            f"learning rate is that of a run of {run.config.training.epochs} epochs",
        )
