"""What `s2s train` does once its options are parsed: make or reopen a run, and follow it.

Imports torch: the command imports this module when it runs.
"""

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seq2seq_cli import __version__
from seq2seq_cli.batching.dataset import Dataset, latest_dataset
from seq2seq_cli.batching.manifest import Manifest
from seq2seq_cli.cli.guiding import (
    guide_facts,
    open_guide,
    refuse_without_guide,
    reopen_guide,
    same_guide,
)
from seq2seq_cli.cli.opening import find_run
from seq2seq_cli.cli.opening_data import open_dataset
from seq2seq_cli.config import Resolved, read_config_file, read_preset, resolve
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import CONFIG, FACTS, RUNS, Run
from seq2seq_cli.storage import new_folder, unused_name
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.training.watching import WatchedSentence, watched_from_json, watched_to_json
from seq2seq_cli.views.console import human_console, print_message

MAY_CHANGE = {
    "training.epochs",
    "training.max_minutes",
    "training.patience",
    "training.threads",
}
WATCH = "watch"
"""What a run's facts call the sentences that it watches."""
Settings = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run is to be like; None: as usual."""

    dataset: Path | None = None
    options: Settings
    """Settings by dotted name."""
    preset: str | None = None
    config: Path | None = None
    watch: tuple[WatchedSentence, ...] = ()
    guide: Path | None = None


def new_run(folder: Path | None, asked: Asked, *, force: bool, quiet: bool) -> Trainer:
    """A trainer for a fresh run, its folder made and described.

    Raises:
        InputError: if the run exists, or settings do not fit.
    """
    if folder is not None:
        check_folder(folder, force=force)
    if asked.guide is None:
        refuse_without_guide(asked.options)
    data = Dataset.open(asked.dataset or dataset_by_default(quiet=quiet))
    resolved = resolve_for(data, asked)
    links = None if asked.guide is None else open_guide(asked.guide, data, resolved.config)
    place = folder or unused_name(RUNS / data.folder.resolve().name)
    run = Run(
        folder=place,
        resolved=resolved,
        source=data.source,
        target=data.target,
        facts=_facts(data, place) | _watch_facts(asked.watch) | guide_facts(links, place),
    )
    trainer = Trainer(run, data, watch=asked.watch, guide=links)
    with new_folder(place, force=force) as temporary:
        replace(run, folder=temporary).save()
    return trainer


def check_folder(folder: Path, *, force: bool) -> None:
    """Refuse before any work, and never replace what is not a run.

    Raises:
        InputError: if the folder cannot be the place of a new run.
    """
    if not folder.exists():
        return
    if not force:
        raise InputError(f"{folder} exists already. Choose another --run, or use --force.")
    is_empty = folder.is_dir() and not any(folder.iterdir())
    if not is_empty and not (folder / CONFIG).is_file():
        raise InputError(
            f"--force replaces runs only, and {folder} is none: it has no {CONFIG}. "
            "Choose another --run, or remove it yourself."
        )


def dataset_by_default(*, quiet: bool) -> Path:
    """The last dataset prepared here, else the built-in corpus; which one is said."""
    latest = latest_dataset()
    if not quiet:
        console = human_console(stderr=True)
        if latest is None:
            print_message(
                console,
                "no dataset is prepared here: preparing the built-in corpus, as `s2s prepare`",
            )
        else:
            print_message(console, f"dataset {latest}, the last one prepared here")
    if latest is not None:
        return latest
    from seq2seq_cli.batching.prepare import prepare_builtin

    return prepare_builtin()


def resolve_for(data: Dataset, asked: Asked) -> Resolved:
    """The settings of a new run on this dataset.

    Raises:
        InputError: if the preset or a setting is unknown, or a value is out of its range.
    """
    suggested = data.manifest.suggested_preset
    name = asked.preset or suggested
    origin = f"preset {name}" if asked.preset else f"preset {name}, suggested by the dataset"
    layers: list[tuple[str, Settings]] = [(origin, read_preset(name))]
    if asked.config is not None:
        layers.append((str(asked.config), read_config_file(asked.config)))
    return resolve([*layers, ("option", asked.options)])


def watched_sentences(sources: list[str], targets: list[str]) -> tuple[WatchedSentence, ...]:
    """What --watch and --watch-target ask for together, each pair once.

    Raises:
        InputError: if there are targets, but not one for each sentence.
    """
    if targets and len(targets) != len(sources):
        raise InputError(
            f"--watch is given {len(sources)} times and --watch-target {len(targets)} times. "
            "Give a target for each sentence, in the same order, or none at all."
        )
    rows: Sequence[str | None] = targets or [None] * len(sources)
    pairs = dict.fromkeys(zip(sources, rows, strict=True))
    return tuple(WatchedSentence(source=source, target=target) for source, target in pairs)


def _watch_facts(watch: Sequence[WatchedSentence]) -> dict[str, Any]:
    return {WATCH: watched_to_json(watch)} if watch else {}


def _facts(data: Dataset, place: Path) -> dict[str, Any]:
    """What a run remembers beside its settings; the dataset's place is relative to the run."""
    return {
        "dataset": os.path.relpath(data.folder.resolve(), place.resolve()),
        "dataset_sha256": _fingerprint(data.manifest),
        "s2s": __version__,
        "python": platform.python_version(),
        "torch": version("torch"),
    }


def _fingerprint(manifest: Manifest) -> str:
    """A checksum of what a dataset was made of and how, not of when or by which name."""
    facts = manifest.model_dump_json(exclude={"created", "made_by", "name"})
    return hashlib.sha256(facts.encode()).hexdigest()


def resume_run(folder: Path | None, asked: Asked) -> Trainer:
    """A trainer that goes on where a run was stopped, and watches what it watched.

    Raises:
        InputError: if there is nothing to resume, its data or its guide are not there or not the
            same, or a setting was given that cannot change.
    """
    run = Run.open(find_run(folder))
    refused = sorted(set(asked.options) - MAY_CHANGE)
    if asked.preset is not None or asked.config is not None or refused:
        given = [f"--{name.split('.')[1].replace('_', '-')}" for name in refused]
        given += ["--preset"] * (asked.preset is not None)
        given += ["--config"] * (asked.config is not None)
        raise InputError(
            f"{', '.join(given)} cannot change when a run is resumed. Leave it out; what may "
            "change is --epochs, --max-minutes, --patience and --threads. Or train a new run."
        )
    facts = run.facts | _watch_facts(asked.watch)
    run = replace(run, resolved=_changed(run.resolved, asked.options), facts=facts)
    data = _same_dataset(run, asked.dataset)
    watched = watched_from_json(facts.get(WATCH, []), str(run.folder / FACTS))
    links = reopen_guide(run, asked.guide, data)
    trainer = Trainer(run, data, resume=True, watch=watched, guide=links)
    run.save()
    return trainer


def sibling_run(first: Run, folder: Path, seed: int, asked: Asked, *, force: bool) -> Trainer:
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
    return new_run(folder, same, force=force, quiet=True)


def _same_dataset(run: Run, dataset: Path | None) -> Dataset:
    data = open_dataset(run, dataset, remedy="Name it: s2s train DATASET --resume --run RUN.")
    if _fingerprint(data.manifest) != run.facts.get("dataset_sha256"):
        raise InputError(
            f"{data.folder} is not the dataset that {run.folder} was trained on: its lines or "
            "settings differ. Name the right one, or train a new run."
        )
    return data


def _changed(resolved: Resolved, options: Settings) -> Resolved:
    """The run's own settings with those that may change on top."""
    sections = resolved.config.model_dump()
    own = {f"{section}.{key}": v for section, keys in sections.items() for key, v in keys.items()}
    changed = resolve([("run", own), ("option", options)])
    origins = resolved.origins | dict.fromkeys(options, "option")
    return Resolved(config=changed.config, origins=origins)
