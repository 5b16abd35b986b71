"""Runs that commands open by name, or by being the last one, and how they search.

Imports torch: commands import this module when they run.
"""

from dataclasses import replace
from pathlib import Path

from seq2seq_cli.cli.lines import warn
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import RUNS, Run, latest_run
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import settings_of


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


def say_warnings(run: Run) -> None:
    """What a run has to say about itself, on standard error."""
    for warning in run.warnings:
        warn(warning)


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
