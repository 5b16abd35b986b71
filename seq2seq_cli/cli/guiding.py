"""The links that `s2s train --guide` names: read for a new run, found again when one goes on.

Imports torch: commands import this module when they run.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.batching.shards import SHARD_PAIRS
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.corpus.splitting import TRAIN
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import Run
from seq2seq_cli.text.visible import visible
from seq2seq_cli.training.guide import Guide
from seq2seq_cli.training.links import read_links

GUIDE, DIGEST = "guide", "guide_sha256"
"""What a run remembers: the file, relative to the run, and the SHA-256 of its bytes."""


def open_guide(path: Path, data: Dataset, config: Config) -> Guide:
    """The guide of a new run.

    Raises:
        InputError: if the model has no attention, or the file does not fit the training pairs.
    """
    if config.model.attention == "none":
        raise InputError(
            "--guide guides attention, and --attention none has none. Choose another kind, or "
            "leave --guide out."
        )
    return _read(_open(path), path, data, config)


def refuse_without_guide(options: Mapping[str, Any]) -> None:
    """Refuse options that say how to be guided where there is no guide.

    Raises:
        InputError: naming them.
    """
    given = [f"--{name[9:].replace('_', '-')}" for name in options if "training.guide_" in name]
    if given:
        raise InputError(
            f"{', '.join(given)}: there is nothing to guide by. Name a file of links with --guide."
        )


def guide_facts(guide: Guide | None, place: Path) -> dict[str, str]:
    """What the run at `place` remembers of its guide."""
    if guide is None:
        return {}
    path = os.path.relpath(guide.path.resolve(), place.resolve())
    return {GUIDE: path, DIGEST: guide.sha256}


def reopen_guide(run: Run, path: Path | None, data: Dataset) -> Guide | None:
    """The guide of a run that goes on: the file it remembers, or the same one, moved to `path`.

    Raises:
        InputError: if it is not there, differs, or the run has none and one is named.
    """
    found = same_guide(run, path)
    return None if found is None else _read(_open(found), found, data, run.config)


def same_guide(run: Run, path: Path | None) -> Path | None:
    """The file that guides a run, where it has one: as it remembers it, or moved to `path`.

    Raises:
        InputError: if it is not there, differs, or the run has none and one is named.
    """
    digest, name = run.facts.get(DIGEST), run.facts.get(GUIDE)
    shown = visible(str(run.folder))
    if not isinstance(digest, str) or not isinstance(name, str):
        if path is not None:
            raise InputError(
                f"{shown} was trained without a guide, and goes on so. Leave --guide out, or train "
                "a new run."
            )
        return None
    found = path or (run.folder.resolve() / name).resolve()
    if path is None and not found.exists():
        raise InputError(
            f"the guide of {shown} is no longer at {visible(str(found))}. Name it: "
            "s2s train --resume --run RUN --guide FILE."
        )
    file = _open(found)
    if file.sha256() != digest:
        raise InputError(
            f"{file.name} is not the guide that {shown} was trained with: its bytes differ. Name "
            "the right file with --guide, or train a new run."
        )
    return found


def _open(path: Path) -> TextFile:
    if str(path) == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
        raise InputError(
            f"--guide {visible(str(path))}: a file is expected, which a resumed run can read "
            "again. Write the links to a file first."
        )
    return TextFile(str(path))


def _read(file: TextFile, path: Path, data: Dataset, config: Config) -> Guide:
    train = data.split(TRAIN)
    if train.is_sharded:
        raise InputError(
            f"--guide: the {len(train):,} training pairs of {visible(str(data.folder))} are in "
            f"shards, and links of at most {SHARD_PAIRS:,} pairs are read. Prepare fewer pairs to "
            "guide attention, or leave --guide out."
        )
    links = read_links(
        file,
        train,
        data.source.tokenizer,
        data.target.tokenizer,
        units=config.training.guide_units,
    )
    if not links.pairs:
        raise InputError(f"{file.name} has no link between tokens: there is nothing to guide by.")
    return Guide(path=path, sha256=file.sha256(), links=links)
