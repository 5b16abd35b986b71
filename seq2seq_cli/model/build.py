"""Models from configurations and weight files.

Knows nothing of training. Weights are read from safetensors alone: nothing is ever unpickled.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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

METADATA, CHECKSUM = "__metadata__", "sha256"


def build_model(
    config: Config,
    *,
    source_vocabulary_size: int,
    target_vocabulary_size: int,
    copy_table: Sequence[int] | None = None,
) -> Seq2Seq:
    """A model with fresh weights, on the CPU; `copy_table` is for one that copies."""
    return Seq2Seq(
        source_vocabulary_size=source_vocabulary_size,
        target_vocabulary_size=target_vocabulary_size,
        config=config.model,
        copy_table=copy_table,
    )


def save_weights(path: Path, weights: dict[str, Tensor]) -> None:
    """Write tensors as safetensors, atomically, with a checksum; tied ones are written once."""
    kept = _untied(weights)
    header, data = _parted(save_bytes(kept))
    write_atomic(path, save_bytes(kept, {CHECKSUM: _digest(header, data)}))


def _parted(file: bytes) -> tuple[dict[str, Any], memoryview]:
    """What a safetensors file says of its tensors, and their bytes."""
    end = 8 + int.from_bytes(file[:8], "little")
    return json.loads(file[8:end]), memoryview(file)[end:]


def _digest(header: dict[str, Any], data: memoryview) -> str:
    """The SHA-256 of tensors with their names, types and shapes."""
    tensors = {name: facts for name, facts in header.items() if name != METADATA}
    digest = hashlib.sha256(json.dumps(tensors, sort_keys=True).encode())
    digest.update(data)
    return digest.hexdigest()


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
    """All tensors of a safetensors file, on the CPU, after a check of its checksum, if it has one.

    Raises:
        InputError: if the file is missing or damaged.
    """
    try:
        file = path.read_bytes()
        tensors = load_bytes(file)  # checks the header's sizes before anything is made of them
        header, data = _parted(file)
        checksum = header.get(METADATA, {}).get(CHECKSUM)
        if checksum is not None and checksum != _digest(header, data):
            raise ValueError("its checksum does not fit")
        return tensors
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from error
    except (SafetensorError, ValueError, KeyError, RecursionError) as error:
        raise InputError(
            f"{path} is damaged ({visible(str(error))}). Copy it again, or train the run again."
        ) from error


def check_size(
    config: Config, vocabularies: tuple[int, int], tensors: dict[str, Tensor], *, origin: Path
) -> None:
    """Refuse settings that ask for far more weights than there are, before memory is taken.

    Args:
        config: settings, not trusted.
        vocabularies: sizes of the source's and the target's.
        tensors: all weights that there are.
        origin: their file.

    Raises:
        InputError: if the embeddings and the recurrent weights alone would be more.
    """
    sizes, found = config.model, sum(tensor.numel() for tensor in tensors.values())
    least = sum(vocabularies) * sizes.embedding_size
    least += 6 * sizes.encoder_layers * sizes.encoder_size**2
    least += 3 * sizes.decoder_layers * sizes.decoder_size**2
    if least > found:
        raise InputError(
            f"{origin} does not fit its configuration: it holds {found:,} weights, and at least "
            f"{least:,} are expected. Use the config.toml it was trained with."
        )


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
