"""How hypotheses of unlike length and coverage are compared.

Source: Wu et al. 2016, "Google's Neural Machine Translation System", eq. 14:
`score(Y) = log P(Y) / lp(Y) + cp(Y)`.
"""

import numpy as np
from numpy.typing import NDArray


def length_normaliser(length: int, alpha: float) -> float:
    """`lp = ((5 + length) / 6) ** alpha`; 1 where alpha is 0. `length` counts `</s>`."""
    return float(((5 + length) / 6) ** alpha)


def coverage_penalty(received: NDArray[np.float64], beta: float) -> NDArray[np.float64]:
    """`cp = beta * sum over the source of log(min(attention received, 1))`, at most 0, (...).

    Args:
        received: attention weights summed over the target, (..., source); all 0 without attention
        beta: strength
    """
    penalties = beta * np.log(received.clip(1e-10, 1.0)).sum(axis=-1)
    return np.where(received.any(axis=-1), penalties, 0.0)


def final_score(
    log_probs: NDArray[np.float64], weights: NDArray[np.float64], *, alpha: float, beta: float
) -> float:
    """The score that hypotheses are ranked by.

    Args:
        log_probs: (target,), with that of `</s>`
        weights: (target, source)
        alpha: of the length normalisation
        beta: of the coverage penalty
    """
    normalised = float(log_probs.sum()) / length_normaliser(len(log_probs), alpha)
    if beta == 0.0:
        return normalised
    return normalised + float(coverage_penalty(weights.sum(axis=0, dtype=np.float64), beta))
