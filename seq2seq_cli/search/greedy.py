"""Greedy search: at each step the likeliest token.

Knows nothing of text. Rows that have ended leave the batch.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq_cli.model.device import widest_float
from seq2seq_cli.search.candidates import best_continuations
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings, make_hypothesis
from seq2seq_cli.search.model import SearchModel
from seq2seq_cli.text.vocabulary import BOS, EOS


@torch.inference_mode()
def greedy_search(
    model: SearchModel, source: Tensor, lengths: Tensor, settings: SearchSettings
) -> list[Hypothesis]:
    """The likeliest next token until `</s>`, for each row.

    Args:
        model: in evaluation mode
        source: ids ending in `</s>`, then padding, (batch, source)
        lengths: (batch,), on the CPU
        settings: length limits and penalties; the beam is not looked at
    """
    state = model.decoder.start(model.encode(source, lengths))
    rows = np.arange(len(source))
    limits = np.array([settings.longest(length) for length in lengths.tolist()])
    tokens = torch.full((len(rows),), BOS, device=source.device)
    wide, scores = widest_float(source.device), model.scorer()
    taken: list[tuple[NDArray[np.generic], ...]] = []  # a step: rows, tokens, log-probs, weights
    while len(rows):
        step = model.decoder.step(tokens, state)
        nothing = torch.zeros(len(rows), 1, dtype=wide, device=source.device)
        _, best, log_probs = best_continuations(scores(step), nothing, 1)
        tokens, state = best.squeeze(1), step.state
        chosen = tokens.cpu().numpy()
        taken.append((rows, chosen, log_probs.squeeze(1).cpu().numpy(), step.weights.cpu().numpy()))
        keep = np.flatnonzero((chosen != EOS) & (len(taken) < limits[rows]))
        if len(keep) < len(rows):
            rows, kept = rows[keep], torch.from_numpy(keep).to(source.device)
            state, tokens = state.select(kept), tokens[kept]
    return _hypotheses(taken, lengths.tolist(), settings)


def _hypotheses(
    taken: list[tuple[NDArray[np.generic], ...]], lengths: list[int], settings: SearchSettings
) -> list[Hypothesis]:
    """What the steps add up to, row by row."""
    rows, *columns = (np.concatenate(column) for column in zip(*taken, strict=True))
    order, ends = np.argsort(rows, kind="stable"), np.cumsum(np.bincount(rows))
    each = zip(*(np.split(column[order], ends[:-1]) for column in columns), lengths, strict=True)
    return [
        make_hypothesis(ids.tolist(), log_probs, weights[:, :length], settings)
        for ids, log_probs, weights, length in each
    ]
