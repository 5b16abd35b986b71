"""What `s2s train` does once its options are parsed to make a new run.

Imports torch: the command imports this module when it runs.
"""

import hashlib
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seq2seq_cli import __version__
from seq2seq_cli.batching.dataset import Dataset, latest_dataset
from seq2seq_cli.batching.manifest import Manifest
from seq2seq_cli.cli.guiding import guide_facts, open_guide, refuse_without_guide
from seq2seq_cli.config import Resolved, read_config_file, read_preset, resolve
from seq2seq_cli.errors import InputError
from seq2seq_cli.holding import hold, hold_unused
from seq2seq_cli.leftovers import clean
from seq2seq_cli.model.job import Job
from seq2seq_cli.model.run import CONFIG, FACTS, RUNS, Run, read_facts
from seq2seq_cli.storage import new_folder
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.training.watching import WatchedSentence, watched_to_json
from seq2seq_cli.views.console import human_console, print_message

WATCH, COMPUTING, JOB = "watch", "computing", "job"
"""What a run's facts call the sentences that it watches, what it computes with, and the job that
trains it."""
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


@contextmanager
def new_run(
    folder: Path | None, asked: Asked, *, force: bool, quiet: bool, job: Job | None = None
) -> Iterator[Trainer]:
    """A trainer for a fresh run, its folder made, described and held while the context lasts.

    In a job of several processes the first does all that concerns the folder.

    Raises:
        InputError: if the run exists, if settings do not fit, or if the memory does not do.
        WorkError: if the folder cannot be written, or another process is writing it.
    """
    job = job or Job()
    if folder is not None and job.is_first:
        clean(folder.parent)
        check_folder(folder, force=force)
    if asked.guide is None:
        refuse_without_guide(asked.options)
    chosen = asked.dataset or (dataset_by_default(quiet=quiet) if job.is_first else None)
    data = Dataset.open(Path(job.share(str(chosen))))
    resolved = resolve_for(data, asked)
    links = None if asked.guide is None else open_guide(asked.guide, data, resolved.config)
    with _held(folder, RUNS / data.folder.resolve().name, job) as place:
        run = Run(
            folder=place,
            resolved=resolved,
            source=data.source,
            target=data.target,
            facts=_facts(data, place) | watch_facts(asked.watch) | guide_facts(links, place),
        )
        watch = asked.watch if job.is_first else ()
        trainer = Trainer(run, data, watch=watch, guide=links, job=job)
        trainer.try_memory()
        if job.is_first:
            with new_folder(place, force=force) as temporary:
                described(replace(run, folder=temporary), trainer).save()
                trainer.save(temporary)
        yield trainer


@contextmanager
def _held(folder: Path | None, default: Path, job: Job) -> Iterator[Path]:
    """The folder of the run, or an unused name, held by the first process of the job."""
    if not job.is_first:
        yield Path(job.share(None))
        return
    if folder is not None:
        with hold(folder):
            yield Path(job.share(str(folder)))
        return
    clean(default.parent)
    with hold_unused(default) as place:
        yield Path(job.share(str(place)))


def begun_by(job: Job, folder: Path | None) -> Path | None:
    """The run that this very job began, or went on with, before its processes were started again.

    Args:
        job: this one
        folder: of the run, where it was named
    """
    if job.name is None or not (job.is_named or job.restarts):
        return None
    found = None
    if job.is_first:
        places = (
            [path.parent for path in RUNS.glob(f"[!.]*/{FACTS}")] if folder is None else [folder]
        )
        found = next((str(place) for place in places if _job_of(place) == job.name), None)
    shared = job.share(found)
    return None if shared is None else Path(shared)


def _job_of(folder: Path) -> object:
    """The name of the job that a run was last trained by; None where there was none."""
    try:
        return read_facts(folder / FACTS)[0].get(JOB)
    except InputError:
        return None


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


def watch_facts(watch: Sequence[WatchedSentence]) -> dict[str, Any]:
    return {WATCH: watched_to_json(watch)} if watch else {}


def _facts(data: Dataset, place: Path) -> dict[str, Any]:
    """What a run remembers beside its settings; the dataset's place is relative to the run."""
    return {
        "dataset": os.path.relpath(data.folder.resolve(), place.resolve()),
        "dataset_sha256": fingerprint(data.manifest),
        "s2s": __version__,
        "python": platform.python_version(),
        "torch": version("torch"),
    }


def described(run: Run, trainer: Trainer) -> Run:
    """The run with what it computes with: a run is repeated bit for bit by the same alone.

    And with the name of its job, by which that finds it again.
    """
    job = {} if trainer.job.name is None else {JOB: trainer.job.name}
    return replace(run, facts=run.facts | {COMPUTING: computing(trainer)} | job)


def computing(trainer: Trainer) -> str:
    """What the last bits of a trainer's figures depend on, beside its settings."""
    threads = f", {trainer.threads} threads" if trainer.device.type == "cpu" else ""
    job = "" if trainer.job.is_alone else f", {trainer.job.size} processes"
    return f"{trainer.device.type} {trainer.precision}{threads}{job}, torch {version('torch')}"


def fingerprint(manifest: Manifest) -> str:
    """A checksum of what a dataset was made of and how, not of when or by which name."""
    facts = manifest.model_dump_json(exclude={"created", "made_by", "name", "files", "sha256"})
    return hashlib.sha256(facts.encode()).hexdigest()
