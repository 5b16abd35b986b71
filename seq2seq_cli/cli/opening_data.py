"""Datasets that commands open by name, or as what a run was trained on.

Imports torch: commands import this module when they run.
"""

from pathlib import Path

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import Run


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
