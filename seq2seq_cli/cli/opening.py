"""Runs and datasets that commands open by name, or by being the last one.

Imports torch: commands import this module when they run.
"""

from dataclasses import replace
from pathlib import Path

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.cli.options import DeviceName, PrecisionName
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.device import choose_device, choose_precision, use_threads
from seq2seq_cli.model.run import RUNS, Run, latest_run
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translator, settings_of
from seq2seq_cli.views.console import human_console, print_message


def find_run(folder: Path | None) -> Path:
    """The named run, or the last one trained here.

    Raises:
        InputError: if none is named and there is none.
    """
    found = folder or latest_run()
    if found is None:
        raise InputError(
            f"there is no run in ./{RUNS}. Train one with `s2s train`, or name one with --run."
        )
    return found


def open_translator(
    folder: Path | None, *, device: DeviceName, precision: PrecisionName | None, threads: int = 0
) -> tuple[Run, Translator]:
    """A run with its model, on the device and in the precision that were asked for."""
    run = Run.open(find_run(folder))
    use_threads(threads)
    where = choose_device(device.value)
    wanted = precision.value if precision else run.config.training.precision
    translator = Translator(
        model=run.load_model(where),
        source=run.source,
        target=run.target,
        device=where,
        precision=choose_precision(wanted, where, run.config.model.decoder_size),
    )
    say_warnings(run)
    return run, translator


def say_warnings(run: Run) -> None:
    """What a run has to say about itself, on standard error."""
    for warning in run.warnings:
        print_message(human_console(stderr=True), f"warning: {warning}")


def open_dataset(run: Run, folder: Path | None, *, remedy: str) -> Dataset:
    """The named dataset, or the one the run was trained on.

    Args:
        run: an open run
        folder: the dataset; None: where the run remembers it
        remedy: what the user can do if it is not there, as a sentence

    Raises:
        InputError: if it is not where it was.
    """
    if folder is not None:
        return Dataset.open(folder)
    name = run.facts.get("dataset")
    if not isinstance(name, str):
        raise InputError(f"{run.folder} does not remember its dataset. {remedy}")
    remembered = (run.folder.resolve() / name).resolve()
    if not remembered.is_dir():
        raise InputError(f"the dataset of {run.folder} is no longer at {remembered}. {remedy}")
    return Dataset.open(remembered)


def search_settings(
    run: Run,
    *,
    beam: int | None,
    n_best: int = 1,
    length_penalty: float | None = None,
    coverage_penalty: float | None = None,
) -> SearchSettings:
    """The run's own search with what was asked for instead."""
    settings = settings_of(run.config.search, beam=beam, n_best=n_best)
    if length_penalty is not None:
        settings = replace(settings, length_penalty=length_penalty)
    if coverage_penalty is not None:
        settings = replace(settings, coverage_penalty=coverage_penalty)
    return settings
