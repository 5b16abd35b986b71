"""The state of training on disk: everything that the next step depends on.

A checkpoint is a folder, `checkpoints/step-00001234/`, with `state.safetensors` (weights, moving
average, optimizer, random states) and `state.json` (counters and checksums). It is written under
another name and renamed, so that it is there whole or not at all. Knows nothing of the loop.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as save_bytes
from torch import Tensor

from seq2seq_cli.errors import InputError
from seq2seq_cli.model.build import read_tensors
from seq2seq_cli.storage import new_folder

FOLDER, TENSORS, STATE = "checkpoints", "state.safetensors", "state.json"
KEPT = 2


@dataclass(kw_only=True)
class Progress:
    """Where training stands, beside its tensors."""

    step: int = 0
    epoch: int = 1
    batch: int = 0
    """Batches of this epoch that are done."""
    seconds: float = 0.0
    best_score: float | None = None
    best_step: int = 0
    stale: int = 0
    """Validations since the best one."""
    schedule_factor: float = 1.0
    schedule_stale: int = 0
    validated_step: int = 0
    """The step of the last validation, so that none is done twice."""
    recent: dict[str, float] = field(default_factory=dict)
    """Running sums for the next report: `smoothed`, `plain`, `tokens`, `seconds`."""


def write_checkpoint(run: Path, progress: Progress, tensors: dict[str, Tensor]) -> Path:
    """Write a checkpoint, then remove all but the newest two."""
    data = save_bytes({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
    state = {"format": 1, "sha256": hashlib.sha256(data).hexdigest(), **asdict(progress)}
    path = run / FOLDER / f"step-{progress.step:08d}"
    with new_folder(path, force=True) as temporary:
        (temporary / TENSORS).write_bytes(data)
        (temporary / STATE).write_text(json.dumps(state, indent=2), encoding="utf-8")
    for old in list_checkpoints(run)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def list_checkpoints(run: Path) -> list[Path]:
    """Checkpoints of a run, oldest first."""
    return sorted((run / FOLDER).glob("step-????????*"))


def read_checkpoint(path: Path) -> tuple[Progress, dict[str, Tensor]]:
    """Read a checkpoint and verify its checksum.

    Raises:
        InputError: if it is damaged or of a newer format.
    """
    try:
        state: dict[str, Any] = json.loads((path / STATE).read_text("utf-8"))
        digest = hashlib.sha256((path / TENSORS).read_bytes()).hexdigest()
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"the checkpoint {path} is damaged: {error}.") from error
    if not isinstance(state, dict) or state.pop("format", None) != 1:
        raise InputError(f"{path / STATE} is not a checkpoint that this s2s reads.")
    if state.pop("sha256", None) != digest:
        raise InputError(f"the checkpoint {path} is damaged: its checksum does not fit.")
    try:
        progress = Progress(**state)
    except TypeError as error:
        raise InputError(f"{path / STATE} is not a checkpoint that this s2s reads.") from error
    return progress, read_tensors(path / TENSORS)


def newest_checkpoint(run: Path) -> tuple[Path, Progress, dict[str, Tensor]]:
    """The newest checkpoint that is whole.

    Raises:
        InputError: if there is none, saying what is wrong with each.
    """
    problems = []
    for path in reversed(list_checkpoints(run)):
        try:
            return path, *read_checkpoint(path)
        except InputError as error:
            problems.append(str(error))
    found = " ".join(problems) or f"{run} has no checkpoint."
    raise InputError(f"{found} There is nothing to resume; train again with `s2s train`.")


def pack_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The tensors of an optimizer's state by name."""
    return {
        f"optimizer.{index}.{key}": value
        for index, values in optimizer.state_dict()["state"].items()
        for key, value in values.items()
        if isinstance(value, Tensor)
    }


def unpack_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what `pack_optimizer` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".", 2)
            state.setdefault(int(index), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
