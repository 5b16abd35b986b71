"""Greedy search: at each step the likeliest token.

Knows nothing of text. Rows that have ended leave the batch.
"""

import numpy as np
import torch
from torch import Tensor

from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.penalties import final_score
from seq2seq_cli.text.vocabulary import BOS, EOS, PAD


def forbid_specials(logits: Tensor) -> Tensor:
    """Rule out `<pad>` and `<s>`, which are never output; changes (rows, vocab) in place.

    Probabilities are normalised before this, so that search and forced decoding agree.
    """
    logits[:, PAD] = float("-inf")
    logits[:, BOS] = float("-inf")
    return logits


@torch.inference_mode()
def greedy_search(
    model: Seq2Seq, source: Tensor, lengths: Tensor, settings: SearchSettings
) -> list[Hypothesis]:
    """The likeliest next token until `</s>`, for each row.

    Args:
        model: in evaluation mode
        source: ids ending in `</s>`, then padding, (batch, source)
        lengths: (batch,), on the CPU
        settings: length limits and penalties; the beam is not looked at
    """
    state = model.decoder.start(model.encode(source, lengths))
    rows = list(range(source.size(0)))
    limits = [settings.longest(length) for length in lengths.tolist()]
    found: list[list[tuple[int, float, np.ndarray]]] = [[] for _ in rows]
    tokens = torch.full((len(rows),), BOS, dtype=torch.long, device=source.device)
    while rows:
        step = model.decoder.step(tokens, state)
        logits = model.logits(step.features)
        normaliser = logits.logsumexp(dim=1)
        tokens = forbid_specials(logits).argmax(dim=1)
        chosen = logits.gather(1, tokens.unsqueeze(1)).squeeze(1) - normaliser
        weights = step.weights.cpu().double().numpy()
        for row, token, log_prob, weight in zip(
            rows, tokens.tolist(), chosen.tolist(), weights, strict=True
        ):
            found[row].append((token, log_prob, weight[: int(lengths[row])]))
        keep = [
            position
            for position, row in enumerate(rows)
            if found[row][-1][0] != EOS and len(found[row]) < limits[row]
        ]
        state = step.state
        if len(keep) < len(rows):
            rows = [rows[position] for position in keep]
            index = torch.tensor(keep, dtype=torch.long, device=source.device)
            state, tokens = state.select(index), tokens[index]
    return [_hypothesis(steps, settings) for steps in found]


def _hypothesis(steps: list[tuple[int, float, np.ndarray]], settings: SearchSettings) -> Hypothesis:
    ids, log_probs, weights = zip(*steps, strict=True)
    probabilities, matrix = np.array(log_probs), np.stack(weights)
    score = final_score(
        probabilities,
        matrix,
        alpha=settings.length_penalty,
        beta=settings.coverage_penalty,
    )
    return Hypothesis(ids=ids, log_probs=probabilities, weights=matrix, score=score)
