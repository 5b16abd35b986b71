"""Models from configurations and weight files.

Knows nothing of training. Weights are read from safetensors alone: nothing is ever unpickled.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_bytes
from safetensors.torch import save as save_bytes
from torch import Tensor

from seq2seq_cli.config import Config
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.text.visible import visible


def build_model(
    config: Config, *, source_vocabulary_size: int, target_vocabulary_size: int
) -> Seq2Seq:
    """A model with fresh weights, on the CPU."""
    return Seq2Seq(
        source_vocabulary_size=source_vocabulary_size,
        target_vocabulary_size=target_vocabulary_size,
        config=config.model,
    )


def save_weights(path: Path, weights: dict[str, Tensor]) -> None:
    """Write tensors as safetensors, atomically; tied ones are written once."""
    write_atomic(path, save_bytes(_untied(weights)))


def _untied(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    seen: set[int] = set()
    kept = {}
    for name, tensor in weights.items():
        if tensor.numel() and tensor.data_ptr() in seen:
            continue
        seen.add(tensor.data_ptr())
        kept[name] = tensor.detach().cpu().contiguous()
    return kept


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file, on the CPU.

    Raises:
        InputError: if the file is missing or damaged.
    """
    try:
        return load_bytes(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from error
    except (SafetensorError, ValueError, KeyError, json.JSONDecodeError) as error:
        raise InputError(
            f"{path} is damaged ({visible(str(error))}). Copy it again, or train the run again."
        ) from error


def load_weights(model: Seq2Seq, tensors: dict[str, Tensor], *, origin: Path) -> None:
    """Copy tensors into a model of the same shape.

    Raises:
        InputError: if a tensor is missing, unknown, or of another shape or type.
    """
    wanted = {
        name: tensor
        for name, tensor in model.state_dict(keep_vars=True).items()
        if name in _untied(dict(model.state_dict(keep_vars=True)))
    }
    for name, tensor in wanted.items():
        found = tensors.get(name)
        if found is None or found.shape != tensor.shape or found.dtype != tensor.dtype:
            shape = "missing" if found is None else f"{tuple(found.shape)} {found.dtype}"
            raise InputError(
                f"{origin} does not fit its configuration: {name} is {shape}, expected "
                f"{tuple(tensor.shape)} {tensor.dtype}. Use the config.toml it was trained with."
            )
    unknown = sorted(set(tensors) - set(wanted))
    if unknown:
        raise InputError(f"{origin} holds {unknown[0]!r}, which the configured model has not.")
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(tensors[name])
