"""Decoder recurrences with attention inside, over packed targets, as differentiable functions.

The same idea as in `recurrence`: step by step forwards and backwards, but gradients of weights,
keys and values are each one large product after the last step, and steps run on real rows only.
The loops of `Decoder.forward_plainly` under autograd are the specification, used by tests.

Knows nothing of embeddings or output layers. Rows of the memory stand in the packing's order.
"""

from typing import Any

import torch
from torch import Tensor

from seq2seq_cli.model.attention import powers
from seq2seq_cli.model.cells import Cell, CellState
from seq2seq_cli.model.packing import Packing
from seq2seq_cli.model.products import Products

Grads = tuple[Tensor | None, ...]


class _Steps:
    """One attention over all steps of a packed target, with what its derivative needs.

    Scores are additive where `energy` is given, else dot products. The tanh units of additive
    scores are `1 - 2 r` with `r = 1 / (1 + exp 2q exp 2k)`, see `additive_score_of_powers`: `r` is
    kept, the slope is `4 r (1 - r)`, and the sum of `energy` is left out, since what is added to
    all scores of a row changes neither its softmax nor any gradient.
    """

    def __init__(self, keys: Tensor, values: Tensor, mask: Tensor, energy: Tensor | None) -> None:
        self.keys, self.values, self.energy = keys, values, energy
        self.barrier = keys.new_zeros(mask.shape).masked_fill_(~mask, float("-inf"))
        if energy is not None:
            self.powers, self.one = powers(keys), keys.new_ones(())
        # Only the derivative needs the units of all steps, by far the most memory. Without it they
        # are made in one place: freed one by one, they would leave holes that nothing fills.
        self.room = torch.empty_like(keys) if torch.is_inference_mode_enabled() else None
        self.rests: list[Tensor] = []  # what tanh units lack, (rows, source, attention)
        self.weights: list[Tensor] = []  # (rows, source)
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
        weights = (scores + self.barrier[:rows]).softmax(dim=1)
        self.weights.append(weights)
        return torch.bmm(weights.unsqueeze(1), self.values[:rows]).squeeze(1), weights

    def begin_retreat(self) -> None:
        """Make room for gradients; then come the steps, last one first."""
        self.grad_keys = torch.zeros_like(self.keys)
        self.grad_energy = None if self.energy is None else torch.zeros_like(self.energy)
        self.grad_scores: list[Tensor] = []
        self.grad_contexts: list[Tensor] = []

    def retreat(self, grad_context: Tensor, grad_weights: Tensor) -> Tensor:
        """From gradients of a step's context and weights to that of its query."""
        rows, weights = grad_context.size(0), self.weights.pop()
        grad = _products_of_rows(grad_context, self.values[:rows]) + grad_weights
        grad = weights * (grad - (weights * grad).sum(dim=1, keepdim=True))  # of the scores
        self.grad_contexts.append(grad_context)
        self.grad_scores.append(grad)
        if self.energy is None:
            return torch.bmm(grad.unsqueeze(1), self.keys[:rows]).squeeze(1)
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


def _slices(packing: Packing) -> list[slice]:
    pairs = zip(packing.starts, packing.counts, strict=True)
    return [slice(begin, begin + count) for begin, count in pairs]


class BahdanauRun(torch.autograd.Function):
    """Attend by the state before, then move; see `BahdanauDecoder`.

    Returns hidden states (tokens, hidden), contexts (tokens, memory) and attention weights
    (tokens, source), all packed.
    """

    @staticmethod
    def forward(
        ctx: Any,
        products: Products,
        projected: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor,
        energy: Tensor,
        query_weight: Tensor,
        context_weight: Tensor,
        hidden_weight: Tensor,
        hidden_bias: Tensor,
        kind: type[Cell],
        packing: Packing,
        *start: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        attention = _Steps(keys, values, mask, energy)
        width = hidden_weight.size(0)
        joined = torch.cat([hidden_weight, query_weight])  # one product for gates and query
        joined_bias = torch.cat([hidden_bias, hidden_bias.new_zeros(query_weight.size(0))])
        into_both, into_gates = products.right(joined.t()), products.right(context_weight.t())
        tokens = projected.size(0)
        states = projected.new_empty(tokens, hidden_weight.size(1))
        before = torch.empty_like(states)
        contexts = projected.new_empty(tokens, values.size(2))
        weights = projected.new_empty(tokens, keys.size(1))
        current: CellState = start
        saved = []
        for rows in _slices(packing):
            current = tuple(part[: rows.stop - rows.start] for part in current)
            before[rows] = current[0]
            both = products.add(joined_bias, current[0], into_both)
            contexts[rows], weights[rows] = attention.attend(both[:, width:])
            gates = products.add(projected[rows], contexts[rows], into_gates)
            current, kept = kind.advance(gates, both[:, :width], current)
            states[rows] = current[0]
            saved.append(kept)
        ctx.save_for_backward(joined, context_weight, before, contexts, weights)
        ctx.saved, ctx.kind, ctx.packing, ctx.width = saved, kind, packing, width
        ctx.products, ctx.attention, ctx.start = products, attention, start
        return states, contexts, weights

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Grads:
        joined, context_weight, before, contexts, weights = ctx.saved_tensors
        products, attention, width = ctx.products, ctx.attention, ctx.width
        from_both, from_gates = products.right(joined), products.right(context_weight)
        grad_gates = grads[0].new_empty(grads[0].size(0), width)
        grad_both = grads[0].new_empty(grads[0].size(0), joined.size(0))
        carry = [torch.zeros_like(part) for part in ctx.start]
        attention.begin_retreat()
        for rows in reversed(_slices(ctx.packing)):
            count = rows.stop - rows.start
            incoming = (carry[0][:count] + grads[0][rows], *(p[:count] for p in carry[1:]))
            into_gates, into_recurrent, previous = ctx.kind.retreat(incoming, ctx.saved.pop())
            grad_gates[rows] = into_gates
            grad_context = products.add(grads[1][rows], into_gates, from_gates)
            grad_both[rows, :width] = into_recurrent
            grad_both[rows, width:] = attention.retreat(grad_context, grads[2][rows])
            carry[0][:count] = products.add(previous[0], grad_both[rows], from_both)
            for part, new in zip(carry[1:], previous[1:], strict=True):
                part[:count] = new
        grad_keys, grad_values, (grad_energy,) = attention.end_retreat(ctx.packing, weights)
        grad_joined = products.product(grad_both.t(), before)
        return (
            None,
            grad_gates,
            grad_keys,
            grad_values,
            None,
            grad_energy,
            grad_joined[width:],
            products.product(grad_gates.t(), contexts),
            grad_joined[:width],
            grad_both[:, :width].sum(dim=0),
            None,
            None,
            *carry,
        )


class LuongRun(torch.autograd.Function):
    """Move, attend by the new state, feed the attentional vector back; see `LuongDecoder`.

    `energy` and `query_weight` are given for additive scores and None for dot products;
    `combine_weight` is that of `tanh(W [s; c])`. Returns attentional vectors (tokens, hidden),
    attention weights (tokens, source) and [s; c] (tokens, hidden + memory), packed.
    """

    @staticmethod
    def forward(
        ctx: Any,
        products: Products,
        projected: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor,
        energy: Tensor | None,
        query_weight: Tensor | None,
        combine_weight: Tensor,
        combine_bias: Tensor,
        feed_weight: Tensor,
        hidden_weight: Tensor,
        hidden_bias: Tensor,
        kind: type[Cell],
        packing: Packing,
        *start: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        attention = _Steps(keys, values, mask, energy)
        into_recurrent = products.right(hidden_weight.t())
        into_gates, into_vector = (
            products.right(feed_weight.t()),
            products.right(combine_weight.t()),
        )
        into_query = None if query_weight is None else products.right(query_weight.t())
        tokens, size = projected.size(0), hidden_weight.size(1)
        before, fed, vectors = (projected.new_empty(tokens, size) for _ in range(3))
        combined = projected.new_empty(tokens, size + values.size(2))  # [s; c]
        weights = projected.new_empty(tokens, keys.size(1))
        current: CellState = start
        feed, saved = torch.zeros_like(start[0]), []
        for rows in _slices(packing):
            count = rows.stop - rows.start
            current, feed = tuple(part[:count] for part in current), feed[:count]
            before[rows], fed[rows] = current[0], feed
            gates = products.add(projected[rows], feed, into_gates)
            recurrent = products.add(hidden_bias, current[0], into_recurrent)
            current, kept = kind.advance(gates, recurrent, current)
            state = current[0]
            query = state if into_query is None else products.product(state, into_query)
            context, weights[rows] = attention.attend(query)
            torch.cat([state, context], dim=1, out=combined[rows])
            feed = products.add(combine_bias, combined[rows], into_vector).tanh_()
            vectors[rows] = feed
            saved.append(kept)
        kept_weights = (query_weight, combine_weight, feed_weight, hidden_weight)
        ctx.save_for_backward(*kept_weights, before, fed, combined, weights, vectors)
        ctx.saved, ctx.kind, ctx.packing, ctx.start = saved, kind, packing, start
        ctx.products, ctx.attention = products, attention
        return vectors, weights, combined

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Grads:
        query_weight, combine_weight, feed_weight, hidden_weight, *kept = ctx.saved_tensors
        before, fed, combined, weights, vectors = kept
        products, attention, size = ctx.products, ctx.attention, hidden_weight.size(1)
        from_vector, from_gates = products.right(combine_weight), products.right(feed_weight)
        from_recurrent = products.right(hidden_weight)
        from_query = None if query_weight is None else products.right(query_weight)
        tokens = before.size(0)
        grad_gates, grad_recurrent = (before.new_empty(tokens, hidden_weight.size(0)) for _ in "12")
        grad_combined = torch.empty_like(before)  # before the tanh
        grad_query = None if from_query is None else before.new_empty(tokens, from_query.size(0))
        carry = [torch.zeros_like(part) for part in ctx.start]
        grad_feed = torch.zeros_like(carry[0])
        attention.begin_retreat()
        for rows in reversed(_slices(ctx.packing)):
            count, vector = rows.stop - rows.start, vectors[rows]
            grad = (grads[0][rows] + grad_feed[:count]) * (1 - vector * vector)
            grad_combined[rows] = grad
            both = products.product(grad, from_vector) + grads[2][rows]
            into_query = attention.retreat(both[:, size:], grads[1][rows])
            grad_state = both[:, :size] + carry[0][:count]
            if grad_query is None:
                grad_state = grad_state + into_query
            else:
                grad_query[rows] = into_query
                grad_state = products.add(grad_state, into_query, from_query)
            incoming = (grad_state, *(part[:count] for part in carry[1:]))
            into_gates, into_recurrent, previous = ctx.kind.retreat(incoming, ctx.saved.pop())
            grad_gates[rows], grad_recurrent[rows] = into_gates, into_recurrent
            carry[0][:count] = products.add(previous[0], into_recurrent, from_recurrent)
            for part, new in zip(carry[1:], previous[1:], strict=True):
                part[:count] = new
            grad_feed[:count] = products.product(into_gates, from_gates)
        grad_keys, grad_values, (grad_energy,) = attention.end_retreat(ctx.packing, weights)
        states = combined[:, :size]
        return (
            None,
            grad_gates,
            grad_keys,
            grad_values,
            None,
            grad_energy,
            None if grad_query is None else products.product(grad_query.t(), states),
            products.product(grad_combined.t(), combined),
            grad_combined.sum(dim=0),
            products.product(grad_gates.t(), fed),
            products.product(grad_recurrent.t(), before),
            grad_recurrent.sum(dim=0),
            None,
            None,
            *carry,
        )
