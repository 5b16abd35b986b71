"""How attention behaves over many hypotheses: how sharp, how complete, how monotone, how alive.

Works on matrices of attention weights, (target, source), one for each hypothesis: real tokens only,
padding cut off. The last column is the source's `</s>`, which counts as a position like any other,
except for coverage. The row of the target's `</s>` is left out by the caller: where the end looks
says little. Target tokens, source tokens and steps of all hypotheses are pooled, so that a long one
counts for more. Knows nothing of models or text.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass

import numpy as np
from numpy.typing import NDArray

UNREAD = 0.2
"""A source token that receives less than this from all target tokens together is unread."""
COLLAPSED = 0.1
"""Least variation of attention that depends on the target token. Where pairs of lines were shuffled
it stayed at 0.02; letters to phones went from 0.004 through 0.05 (scores near 0) to 0.2 (scores
that rise) and 0.46 in their first minutes; a trained translation of short sentences has 0.94."""
EVEN, RESTING = 0.9, 0.8
"""Share of the largest entropy from which attention is even, and mass from which it rests."""
FEWEST_TOKENS = 30
"""With fewer target tokens nothing is said to have collapsed."""

_WORDS = {
    "uniform": "attention is nearly uniform: every target token looks at all source tokens alike",
    "end": "attention rests on </s> whatever the target token is",
    "one-position": "attention rests on one source token whatever the target token is",
    "same": "attention is the same for every target token of a sentence",
}
_ADVICE = (
    "Early in training that is usual. If it stays: check that source and target lines belong "
    "together, train longer or with another --learning-rate, or try another --attention."
)


@dataclass(frozen=True, kw_only=True)
class AttentionHealth:
    """Means over all hypotheses; shares and masses are from 0 to 1, as weights are."""

    entropy_bits: float
    """Of the weights of a target token, in bits; mean over target tokens."""
    normalised_entropy: float
    """The same divided by the log of the number of source positions: 0 one of them, 1 all alike."""
    coverage: float
    """Attention that a source token receives, summed over target tokens; mean over source tokens
    without `</s>` (Tu et al. 2016 keep track of this sum)."""
    unread: float
    """Share of source tokens, without `</s>`, that receive less than 0.2."""
    end_mass: float
    """Mass on the source's `</s>`; mean over target tokens."""
    monotonicity: float | None
    """Share of steps from one target token to the next in which the strongest source position (of
    equals the first) does not go back; None where there is no step."""
    variation: float | None
    """How much attention depends on the target token: 0 the same for all tokens of a hypothesis, 1
    each looks elsewhere. Mean total variation distance of a token's weights from their mean over
    the hypothesis, divided by its maximum; None where no hypothesis has two tokens and a source of
    two."""
    target_tokens: int
    """What the means are taken over, `</s>` not counted."""
    collapse: str | None
    """`uniform`, `end`, `one-position` or `same` where attention does not depend on the target
    token, by where it lies; else None."""

    @property
    def warning(self) -> str | None:
        """What is wrong, in words, and what to try; None where nothing is."""
        return None if self.collapse is None else f"{_WORDS[self.collapse]}. {_ADVICE}"

    def to_json(self) -> dict[str, object]:
        """The fields under their names."""
        return asdict(self)


def attention_health(
    matrices: Sequence[NDArray[np.float64]],
    *,
    total: Callable[[Sequence[float]], Sequence[float]] = tuple,
) -> AttentionHealth | None:
    """Measure matrices of attention weights, each (target, source) with `</s>` as last column.

    Rows sum to 1, or to less with `luong-local-p`, and are taken as they are; a hypothesis without
    tokens has no row, and its source is unread. None for a model without attention (all weights 0),
    where nothing was written, and for weights that are no numbers. Where others measure more
    matrices, `total` gives the sums of all for those of ours.
    """
    own = _Sums()
    for weights in matrices:
        own.add(weights)
    sums = _Sums(*total(astuple(own)))
    return sums.means() if sums.attending and math.isfinite(sums.entropy) else None


@dataclass
class _Sums:
    """Sums over target tokens, source tokens and steps."""

    attending: float = 0  # matrices with weights
    targets: float = 0
    entropy: float = 0.0
    normalised: float = 0.0
    end: float = 0.0
    sources: float = 0
    received: float = 0.0
    unread: float = 0
    steps: float = 0
    forward: float = 0
    compared: float = 0  # target tokens of hypotheses in which attention can vary
    distance: float = 0.0
    favourite: float = 0.0  # mass on the position that a hypothesis attends to most

    def add(self, weights: NDArray[np.float64]) -> None:
        rows, columns = weights.shape
        self.attending += bool(weights.any())
        received = weights[:, :-1].sum(axis=0)
        self.sources += columns - 1
        self.received += float(received.sum())
        self.unread += int((received < UNREAD).sum())
        entropy = -float((weights * np.log2(np.maximum(weights, 1e-30))).sum())
        self.targets += rows
        self.entropy += entropy
        self.normalised += entropy / math.log2(max(2, columns))
        self.end += float(weights[:, -1].sum())
        if rows > 1:
            self.steps += rows - 1
            self.forward += int((np.diff(weights.argmax(axis=1)) >= 0).sum())
        if rows > 1 and columns > 2:
            self._compare(weights)

    def _compare(self, weights: NDArray[np.float64]) -> None:
        """How far the rows are from their mean, by the distance of rows that share nothing."""
        rows, mean = len(weights), weights.mean(axis=0)
        self.compared += rows
        self.distance += 0.5 * float(np.abs(weights - mean).sum()) / (1 - 1 / rows)
        self.favourite += rows * float(mean.max())

    def means(self) -> AttentionHealth:
        variation = self.distance / self.compared if self.compared else None
        return AttentionHealth(
            entropy_bits=self.entropy / self.targets,
            normalised_entropy=self.normalised / self.targets,
            coverage=self.received / max(1, self.sources),
            unread=self.unread / max(1, self.sources),
            end_mass=self.end / self.targets,
            monotonicity=self.forward / self.steps if self.steps else None,
            variation=variation,
            target_tokens=int(self.targets),
            collapse=self._collapse(variation),
        )

    def _collapse(self, variation: float | None) -> str | None:
        if variation is None or variation >= COLLAPSED or self.compared < FEWEST_TOKENS:
            return None
        if self.normalised >= EVEN * self.targets:
            return "uniform"
        if self.end >= RESTING * self.targets:
            return "end"
        return "one-position" if self.favourite >= RESTING * self.compared else "same"
