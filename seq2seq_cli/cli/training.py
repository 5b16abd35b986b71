"""What `s2s train` does once its options are parsed: make or reopen a run, and follow it.

Imports torch: the command imports this module when it runs.
"""

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seq2seq_cli import __version__
from seq2seq_cli.batching.dataset import Dataset, latest_dataset
from seq2seq_cli.batching.manifest import Manifest
from seq2seq_cli.cli.guiding import guide_facts, open_guide, refuse_without_guide, reopen_guide
from seq2seq_cli.cli.opening import find_run, open_dataset, say_warnings
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


def new_run(
    folder: Path | None,
    dataset: Path | None,
    options: Settings,
    *,
    preset: str | None,
    config: Path | None,
    watch: Sequence[WatchedSentence],
    guide: Path | None,
    force: bool,
    quiet: bool,
) -> Trainer:
    """A trainer for a fresh run, its folder made and described.

    Raises:
        InputError: if the run exists, or settings do not fit.
    """
    if folder is not None:
        _check_folder(folder, force=force)
    if guide is None:
        refuse_without_guide(options)
    data = Dataset.open(dataset or _dataset_by_default(quiet=quiet))
    resolved = _resolve(data, options, preset=preset, config=config)
    links = None if guide is None else open_guide(guide, data, resolved.config)
    place = folder or unused_name(RUNS / data.folder.resolve().name)
    run = Run(
        folder=place,
        resolved=resolved,
        source=data.source,
        target=data.target,
        facts=_facts(data, place) | _watch_facts(watch) | guide_facts(links, place),
    )
    trainer = Trainer(run, data, watch=watch, guide=links)
    with new_folder(place, force=force) as temporary:
        replace(run, folder=temporary).save()
    return trainer


def _check_folder(folder: Path, *, force: bool) -> None:
    """Refuse before any work, and never replace what is not a run."""
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


def _dataset_by_default(*, quiet: bool) -> Path:
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
    facts = manifest.model_dump_json(exclude={"created", "made_by", "name", "files", "sha256"})
    return hashlib.sha256(facts.encode()).hexdigest()


def resume_run(
    folder: Path | None,
    dataset: Path | None,
    options: Settings,
    *,
    preset: str | None,
    config: Path | None,
    watch: Sequence[WatchedSentence],
    guide: Path | None,
) -> Trainer:
    """A trainer that goes on where a run was stopped, and watches what it watched.

    Raises:
        InputError: if there is nothing to resume, its data or its guide are not there or not the
            same, or a setting was given that cannot change.
    """
    run = Run.open(find_run(folder))
    say_warnings(run)
    refused = sorted(set(options) - MAY_CHANGE)
    if preset is not None or config is not None or refused:
        given = [f"--{name.split('.')[1].replace('_', '-')}" for name in refused]
        given += ["--preset"] * (preset is not None) + ["--config"] * (config is not None)
        raise InputError(
            f"{', '.join(given)} cannot change when a run is resumed. Leave it out; what may "
            "change is --epochs, --max-minutes, --patience and --threads. Or train a new run."
        )
    facts = run.facts | _watch_facts(watch)
    run = replace(run, resolved=_changed(run.resolved, options), facts=facts)
    data = open_dataset(run, dataset, remedy="Name it: s2s train DATASET --resume --run RUN.")
    if _fingerprint(data.manifest) != run.facts.get("dataset_sha256"):
        raise InputError(
            f"{data.folder} is not the dataset that {run.folder} was trained on: its lines or "
            "settings differ. Name the right one, or train a new run."
        )
    watched = watched_from_json(facts.get(WATCH, []), str(run.folder / FACTS))
    links = reopen_guide(run, guide, data)
    trainer = Trainer(run, data, resume=True, watch=watched, guide=links)
    run.save()
    return trainer


def _changed(resolved: Resolved, options: Settings) -> Resolved:
    """The run's own settings with those that may change on top."""
    sections = resolved.config.model_dump()
    own = {f"{section}.{key}": v for section, keys in sections.items() for key, v in keys.items()}
    changed = resolve([("run", own), ("option", options)])
    origins = resolved.origins | dict.fromkeys(options, "option")
    return Resolved(config=changed.config, origins=origins)
