"""What a search is asked for and what it finds.

Knows nothing of how it is found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.search.penalties import final_score
from seq2seq_cli.text.vocabulary import EOS


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """How far a search goes and how it ranks what it finds."""

    beam: int = 5
    n_best: int = 1
    """Hypotheses that are returned for each source, at most `beam`."""
    length_penalty: float = 0.6
    """Alpha, Wu et al. 2016, eq. 14."""
    coverage_penalty: float = 0.0
    """Beta, Wu et al. 2016, eq. 14."""
    max_length_ratio: float = 2.0
    max_length_extra: int = 20

    def longest(self, source_length: int) -> int:
        """Most target tokens, `</s>` included, for a source of that many tokens with `</s>`."""
        return int(self.max_length_ratio * source_length) + self.max_length_extra


@dataclass(frozen=True, kw_only=True, eq=False)
class Hypothesis:
    """One target with what led to it."""

    ids: tuple[int, ...]
    """Target tokens; `</s>` is the last unless the length limit came first."""
    log_probs: NDArray[np.float64]
    """Natural log-probability of each token, (target,)"""
    weights: NDArray[np.float64]
    """Attention weights, (target, source), over the real source tokens with `</s>`"""
    score: float
    """What hypotheses are ranked by: normalised for length, with the coverage penalty."""

    @property
    def token_weights(self) -> NDArray[np.float64]:
        """`weights` without the row of `</s>`, where the target ends in it, (target, source)."""
        ended = bool(self.ids) and self.ids[-1] == EOS
        return self.weights[:-1] if ended else self.weights


def make_hypothesis(
    ids: Sequence[int],
    log_probs: NDArray[np.floating],
    weights: NDArray[np.floating],
    settings: SearchSettings,
) -> Hypothesis:
    """A hypothesis with its score, its figures as doubles.

    Args:
        ids: target tokens
        log_probs: (target,)
        weights: (target, source), over the real source tokens
        settings: the penalties
    """
    exact, matrix = log_probs.astype(np.float64), weights.astype(np.float64)
    score = final_score(
        exact, matrix, alpha=settings.length_penalty, beta=settings.coverage_penalty
    )
    return Hypothesis(ids=tuple(ids), log_probs=exact, weights=matrix, score=score)
