"""The likeliest continuations of hypotheses: the part of a search that reads all of the vocabulary.

Knows nothing of models or of what becomes of the continuations.
"""

import torch
from torch import Tensor

from seq2seq_cli.model.rounded import RoundedScores
from seq2seq_cli.text.vocabulary import BOS, PAD

BLOCK = 64
"""Columns whose maximum is looked at first."""


def best_continuations(
    scores: Tensor | RoundedScores, alive: Tensor, count: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The best continuations of the living hypotheses of each sentence, best first.

    Args:
        scores: of all tokens, (sentences * slots, vocab); used up
        alive: log-probability of the hypothesis in each slot, (sentences, slots)
        count: how many are wanted; fewer come where there are fewer

    Returns:
        slots: which hypothesis goes on, (sentences, count)
        tokens: with which token; never `<pad>` or `<s>` where there is any other
        totals: the sum of its log-probability and that of the token, in the type of `alive`
    """
    if isinstance(scores, Tensor):
        slots, tokens, found = _of_all(scores, alive, count)
    else:
        slots, tokens, found = scores.likeliest(alive, count, without=(PAD, BOS))
    totals, best = found.topk(min(count, found.size(1)), dim=1)
    return slots.gather(1, best), tokens.gather(1, best), totals


def _of_all(logits: Tensor, alive: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Slots, tokens and totals of few continuations that hold the best, (sentences, listed)."""
    shift = alive - logits.logsumexp(dim=1).to(alive.dtype).view_as(alive)
    _forbid_specials(logits)
    totals, places = _shortlist(logits, shift, count)
    return places // logits.size(1), places % logits.size(1), totals


def _forbid_specials(logits: Tensor) -> None:
    """Rule out `<pad>` and `<s>`, which are never output; changes (rows, vocab) in place.

    Probabilities are normalised before this, so that search and forced decoding agree.
    """
    logits[:, PAD] = float("-inf")
    logits[:, BOS] = float("-inf")


def _shortlist(logits: Tensor, shift: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Few continuations that hold the best: their scores, and their places, slot * vocab + token.

    The best `count` lie in the `count` blocks of tokens whose maxima are best: after one quick pass
    few scores are left to be sorted. What follows the last whole block is all among them.

    Args:
        logits: (sentences * slots, vocab)
        shift: what is added to the logits of each slot, (sentences, slots)
        count: how many are wanted

    Returns:
        Both (sentences, continuations).
    """
    sentences, slots = shift.shape
    columns = logits.size(1)
    scores = logits.unflatten(0, (sentences, slots))
    places = torch.arange(slots * columns, device=logits.device).view(slots, columns)
    whole = columns - columns % BLOCK
    blocks = scores[..., :whole].unflatten(2, (-1, BLOCK))  # (sentences, slots, blocks, BLOCK)
    peaks = (blocks.amax(dim=3) + shift.unsqueeze(2)).flatten(1)
    best = peaks.topk(min(count, peaks.size(1)), dim=1, sorted=False).indices
    slot, block = best // max(1, blocks.size(2)), best % max(1, blocks.size(2))
    sentence = torch.arange(sentences, device=logits.device).unsqueeze(1)
    inside = blocks[sentence, slot, block] + shift.gather(1, slot).unsqueeze(2)
    outside = scores[..., whole:] + shift.unsqueeze(2)
    inside_places = places[:, :whole].unflatten(1, (-1, BLOCK))[slot, block]
    outside_places = places[:, whole:].flatten().expand(sentences, -1)
    return (
        torch.cat([inside.flatten(1), outside.flatten(1)], dim=1),
        torch.cat([inside_places.flatten(1), outside_places], dim=1),
    )
