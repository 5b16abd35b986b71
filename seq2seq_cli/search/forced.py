"""Forced decoding: what a model makes of a target that is given.

Knows nothing of text.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings, make_hypothesis
from seq2seq_cli.search.model import ForcedTargets, SearchModel

Matrix = NDArray[np.float64]


@torch.inference_mode()
def force_targets(model: SearchModel, batch: Batch, settings: SearchSettings) -> list[Hypothesis]:
    """Log-probabilities and attention of the given targets, `</s>` included, in one pass.

    Args:
        model: in evaluation mode
        batch: the pairs
        settings: the penalties that the score uses
    """
    decoded = _read(model, batch)
    wanted = decoded.packing.pack(batch.target_out).unsqueeze(1)
    chosen = model.scores(decoded).log_softmax(dim=1).gather(1, wanted).squeeze(1)
    log_probs = _on_cpu(decoded.packing.unpack(chosen))
    rows = zip(batch.target_out, log_probs, weight_matrices(decoded, batch), strict=True)
    return [
        make_hypothesis(ids[: len(matrix)].tolist(), found[: len(matrix)], matrix, settings)
        for ids, found, matrix in rows
    ]


@torch.inference_mode()
def force_attention(model: SearchModel, batch: Batch) -> list[Matrix]:
    """The attention of the given targets alone, as `force_targets` has it, without output layer.

    Args:
        model: in evaluation mode
        batch: the pairs

    Returns:
        for each pair its weights with `</s>` on both sides, (target + 1, source + 1)
    """
    return weight_matrices(_read(model, batch), batch)


@torch.inference_mode()
def force_copying(model: SearchModel, batch: Batch) -> list[Matrix] | None:
    """How much of the distribution of each token of the given targets is copied from the source.

    Args:
        model: in evaluation mode
        batch: the pairs

    Returns:
        for each pair the shares with that of `</s>`, (target + 1,); None where nothing can be
    """
    decoded = _read(model, batch)
    copied = model.copied(decoded)
    if copied is None:
        return None
    shares = _on_cpu(decoded.packing.unpack(copied))
    return [row[:length] for row, length in zip(shares, batch.target_lengths, strict=True)]


def _read(model: SearchModel, batch: Batch) -> ForcedTargets:
    decoded: ForcedTargets = model(
        batch.source, batch.source_lengths, batch.target_in, batch.target_lengths
    )
    return decoded


def weight_matrices(decoded: ForcedTargets, batch: Batch) -> list[Matrix]:
    """The attention weights of each pair without padding, (target, source), `</s>` included."""
    weights = _on_cpu(decoded.packing.unpack(decoded.weights))
    lengths = zip(batch.target_lengths.tolist(), batch.source_lengths.tolist(), strict=True)
    return [weights[row, :target, :source] for row, (target, source) in enumerate(lengths)]


def _on_cpu(values: Tensor) -> Matrix:
    array: Matrix = values.cpu().double().numpy()
    return array
