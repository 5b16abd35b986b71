"""How hypotheses of unlike length and coverage are compared.

Source: Wu et al. 2016, "Google's Neural Machine Translation System", eq. 14:
`score(Y) = log P(Y) / lp(Y) + cp(Y)`.
"""

import numpy as np
from numpy.typing import NDArray


def length_normaliser(length: int, alpha: float) -> float:
    """`lp = ((5 + length) / 6) ** alpha`; 1 where alpha is 0. `length` counts `</s>`."""
    return float(((5 + length) / 6) ** alpha)


def coverage_penalty(weights: NDArray[np.floating], beta: float) -> float:
    """`cp = beta * sum over the source of log(min(attention received, 1))`, at most 0.

    Args:
        weights: attention weights, (target, source)
        beta: strength; with 0 nothing is computed
    """
    if beta == 0.0 or not weights.any():
        return 0.0
    received = weights.sum(axis=0, dtype=np.float64).clip(1e-10, 1.0)
    return float(beta * np.log(received).sum())


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
    return normalised + coverage_penalty(weights, beta)
