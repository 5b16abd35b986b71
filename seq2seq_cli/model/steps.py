"""Attention over the steps of a packed target, forwards and backwards, for `attentive`.

Gradients of keys, values and energy are each made in one go after the last step. Knows nothing of
recurrences.
"""

import torch
from torch import Tensor

from seq2seq_cli.model.attention import powers
from seq2seq_cli.model.focus import Focus
from seq2seq_cli.model.packing import Packing

Grads = tuple[Tensor | None, ...]


class Steps:
    """One attention over all steps of a packed target, with what its derivative needs.

    Scores are additive where `energy` is given, else dot products. The tanh units of additive
    scores are `1 - 2 r` with `r = 1 / (1 + exp 2q exp 2k)`, see `additive_score_of_powers`: `r` is
    kept, the slope is `4 r (1 - r)`, and the sum of `energy` is left out, since what is added to
    all scores of a row changes neither its softmax nor any gradient.
    """

    def __init__(self, keys: Tensor, values: Tensor, energy: Tensor | None, focus: Focus) -> None:
        self.keys, self.values, self.energy, self.focus = keys, values, energy, focus
        if energy is not None:
            self.powers, self.one = powers(keys), keys.new_ones(())
        # Only the derivative needs the units of all steps, by far the most memory. Without it they
        # are made in one place: freed one by one, they would leave holes that nothing fills.
        self.room = torch.empty_like(keys) if torch.is_inference_mode_enabled() else None
        self.rests: list[Tensor] = []  # what tanh units lack, (rows, source, attention)
        self.queries: list[Tensor] = []  # (rows, attention)

    def attend(self, query: Tensor) -> tuple[Tensor, Tensor]:
        """Context (rows, hidden) and weights (rows, source) of one step's queries."""
        rows = query.size(0)
        keys = self.keys[:rows]
        if self.energy is None:
            scores = _products_of_rows(query, keys)
            self.queries.append(query)
        else:
            place = None if self.room is None else self.room[:rows]
            query = powers(query).unsqueeze(1)
            rest = torch.addcmul(self.one, query, self.powers[:rows], out=place).reciprocal_()
            scores = rest @ (-2 * self.energy)  # less the sum of `energy`, the same for all
            if place is None:
                self.rests.append(rest)
        weights = self.focus.weigh(scores, query)
        return torch.bmm(weights.unsqueeze(1), self.values[:rows]).squeeze(1), weights

    def begin_retreat(self) -> None:
        """Make room for gradients; then come the steps, last one first."""
        self.grad_keys = torch.zeros_like(self.keys)
        self.grad_energy = None if self.energy is None else torch.zeros_like(self.energy)
        self.grad_scores: list[Tensor] = []
        self.grad_contexts: list[Tensor] = []
        self.focus.begin_retreat()

    def retreat(self, grad_context: Tensor, grad_weights: Tensor) -> Tensor:
        """From gradients of a step's context and weights to that of its query."""
        rows = grad_context.size(0)
        grad = _products_of_rows(grad_context, self.values[:rows]) + grad_weights
        grad, into_query = self.focus.retreat(grad)  # of the scores
        self.grad_contexts.append(grad_context)
        self.grad_scores.append(grad)
        if self.energy is None:
            by_scores = torch.bmm(grad.unsqueeze(1), self.keys[:rows]).squeeze(1)
            return by_scores if into_query is None else by_scores + into_query
        rest = self.rests.pop()
        assert self.grad_energy is not None
        self.grad_energy.sub_(grad.flatten() @ rest.flatten(0, 1), alpha=2)
        slope = rest.addcmul_(rest, rest, value=-1)  # a quarter of that of tanh
        self.grad_keys[:rows].addcmul_(slope, grad.unsqueeze(2))
        return torch.bmm(grad.unsqueeze(1), slope).squeeze(1) * (4 * self.energy)

    def end_retreat(self, packing: Packing, weights: Tensor) -> tuple[Tensor, Tensor, Grads]:
        """Gradients of keys, values and energy; `weights` are packed, (tokens, source)."""
        grad_contexts = packing.unpack_ordered(torch.cat(self.grad_contexts[::-1]))
        grad_values = torch.bmm(packing.unpack_ordered(weights).transpose(1, 2), grad_contexts)
        if self.energy is None:
            grad_scores = packing.unpack_ordered(torch.cat(self.grad_scores[::-1]))
            queries = packing.unpack_ordered(torch.cat(self.queries))
            return torch.bmm(grad_scores.transpose(1, 2), queries), grad_values, (None,)
        return self.grad_keys.mul_(4 * self.energy), grad_values, (self.grad_energy,)


def _products_of_rows(left: Tensor, right: Tensor) -> Tensor:
    """Inner products of each row, (rows, units) and (rows, source, units) to (rows, source).

    The vector stands on the left: with the matrix there, MKL takes eight times as long.
    """
    return torch.bmm(left.unsqueeze(1), right.transpose(1, 2)).squeeze(1)
