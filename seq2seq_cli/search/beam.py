"""Beam search over a batch, with attention carried along the back-pointers.

Knows nothing of text. At each step the best `2 * beam` continuations of a sentence are looked at:
of the first `beam`, those that end are set aside as finished; the best `beam` that do not end go
on. A sentence leaves the batch when `beam` hypotheses are finished, when no living hypothesis can
overtake the finished ones that were asked for, or at its length limit.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq_cli.model.device import widest_float
from seq2seq_cli.model.rounded import RoundedScores
from seq2seq_cli.search.candidates import best_continuations
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.model import SearchModel
from seq2seq_cli.search.paths import BeamStep, Paths, Received
from seq2seq_cli.search.penalties import length_normaliser
from seq2seq_cli.text.vocabulary import BOS, EOS


@torch.inference_mode()
def beam_search(
    model: SearchModel, source: Tensor, lengths: Tensor, settings: SearchSettings
) -> list[list[Hypothesis]]:
    """The best hypotheses of each row, best first; `n_best` of them, or fewer if there are fewer.

    Args:
        model: in evaluation mode
        source: ids ending in `</s>`, then padding, (batch, source)
        lengths: (batch,), on the CPU
        settings: beam, penalties and limits
    """
    beam = _Beam(lengths.tolist(), settings)
    state = model.decoder.start(model.encode(source, lengths))
    tokens = torch.full((len(source),), BOS, device=source.device)
    scores = model.scorer()
    while True:
        step = model.decoder.step(tokens, state)
        beam.advance(scores(step), step.weights)
        keep = beam.leave()
        if not len(keep):
            return beam.paths.best()
        memory = step.state.memory
        if len(keep) < len(memory.mask):
            memory = memory.select(torch.from_numpy(keep).to(source.device))
        parents, chosen = (torch.from_numpy(one).to(source.device) for one in beam.slots(keep))
        state, tokens = step.state.select(parents, memory=memory), chosen


class _Beam:
    """The living hypotheses of the sentences that are still being searched.

    At first each sentence has one slot, which holds nothing; then it has `beam` of them.
    """

    def __init__(self, lengths: list[int], settings: SearchSettings) -> None:
        self.beam = settings.beam
        self.paths = Paths(lengths=lengths, settings=settings)
        self.rows = np.arange(len(lengths))
        self.going = np.zeros((len(lengths), 1), np.int64)  # the candidate that each slot holds
        self.alive = np.zeros((len(lengths), 1))  # its total log-probability
        self.limits = np.array([settings.longest(length) for length in lengths])
        divisors = [length_normaliser(limit, settings.length_penalty) for limit in self.limits]
        self.largest_divisors = np.array(divisors)
        self.received: Received | None = None
        if settings.coverage_penalty:
            self.received = np.zeros((len(lengths), 1, 1))

    def advance(self, scores: Tensor | RoundedScores, weights: Tensor) -> None:
        """Take one step.

        Args:
            scores: of the next token of each slot, (sentences * slots, vocab)
            weights: attention of the same, (sentences * slots, source)
        """
        alive = torch.from_numpy(self.alive).to(scores.device, widest_float(scores.device))
        found = best_continuations(scores, alive, 2 * self.beam)
        slots, tokens, totals = (one.cpu().numpy() for one in found)
        step = BeamStep(
            rows=self.rows,
            slots=slots,
            before=np.take_along_axis(self.going, slots, axis=1),
            tokens=tokens,
            totals=totals,
            weights=weights.unflatten(0, alive.shape).cpu().numpy(),
        )
        self.paths.steps.append(step)
        if self.received is not None:
            self.received = self.received + step.weights
        ends = tokens == EOS
        self.going = np.argsort(ends, axis=1, kind="stable")[:, : self.beam]  # those that do not
        self.alive = np.take_along_axis(np.where(ends, -np.inf, totals), self.going, axis=1)
        ends[:, self.beam :] = False
        self._set_aside(ends & np.isfinite(totals))

    def _set_aside(self, finished: NDArray[np.bool_]) -> None:
        """Keep the candidates that have ended, and at the length limit also those that go on."""
        at_limit = self.limits[self.rows] == len(self.paths.steps)
        for place in np.flatnonzero(at_limit):
            finished[place, self.going[place, np.isfinite(self.alive[place])]] = True
        places, candidates = np.nonzero(finished)
        self.paths.end(places, candidates, self.received)

    def leave(self) -> NDArray[np.int64]:
        """Drop sentences of which nothing more is wanted; the places of the others."""
        paths, rows = self.paths, self.rows.tolist()
        enough = np.array([len(paths.ends[row]) >= self.beam for row in rows])
        wanted = np.array([paths.worst_wanted(row) for row in rows])
        hopeless = self.alive.max(axis=1) / self.largest_divisors[rows] <= wanted
        at_limit = self.limits[rows] == len(paths.steps)
        keep = np.flatnonzero(~(at_limit | enough | hopeless))
        self.rows, self.going, self.alive = self.rows[keep], self.going[keep], self.alive[keep]
        return keep

    def slots(self, keep: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each slot after the last step: the row of that step it continues, and its token.

        Args:
            keep: places of the sentences that did not leave, in that step

        Returns:
            Both (sentences * slots,).
        """
        step = self.paths.steps[-1]
        slots = np.take_along_axis(step.slots[keep], self.going, axis=1)
        tokens = np.take_along_axis(step.tokens[keep], self.going, axis=1)
        if self.received is not None:
            self.received = np.take_along_axis(self.received[keep], slots[:, :, None], axis=1)
        return (slots + keep[:, None] * step.weights.shape[1]).flatten(), tokens.flatten()
