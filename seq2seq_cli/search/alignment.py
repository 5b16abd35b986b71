"""What a model attended to: one matrix of attention weights with its labels.

Knows nothing of models or terminals; search fills it and views draw it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """Attention weights of one sentence pair, at the level of words or of pieces."""

    source: tuple[str, ...]
    """Column labels, in source order; the last is `</s>` where `source_end` is true."""
    target: tuple[str, ...]
    """Row labels, in target order; the last is `</s>` where `target_end` is true."""
    weights: NDArray[np.float64]
    """Attention weights, (target, source); rows sum to 1, or to 0 for a model without attention,
    or to less than 1 with `luong-local-p`, whose weights fade after the softmax."""
    log_probs: tuple[float, ...]
    """Natural log-probability of each target row, (target,)."""
    source_known: tuple[bool, ...]
    """Whether the model's vocabulary holds each source column, (source,)."""
    source_end: bool
    """Whether the last column is the end-of-sentence symbol."""
    target_end: bool
    """Whether the last row is the end-of-sentence symbol."""
    copied: tuple[float, ...] | None = None
    """How much of the distribution at each row is copied, (target,); None: nothing can be."""


def merge_alignment(
    alignment: Alignment,
    *,
    source_groups: list[list[int]],
    target_groups: list[list[int]],
    source_words: list[str],
    target_words: list[str],
) -> Alignment:
    """Merge pieces into words, see `merge_weights`; log-probabilities of pieces add up.

    Groups list the piece indices of each word; the labels of the words are given beside them. The
    share of a word that is copied is the mean of its pieces'.
    """
    known, copied = alignment.source_known, alignment.copied
    return Alignment(
        source=tuple(source_words),
        target=tuple(target_words),
        weights=merge_weights(
            alignment.weights, source_groups=source_groups, target_groups=target_groups
        ),
        log_probs=tuple(sum(alignment.log_probs[i] for i in group) for group in target_groups),
        source_known=tuple(all(known[i] for i in group) for group in source_groups),
        source_end=alignment.source_end,
        target_end=alignment.target_end,
        copied=None
        if copied is None
        else tuple(sum(copied[i] for i in group) / len(group) for group in target_groups),
    )


def merge_weights(
    weights: NDArray[np.float64], *, source_groups: list[list[int]], target_groups: list[list[int]]
) -> NDArray[np.float64]:
    """Weights of words from those of pieces: the sum over source, the mean over target pieces.

    Rows that sum to 1 still do: a source piece in several groups gives each an equal part.

    Args:
        weights: (target pieces, source pieces)
        source_groups: piece indices of each source word, at least one word
        target_groups: the same for the target

    Returns:
        (target words, source words)
    """
    owners = np.zeros(weights.shape[1])
    for group in source_groups:
        owners[group] += 1.0
    shares = weights / owners.clip(min=1.0)
    by_word = np.stack([shares[:, group].sum(axis=1) for group in source_groups], axis=1)
    rows = [by_word[group].mean(axis=0) for group in target_groups]
    return np.stack(rows) if rows else np.zeros((0, len(source_groups)))
