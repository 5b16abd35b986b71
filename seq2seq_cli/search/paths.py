"""What a beam search has chosen at each step, and the hypotheses that end in it.

A hypothesis is written out only once the search is over and it is wanted. Knows nothing of models.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings, make_hypothesis
from seq2seq_cli.search.penalties import coverage_penalty, length_normaliser

Trace = tuple[list[int], NDArray[np.float64], NDArray[np.floating]]
"""Ids, log-probabilities (target,) and attention weights (target, source) of a hypothesis."""


Received = NDArray[np.float64]
"""What each place of the source has received from all steps of a slot, (sentences, slots, source).
"""


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

    row: int
    step: int
    candidate: int
    score: float


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

    def end(
        self, places: NDArray[np.int64], candidates: NDArray[np.int64], received: Received | None
    ) -> None:
        """Hypotheses in candidates of the last step end.

        Args:
            places: their sentences' in that step, (hypotheses,)
            candidates: which of these they are, (hypotheses,)
            received: attention that each slot of the step has given in all, where it counts
        """
        step, number = self.steps[-1], len(self.steps)
        rows = step.rows[places]
        scores = step.totals[places, candidates].astype(np.float64)
        scores /= length_normaliser(number, self.settings.length_penalty)
        if received is not None:
            given = received[places, step.slots[places, candidates]]
            real = np.arange(given.shape[1]) < np.array(self.lengths)[rows, None]
            given = np.where(real, given, given.any(axis=1, keepdims=True))  # log(1) is nothing
            scores += coverage_penalty(given, self.settings.coverage_penalty)
        for row, candidate, score in zip(rows.tolist(), candidates.tolist(), scores, strict=True):
            found = End(row=row, step=number - 1, candidate=candidate, score=float(score))
            insort(self.ends[row], found, key=lambda end: -end.score)

    def worst_wanted(self, row: int) -> float:
        """The score that another hypothesis would have to beat; minus infinity where any would."""
        wanted = self.ends[row][self.settings.n_best - 1 : self.settings.n_best]
        return wanted[0].score if wanted else -np.inf

    def best(self) -> list[list[Hypothesis]]:
        """The hypotheses that were asked for, of each row, best first."""
        wanted = [ends[: self.settings.n_best] for ends in self.ends]
        traces = iter(self._traces([end for ends in wanted for end in ends]))
        return [[make_hypothesis(*next(traces), self.settings) for _ in ends] for ends in wanted]

    def _traces(self, ends: Sequence[End]) -> list[Trace]:
        """Follow the back-pointers of all these hypotheses together."""
        if not ends:
            return []
        rows, last, held = np.array([(end.row, end.step, end.candidate) for end in ends]).T
        shape, first = (len(ends), last.max() + 1), self.steps[0].weights
        ids, totals = np.zeros(shape, np.int64), np.zeros(shape)
        weights = np.zeros((*shape, first.shape[2]), first.dtype)
        for number in reversed(range(shape[1])):
            step, known = self.steps[number], np.flatnonzero(last >= number)
            at = np.searchsorted(step.rows, rows[known]), held[known]
            ids[known, number] = step.tokens[at]
            totals[known, number] = step.totals[at]
            weights[known, number] = step.weights[at[0], step.slots[at]]
            held[known] = step.before[at]
        lengths = zip(last + 1, (self.lengths[row] for row in rows), strict=True)
        log_probs = np.diff(totals, prepend=0.0)
        return [
            (ids[i, :target].tolist(), log_probs[i, :target], weights[i, :target, :source])
            for i, (target, source) in enumerate(lengths)
        ]
