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
from seq2seq_cli.model.build import build_model, load_weights, read_tensors
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.text.codec import Codec

RUNS = Path("s2s-runs")
CONFIG, WEIGHTS, FACTS = "config.toml", "model.safetensors", "run.json"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run folder holds, apart from its weights."""

    folder: Path
    resolved: Resolved
    source: Codec
    target: Codec
    facts: dict[str, Any]
    """`dataset` (its folder), the sentences to `watch` where there are any, and versions."""

    @property
    def config(self) -> Config:
        """The settings, without their origins."""
        return self.resolved.config

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Read a run folder.

        Raises:
            InputError: if it is not one, is of a newer format, or is damaged.
        """
        if not (folder / CONFIG).is_file():
            raise InputError(
                f"{folder} is not a run: it has no {CONFIG}. "
                "Train one with `s2s train`, or name another with --run."
            )
        return cls(
            folder=folder,
            resolved=read_run_config(folder / CONFIG),
            source=Codec.load(folder, "source"),
            target=Codec.load(folder, "target"),
            facts=_read_facts(folder / FACTS),
        )

    def save(self) -> None:
        """Write everything but the weights."""
        write_atomic(self.folder / CONFIG, to_toml(self.resolved))
        facts = {"format": FORMAT_VERSION, **self.facts}
        write_atomic(self.folder / FACTS, json.dumps(facts, indent=2).encode())
        self.source.save(self.folder, "source")
        self.target.save(self.folder, "target")

    def new_model(self) -> Seq2Seq:
        """The model with fresh weights."""
        return build_model(
            self.config,
            source_vocabulary_size=len(self.source.vocabulary),
            target_vocabulary_size=len(self.target.vocabulary),
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
        model = self.new_model()
        load_weights(model, read_tensors(path), origin=path)
        return model.to(device).eval()


def _read_facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read {path}: {error}. The run folder is damaged.") from error
    if not isinstance(facts, dict):
        raise InputError(f"{path} is not a JSON object: the run folder is damaged.")
    return facts


def latest_run(root: Path = RUNS) -> Path | None:
    """The newest run below `root`, if there is one."""
    found = [path.parent for path in root.glob(f"[!.]*/{CONFIG}")] if root.is_dir() else []
    return max(found, key=lambda folder: (folder / CONFIG).stat().st_mtime_ns, default=None)
