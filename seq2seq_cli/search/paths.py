"""What a beam search has chosen at each step, and the hypotheses that end in it.

A hypothesis is written out only once the search is over and it is wanted. Knows nothing of models.
"""

from bisect import insort
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings, make_hypothesis
from seq2seq_cli.search.penalties import coverage_penalty, length_normaliser

Trace = tuple[list[int], NDArray[np.float64], NDArray[np.floating]]
"""Ids, log-probabilities (target,) and attention weights (target, source) of a hypothesis."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BeamStep:
    """The continuations that were looked at in one step, of the sentences still being searched."""

    rows: NDArray[np.int64]
    """Rows of the sentences in the batch, ascending, (sentences,)"""
    slots: NDArray[np.int64]
    """The slot of the beam that each candidate continues, (sentences, candidates)"""
    before: NDArray[np.int64]
    """The candidate of the step before that this slot holds, (sentences, candidates)"""
    tokens: NDArray[np.int64]
    """With which token it goes on, (sentences, candidates)"""
    totals: NDArray[np.floating]
    """Log-probability of all its tokens, (sentences, candidates)"""
    weights: NDArray[np.floating]
    """Attention of each slot, (sentences, slots, source)"""


@dataclass(frozen=True, kw_only=True)
class End:
    """Where a hypothesis ends: in a candidate of a step."""

    score: float
    step: int
    candidate: int


@dataclass(kw_only=True, eq=False)
class Paths:
    """The steps of a batch, and the hypotheses of each row that have ended."""

    lengths: list[int]
    """Of the sources, with `</s>`."""
    settings: SearchSettings
    steps: list[BeamStep] = field(default_factory=list)
    ends: list[list[End]] = field(init=False)
    """Of each row, best first; of equals the first found."""

    def __post_init__(self) -> None:
        self.ends = [[] for _ in self.lengths]

    def end(self, place: int, candidate: int) -> None:
        """The hypothesis in a candidate of the last step ends, of the sentence at `place` there."""
        settings, step, number = self.settings, self.steps[-1], len(self.steps) - 1
        row, total = int(step.rows[place]), float(step.totals[place, candidate])
        score = total / length_normaliser(len(self.steps), settings.length_penalty)
        if settings.coverage_penalty != 0.0:
            _, _, weights = self._trace(row, number, candidate)
            score += coverage_penalty(weights, settings.coverage_penalty)
        found = End(score=score, step=number, candidate=candidate)
        insort(self.ends[row], found, key=lambda end: -end.score)

    def worst_wanted(self, row: int) -> float:
        """The score that another hypothesis would have to beat; minus infinity where any would."""
        wanted = self.ends[row][self.settings.n_best - 1 : self.settings.n_best]
        return wanted[0].score if wanted else -np.inf

    def best(self) -> list[list[Hypothesis]]:
        """The hypotheses that were asked for, of each row, best first."""
        return [
            [
                make_hypothesis(*self._trace(row, end.step, end.candidate), self.settings)
                for end in ends[: self.settings.n_best]
            ]
            for row, ends in enumerate(self.ends)
        ]

    def _trace(self, row: int, number: int, candidate: int) -> Trace:
        """Follow the back-pointers from a candidate of the step with that number."""
        ids: list[int] = []
        totals: list[float] = []
        weights: list[NDArray[np.floating]] = []
        for step in reversed(self.steps[: number + 1]):
            place = int(np.searchsorted(step.rows, row))
            ids.append(int(step.tokens[place, candidate]))
            totals.append(float(step.totals[place, candidate]))
            weights.append(step.weights[place, step.slots[place, candidate], : self.lengths[row]])
            candidate = int(step.before[place, candidate])
        log_probs = np.diff(np.array(totals[::-1]), prepend=0.0)
        return ids[::-1], log_probs, np.stack(weights[::-1])
