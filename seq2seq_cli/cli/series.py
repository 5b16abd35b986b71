"""What `s2s train --seeds N` does: runs that differ in their seed alone, one after another.

They stand in folders NAME-seed1, NAME-seed2, ...; those folders are all that a series is, so that
one that was interrupted goes on by what is there. Imports torch: the command imports this module
when it runs.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from itertools import count as count_from
from pathlib import Path
from typing import Any

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.cli.following import follow, outcome
from seq2seq_cli.cli.opening import find_run
from seq2seq_cli.cli.output import print_json
from seq2seq_cli.cli.resuming import resume_run, sibling_run
from seq2seq_cli.cli.training import (
    Asked,
    check_folder,
    dataset_by_default,
    new_run,
    resolve_for,
)
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import CONFIG, RUNS, Run
from seq2seq_cli.scoring.spread import Spread, spread_of
from seq2seq_cli.training.checkpoint import list_checkpoints
from seq2seq_cli.training.events import RunEnded
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.event_lines import quoted
from seq2seq_cli.views.series import series_view

_NAME = re.compile(r"(?P<base>.+)-seed(?P<seed>\d+)")


@dataclass(frozen=True, kw_only=True)
class Series:
    """Runs that are trained one after another."""

    base: Path
    """What their folders are called without the seed."""
    first: int
    """The lowest seed."""
    count: int
    trainers: Iterator[AbstractContextManager[Trainer]]
    """Each holds its run while its context lasts."""

    @property
    def go_on(self) -> str:
        """The command that takes the series up again."""
        seed = f" --seed {self.first}" if self.first != 1 else ""
        return f"s2s train --resume --seeds {self.count}{seed} --run {quoted(self.base)}"


def new_series(base: Path | None, asked: Asked, *, count: int, force: bool, quiet: bool) -> Series:
    """Fresh runs, all of whose folders are free, or replaced with `force`.

    Raises:
        InputError: if one of the runs exists, settings do not fit, or `base` is no name.
    """
    _check_name(base)
    data = Dataset.open(asked.dataset or dataset_by_default(quiet=quiet))
    first = resolve_for(data, asked).config.training.seed
    place = base or _unused_base(RUNS / data.folder.resolve().name)
    folders = {seed: _folder(place, seed) for seed in range(first, first + count)}
    for folder in folders.values():
        check_folder(folder, force=force)
    asked = replace(asked, dataset=data.folder)
    trainers = _new_runs(folders, asked, force=force)
    return Series(base=place, first=first, count=count, trainers=trainers)


def _new_runs(
    folders: Mapping[int, Path], asked: Asked, *, force: bool
) -> Iterator[AbstractContextManager[Trainer]]:
    (seed, folder), *others = folders.items()
    with_seed = replace(asked, options={**asked.options, "training.seed": seed})
    yield new_run(folder, with_seed, force=force, quiet=True)
    first = Run.open(folder)
    for seed, folder in others:
        yield sibling_run(first, folder, seed, asked, force=force)


def resumed_series(base: Path | None, asked: Asked, *, count: int, quiet: bool) -> Series:
    """A series that goes on: runs that were begun are resumed, those that were not are trained.

    It begins with the seed that is asked for, or else with the lowest that was begun.

    Raises:
        InputError: if there is no series of this name, or one of its runs cannot go on.
    """
    _check_name(base)
    place = base or _base_of(find_run(None))
    begun = _seeds(place)
    if not begun:
        raise InputError(
            f"there is no series {place}: no run {place}-seed1, say. Name it as it was named when "
            "it was begun: s2s train --resume --seeds N --run NAME."
        )
    options = dict(asked.options)
    first = options.pop("training.seed", min(begun))
    seeds = range(first, first + count)
    trainers = _resumed_runs(place, seeds, replace(asked, options=options), quiet=quiet)
    return Series(base=place, first=first, count=count, trainers=trainers)


def _resumed_runs(
    base: Path, seeds: range, asked: Asked, *, quiet: bool
) -> Iterator[AbstractContextManager[Trainer]]:
    first = _folder(base, seeds[0])
    yield resume_run(first, asked, more_epochs=None, quiet=quiet)
    for seed in seeds[1:]:
        folder = _folder(base, seed)
        if list_checkpoints(folder):
            yield resume_run(folder, asked, more_epochs=None, quiet=quiet)
        else:  # not begun, or ended before anything was kept
            check_folder(folder, force=True)
            yield sibling_run(Run.open(first), folder, seed, asked, force=True)


def train_series(series: Series, *, quiet: bool, json: bool) -> None:
    """Train all runs and report how far their best scores lie apart.

    Raises:
        typer.Exit: with 130 where training was interrupted.
    """
    console, ended = human_console(stderr=True), []
    for number, opened in enumerate(series.trainers, start=1):
        with opened as trainer:
            if not quiet:
                seed = trainer.run.config.training.seed
                name = f"run {number} of {series.count}, seed {seed}: {trainer.run.folder}"
                print_message(console, name, style="bold")
            ended.append(follow(trainer, quiet=quiet, json=False, go_on=series.go_on))
    spread = spread_of([one.best_score for one in ended])
    if json:
        print_json(_facts(ended, spread))
    elif not quiet:
        console.print(series_view(ended, spread))


def _facts(ended: list[RunEnded], spread: Spread) -> dict[str, Any]:
    return {
        "metric": ended[0].metric,
        **asdict(spread),
        "runs": [outcome(one) for one in ended],
    }


def _check_name(base: Path | None) -> None:
    if base is not None and not base.name:
        raise InputError(f"--run {base} has no name that runs of seeds could take. Give it one.")


def _folder(base: Path, seed: int) -> Path:
    return base.with_name(f"{base.name}-seed{seed}")


def _seeds(base: Path) -> list[int]:
    """The seeds of the runs that are there."""
    found = (_NAME.fullmatch(path.parent.name) for path in base.parent.glob(f"*/{CONFIG}"))
    return [int(match["seed"]) for match in found if match and match["base"] == base.name]


def _base_of(run: Path) -> Path:
    """The name of the series that a run belongs to, or would belong to."""
    match = _NAME.fullmatch(run.name)
    return run.with_name(match["base"]) if match else run


def _unused_base(base: Path) -> Path:
    """The first of NAME, NAME-2, ... that no series has."""
    names = count_from(1)
    candidates = (base if n == 1 else base.with_name(f"{base.name}-{n}") for n in names)
    return next(candidate for candidate in candidates if not _seeds(candidate))
