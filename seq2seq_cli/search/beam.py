"""Beam search over a batch, with attention carried along the back-pointers.

Knows nothing of text. At each step the best `2 * beam` continuations of a sentence are looked at:
of the first `beam`, those that end are set aside as finished; the best `beam` that do not end go
on. A sentence leaves the batch when `beam` hypotheses are finished, when no living hypothesis can
overtake the finished ones that were asked for, or at its length limit.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.greedy import forbid_specials
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.penalties import final_score, length_normaliser
from seq2seq_cli.text.vocabulary import BOS, EOS


@dataclass(kw_only=True)
class _Sentence:
    """The search of one sentence; a path is found again through the back-pointers."""

    row: int
    source_length: int
    limit: int
    alive: NDArray[np.float64]  # total log-probability of each slot, (beam,)
    tokens: list[NDArray[np.int64]] = field(default_factory=list)  # a step: (beam,)
    parents: list[NDArray[np.int64]] = field(default_factory=list)  # a step: (beam,)
    totals: list[NDArray[np.float64]] = field(default_factory=list)  # a step: (beam,)
    weights: list[NDArray[np.float64]] = field(default_factory=list)  # a step: (beam, source)
    finished: list[Hypothesis] = field(default_factory=list)

    def advance(
        self,
        candidates: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
        weights: NDArray[np.float64],
        settings: SearchSettings,
    ) -> None:
        """Take one step.

        Args:
            candidates: parents, tokens and totals of the continuations, best first, (2 * beam,)
            weights: attention of each slot's next token, (beam, source)
            settings: of the search
        """
        parents, tokens, totals = candidates
        self.weights.append(weights)
        ends = tokens == EOS
        for place in np.flatnonzero(ends[: settings.beam]):
            if np.isfinite(totals[place]):
                self._finish(int(parents[place]), (EOS, float(totals[place])), settings)
        going = np.flatnonzero(~ends)[: settings.beam]
        missing = (0, settings.beam - len(going))  # in a tiny vocabulary: dead slots
        self.tokens.append(np.pad(tokens[going], missing, constant_values=EOS))
        self.parents.append(np.pad(parents[going], missing))
        self.alive = np.pad(totals[going], missing, constant_values=-np.inf)
        self.totals.append(self.alive)
        if len(self.tokens) == self.limit:
            for slot in np.flatnonzero(np.isfinite(self.alive)):
                self._finish(int(slot), None, settings)

    def _finish(self, slot: int, last: tuple[int, float] | None, settings: SearchSettings) -> None:
        """Set aside the path that ends in `slot`; `last` is a further token and its total."""
        ids: list[int] = []
        totals: list[float] = []
        rows: list[NDArray[np.float64]] = []
        if last is not None:
            ids, totals, rows = [last[0]], [last[1]], [self.weights[-1][slot]]
        for step in range(len(self.tokens) - 1, -1, -1):
            ids.append(int(self.tokens[step][slot]))
            totals.append(float(self.totals[step][slot]))
            slot = int(self.parents[step][slot])
            rows.append(self.weights[step][slot])
        log_probs = np.diff(np.array(totals[::-1]), prepend=0.0)
        weights = np.stack(rows[::-1])[:, : self.source_length]
        score = final_score(
            log_probs,
            weights,
            alpha=settings.length_penalty,
            beta=settings.coverage_penalty,
        )
        found = Hypothesis(ids=tuple(ids[::-1]), log_probs=log_probs, weights=weights, score=score)
        self.finished.append(found)

    def done(self, settings: SearchSettings) -> bool:
        """Whether nothing that can still come is wanted."""
        if len(self.tokens) == self.limit or len(self.finished) >= settings.beam:
            return True
        if not np.isfinite(self.alive).any():
            return True
        if len(self.finished) < settings.n_best:
            return False
        wanted = sorted((found.score for found in self.finished), reverse=True)
        longest = length_normaliser(self.limit, settings.length_penalty)
        return bool(self.alive.max() / longest <= wanted[settings.n_best - 1])

    def best(self, settings: SearchSettings) -> list[Hypothesis]:
        """The hypotheses that were asked for, best first; of equals the first found."""
        return sorted(self.finished, key=lambda found: -found.score)[: settings.n_best]


@torch.inference_mode()
def beam_search(
    model: Seq2Seq, source: Tensor, lengths: Tensor, settings: SearchSettings
) -> list[list[Hypothesis]]:
    """The best hypotheses of each row, best first; `n_best` of them, or fewer if there are fewer.

    Args:
        model: in evaluation mode
        source: ids ending in `</s>`, then padding, (batch, source)
        lengths: (batch,), on the CPU
        settings: beam, penalties and limits
    """
    beam = settings.beam
    sentences = [
        _Sentence(
            row=row,
            source_length=length,
            limit=settings.longest(length),
            alive=np.array([0.0] + [-np.inf] * (beam - 1)),
        )
        for row, length in enumerate(lengths.tolist())
    ]
    active = list(sentences)
    first = torch.arange(len(active), device=source.device).repeat_interleave(beam)
    state = model.decoder.start(model.encode(source, lengths)).select(first)
    tokens = torch.full((len(first),), BOS, dtype=torch.long, device=source.device)
    while active:
        step = model.decoder.step(tokens, state)
        alive = np.stack([sentence.alive for sentence in active])
        candidates = _candidates(model.logits(step.features), torch.from_numpy(alive))
        weights = step.weights.cpu().double().numpy().reshape(len(active), beam, -1)
        for place, sentence in enumerate(active):
            found = (candidates[0][place], candidates[1][place], candidates[2][place])
            sentence.advance(found, weights[place], settings)
        keep = [p for p, sentence in enumerate(active) if not sentence.done(settings)]
        memory = step.state.memory
        if len(keep) < len(active):
            active = [active[place] for place in keep]
            if not active:
                break
            rows = torch.tensor(keep, device=source.device).unsqueeze(1) * beam
            memory = memory.select((rows + torch.arange(beam, device=source.device)).flatten())
        parents = np.stack([sentence.parents[-1] for sentence in active])  # (active, beam)
        rows = torch.from_numpy(parents + np.array(keep)[:, None] * beam).flatten()
        state = step.state.select(rows.to(source.device), memory=memory)
        last = np.stack([sentence.tokens[-1] for sentence in active])
        tokens = torch.from_numpy(last).flatten().to(source.device)
    return [sentence.best(settings) for sentence in sentences]


def _candidates(
    logits: Tensor, alive: Tensor
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The best `2 * beam` continuations of each sentence, best first.

    Args:
        logits: (sentences * beam, vocab)
        alive: total log-probability of each slot, (sentences, beam), on the CPU

    Returns:
        parents, tokens and totals, each (sentences, 2 * beam)
    """
    sentences, beam = alive.shape
    normaliser = logits.logsumexp(dim=1, keepdim=True)
    best, tokens = forbid_specials(logits).topk(min(2 * beam, logits.size(1)), dim=1)
    totals = alive.view(-1, 1) + (best - normaliser).cpu().double()  # not every device has doubles
    width = best.size(1)
    top, places = totals.view(sentences, beam * width).topk(min(2 * beam, beam * width), dim=1)
    parents = places // width
    chosen = tokens.cpu().view(sentences, beam * width).gather(1, places)
    return parents.numpy(), chosen.numpy(), top.numpy()
