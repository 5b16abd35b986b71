"""Forced decoding: what a model makes of a target that is given.

Knows nothing of text.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.model.decoder import Decoded
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings, make_hypothesis


@torch.inference_mode()
def force_targets(model: Seq2Seq, batch: Batch, settings: SearchSettings) -> list[Hypothesis]:
    """Log-probabilities and attention of the given targets, `</s>` included, in one pass.

    Args:
        model: in evaluation mode
        batch: the pairs
        settings: the penalties that the score uses
    """
    decoded = model(batch.source, batch.source_lengths, batch.target_in, batch.target_lengths)
    packing = decoded.packing
    wanted = packing.pack(batch.target_out).unsqueeze(1)
    chosen = model.logits(decoded.features).log_softmax(dim=1).gather(1, wanted).squeeze(1)
    log_probs = packing.unpack(chosen)
    rows = zip(batch.target_out, log_probs, weight_matrices(decoded, batch), strict=True)
    return [
        make_hypothesis(
            ids[: len(matrix)].tolist(), found[: len(matrix)].cpu().numpy(), matrix, settings
        )
        for ids, found, matrix in rows
    ]


def weight_matrices(decoded: Decoded, batch: Batch) -> list[NDArray[np.float64]]:
    """The attention weights of each pair without padding, (target, source), `</s>` included."""
    weights = decoded.packing.unpack(decoded.weights).cpu().double().numpy()
    lengths = zip(batch.target_lengths.tolist(), batch.source_lengths.tolist(), strict=True)
    return [weights[row, :target, :source] for row, (target, source) in enumerate(lengths)]
