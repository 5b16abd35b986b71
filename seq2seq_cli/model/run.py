"""The run folder: a model with its settings, tokenizers and vocabularies, complete in itself.

Knows nothing of how it is trained or what is done with it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from seq2seq_cli.config import FORMAT_VERSION, Config, Resolved, read_run_config, to_toml
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.build import build_model, check_size, load_weights, read_tensors
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.sealed import (
    Checksums,
    check_file,
    check_folder,
    checksums_of,
    is_whole,
    read_bounded,
    sealed,
)
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.text.codec import SIDES, Codec
from seq2seq_cli.text.copying import copy_table
from seq2seq_cli.text.visible import visible

RUNS = Path("s2s-runs")
CONFIG, WEIGHTS, FACTS = "config.toml", "model.safetensors", "run.json"
LISTED = (
    CONFIG,
    *(f"{side}.{what}.json" for side in SIDES for what in ("tokenizer", "vocabulary")),
)
"""What `run.json` has the checksums of; weights and checkpoints carry their own."""
_MOST_FACTS = 1 << 24


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run folder holds, apart from its weights."""

    folder: Path
    resolved: Resolved
    source: Codec
    target: Codec
    facts: dict[str, Any]
    """`dataset` (its folder), the sentences to `watch` where there are any, and versions."""
    warnings: tuple[str, ...] = ()
    """What a person should know who did not do it: an edited config.toml."""

    @property
    def config(self) -> Config:
        """The settings, without their origins."""
        return self.resolved.config

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Read a run folder.

        Raises:
            InputError: if it is not one, is of a newer format, is damaged, or holds a link that
                leads out of it.
        """
        if not (folder / CONFIG).is_file():
            raise InputError(
                f"{folder} is not a run: it has no {CONFIG}. "
                "Train one with `s2s train`, or name another with --run."
            )
        check_folder(folder)
        facts, checksums = read_facts(folder / FACTS)
        return cls(
            folder=folder,
            resolved=read_run_config(folder / CONFIG),
            source=Codec.load(folder, "source", checksums),
            target=Codec.load(folder, "target", checksums),
            facts=facts,
            warnings=_edited(folder / CONFIG, checksums),
        )

    def save(self) -> None:
        """Write everything but the weights; what holds the checksums of the others comes last."""
        write_atomic(self.folder / CONFIG, to_toml(self.resolved))
        self.source.save(self.folder, "source")
        self.target.save(self.folder, "target")
        listed = checksums_of(self.folder, LISTED)
        facts = sealed({"format": FORMAT_VERSION, **self.facts, "files": listed})
        write_atomic(self.folder / FACTS, json.dumps(facts, indent=2).encode())

    def new_model(self) -> Seq2Seq:
        """The model with fresh weights.

        Raises:
            InputError: if the settings do not go together, or are to copy what is not shared.
        """
        source, target = self.source.vocabulary, self.target.vocabulary
        return build_model(
            self.config,
            source_vocabulary_size=len(source),
            target_vocabulary_size=len(target),
            copy_table=copy_table(source, target) if self.config.model.copying else None,
        )

    def load_model(self, device: torch.device) -> Seq2Seq:
        """The best model of the run, in evaluation mode, on `device`.

        Raises:
            InputError: if the weights are missing or do not fit.
        """
        path = self.folder / WEIGHTS
        if not path.is_file():
            raise InputError(
                f"{self.folder} has no {WEIGHTS} yet: the run was not validated once. "
                f"Go on with `s2s train --resume --run {self.folder}`."
            )
        tensors = read_tensors(path)
        sizes = len(self.source.vocabulary), len(self.target.vocabulary)
        check_size(self.config, sizes, tensors, origin=path)
        model = self.new_model()
        load_weights(model, tensors, origin=path)
        return model.to(device).eval()


def read_facts(path: Path) -> tuple[dict[str, Any], Checksums | None]:
    """What the run remembers, and the checksums of its files; None in runs of before.

    Raises:
        InputError: if the file cannot be read or is damaged.
    """
    try:
        facts = json.loads(read_bounded(path, _MOST_FACTS).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read {path}: {error}. The run folder is damaged.") from error
    if not isinstance(facts, dict):
        raise InputError(f"{path} is not a JSON object: the run folder is damaged.")
    if not is_whole(facts):
        raise InputError(
            f"{path} does not fit its own checksum: the run folder is damaged. Copy the run again."
        )
    checksums = facts.get("files")
    if checksums is not None and not _are_checksums(checksums):
        raise InputError(f"{path}: `files` holds no checksums: the run folder is damaged.")
    kept = {key: value for key, value in facts.items() if key not in ("files", "sha256")}
    return kept, checksums


def _are_checksums(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(sums, list) and all(isinstance(one, str) for one in sums)
        for sums in value.values()
    )


def _edited(path: Path, checksums: Checksums | None) -> tuple[str, ...]:
    """Settings may be edited by hand, so that other bytes are worth a warning and no more."""
    try:
        check_file(path, checksums)
    except InputError:
        shown = visible(str(path))
        return (
            f"{shown} is not as training wrote it. Its settings are used as they stand there; if "
            "nobody edited it, it is damaged: copy the run again.",
        )
    return ()


def latest_run(root: Path = RUNS) -> Path | None:
    """The newest run below `root`, if there is one."""
    found = [path.parent for path in root.glob(f"[!.]*/{CONFIG}")] if root.is_dir() else []
    return max(found, key=lambda folder: (folder / CONFIG).stat().st_mtime_ns, default=None)
