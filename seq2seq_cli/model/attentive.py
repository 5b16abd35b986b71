"""Decoder recurrences with attention inside, over packed targets, as differentiable functions.

The same idea as in `recurrence`: step by step forwards and backwards, but gradients of weights,
keys and values are each one large product after the last step, and steps run on real rows only.
The loops of `Decoder.forward_plainly` under autograd are the specification, used by tests.

Knows nothing of embeddings or output layers. Rows of the memory stand in the packing's order.
"""

from typing import Any

import torch
from torch import Tensor

from seq2seq_cli.model.cells import Cell, CellState
from seq2seq_cli.model.focus import Focus, make_focus
from seq2seq_cli.model.packing import Packing
from seq2seq_cli.model.products import Products
from seq2seq_cli.model.steps import Grads, Steps


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
        attention = Steps(keys, values, energy, Focus(mask, keys))
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

    `energy` and `query_weight` are given for additive scores and None for dot products, `window`,
    `place_weight` and `place_energy` as `make_focus` takes them; `combine_weight` is that of
    `tanh(W [s; c])`. Returns attentional vectors (tokens, hidden), attention weights (tokens,
    source) and [s; c] (tokens, hidden + memory), packed.
    """

    ATTENTION = ("energy", "query_weight", "place_weight", "place_energy", "window")
    """The arguments after `mask`, as kinds of attention call what they have of it."""

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
        place_weight: Tensor | None,
        place_energy: Tensor | None,
        window: int | None,
        combine_weight: Tensor,
        combine_bias: Tensor,
        feed_weight: Tensor,
        hidden_weight: Tensor,
        hidden_bias: Tensor,
        kind: type[Cell],
        packing: Packing,
        *start: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        focus = make_focus(
            mask, keys, window=window, place_weight=place_weight, place_energy=place_energy
        )
        attention = Steps(keys, values, energy, focus)
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
            *attention.focus.end_retreat(attention.queries),
            None,
            products.product(grad_combined.t(), combined),
            grad_combined.sum(dim=0),
            products.product(grad_gates.t(), fed),
            products.product(grad_recurrent.t(), before),
            grad_recurrent.sum(dim=0),
            None,
            None,
            *carry,
        )
