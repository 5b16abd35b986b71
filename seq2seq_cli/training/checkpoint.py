"""The state of training on disk: everything that the next step depends on.

A checkpoint is a folder, `checkpoints/step-00001234/`, with `state.safetensors` (weights, moving
average, optimizer, random states) and `state.json` (counters and checksums). It is written under
another name and renamed, so that it is there whole or not at all. Knows nothing of the loop.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors.torch import save as save_bytes
from torch import Tensor

from seq2seq_cli.errors import InputError
from seq2seq_cli.model.build import read_tensors
from seq2seq_cli.sealed import read_bounded
from seq2seq_cli.storage import new_folder
from seq2seq_cli.training.sums import Recent

FOLDER, TENSORS, STATE = "checkpoints", "state.safetensors", "state.json"
FORMAT = 1
KEPT = 2
MOST_STATE_BYTES = 1 << 20


@dataclass(kw_only=True)
class Progress:
    """Where training stands, beside its tensors."""

    step: int = 0
    epoch: int = 1
    window: int = 0
    """Windows of this epoch that are done."""
    batch: int = 0
    """Batches of this window that are done."""
    batches_before: int = 0
    """Batches of this epoch in the windows before."""
    seconds: float = 0.0
    best_score: float | None = None
    best_loss: float | None = None
    """The validation loss of the model with the best score."""
    best_step: int = 0
    stale: int = 0
    """Validations since the best one."""
    schedule_factor: float = 1.0
    schedule_stale: int = 0
    validated_step: int = 0
    """The step of the last validation, so that none is done twice."""
    bad_steps: int = 0
    """Steps that were left out, because their loss or gradient was not finite."""
    recent: Recent = field(default_factory=Recent)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint that was read."""

    path: Path
    progress: Progress
    tensors: dict[str, Tensor]
    passed_over: tuple[str, ...]
    """What is wrong with the newer ones."""


def write_checkpoint(run: Path, progress: Progress, tensors: Mapping[str, Tensor]) -> Path:
    """Write a checkpoint, then remove all but the newest two."""
    data = save_bytes(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    )
    counters = asdict(progress)
    state = {"format": FORMAT, "sha256": _digest(data, counters), **counters}
    path = checkpoint_path(run, progress)
    text = json.dumps(state, indent=2).encode()
    with new_folder(path, force=True, size=len(data) + len(text)) as temporary:
        (temporary / TENSORS).write_bytes(data)
        (temporary / STATE).write_bytes(text)
    for old in list_checkpoints(run)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def checkpoint_path(run: Path, progress: Progress) -> Path:
    """Where the checkpoint of a run stands."""
    return run / FOLDER / f"step-{progress.step:08d}"


def _digest(tensors: bytes, counters: Mapping[str, Any]) -> str:
    """A checksum of everything that a checkpoint holds."""
    digest = hashlib.sha256(json.dumps(counters, sort_keys=True).encode())
    digest.update(tensors)
    return digest.hexdigest()


def list_checkpoints(run: Path) -> list[Path]:
    """Checkpoints of a run, oldest first."""
    found = (path for path in (run / FOLDER).glob("step-*") if path.name[5:].isdecimal())
    return sorted(found, key=lambda path: int(path.name[5:]))


def read_checkpoint(path: Path) -> tuple[Progress, dict[str, Tensor]]:
    """Read a checkpoint and verify its checksum.

    Raises:
        InputError: if it is damaged or of a newer format.
    """
    try:
        state: dict[str, Any] = json.loads(read_bounded(path / STATE, MOST_STATE_BYTES))
        data = (path / TENSORS).read_bytes()
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"the checkpoint {path} is damaged: {error}.") from error
    if not isinstance(state, dict) or state.pop("format", None) != FORMAT:
        raise InputError(f"{path / STATE} is not of the checkpoint format {FORMAT}.")
    if state.pop("sha256", None) != _digest(data, state):
        raise InputError(f"the checkpoint {path} is damaged: its checksum does not fit.")
    try:
        progress = TypeAdapter(Progress).validate_json(json.dumps(state), strict=True)
    except ValidationError as error:
        raise InputError(f"{path / STATE} is not a checkpoint that this s2s reads.") from error
    return progress, read_tensors(path / TENSORS)


def newest_checkpoint(run: Path) -> Checkpoint:
    """The newest checkpoint that is whole.

    Raises:
        InputError: if there is none, saying what is wrong with each.
    """
    problems: list[str] = []
    for path in reversed(list_checkpoints(run)):
        try:
            progress, tensors = read_checkpoint(path)
        except InputError as error:
            problems.append(str(error))
            continue
        return Checkpoint(
            path=path, progress=progress, tensors=tensors, passed_over=tuple(problems)
        )
    found = " ".join(problems) or f"{run} has no checkpoint."
    raise InputError(f"{found} There is nothing to resume; train again with `s2s train`.")


def check_fit(found: Mapping[str, Tensor], expected: Mapping[str, Tensor], path: Path) -> None:
    """Refuse tensors of a checkpoint that are not those of the model that goes on.

    Raises:
        InputError: naming the first that is missing or of another shape.
    """
    for name, wanted in expected.items():
        tensor = found.get(name)
        if tensor is None or tensor.shape != wanted.shape:
            what = "has no" if tensor is None else "has another shape of"
            raise InputError(
                f"the checkpoint {path} {what} {name!r}: the settings have changed since. "
                "Put back the run's config.toml, or train a new run."
            )


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
