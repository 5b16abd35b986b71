"""A cell run over packed sequences, forwards or backwards in time, as one differentiable function.

PyTorch's own recurrent layers, and a loop under autograd, add to the weight gradients at each step:
a small product and a pass over the whole weight. Here the backward pass keeps the gradients of the
gates, and each weight gets one large product at the end. Steps run on real rows, not on padding.
`run_cell_plainly` is the same thing step by step under autograd: the specification, used by tests.

Knows nothing of attention.
"""

from typing import Any, cast

import torch
from torch import Tensor

from seq2seq_cli.model.cells import Cell, CellState
from seq2seq_cli.model.fused import run_cell_fused
from seq2seq_cli.model.packing import Packing
from seq2seq_cli.model.products import Products, apply_exactly


def run_sequence(
    cell: Cell,
    inputs: tuple[Tensor, ...],
    start: CellState,
    packing: Packing,
    *,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """All hidden states of a cell over packed sequences, by what is fastest on their device.

    Args:
        cell: GRU or LSTM
        inputs: what each of the cell's input weights reads, packed, (tokens, input) each
        start: the state before the first step, rows in the packing's order
        packing: of the sequences
        reverse: from the last token of each sequence to the first

    Returns:
        states: hidden states, packed, (tokens, hidden)
        final: the hidden state after each sequence, rows in the packing's order, (batch, hidden)
    """
    if inputs[0].is_cuda:
        return run_cell_fused(cell, inputs, start, packing, reverse=reverse)
    projected = sum(cell.project(one, part) for part, one in enumerate(inputs))
    return run_cell(cell, cast(Tensor, projected), start, packing, reverse=reverse)


def run_cell(
    cell: Cell, projected: Tensor, start: CellState, packing: Packing, *, reverse: bool = False
) -> tuple[Tensor, Tensor]:
    """`run_sequence` step by step; `projected` is the gates' share of all inputs, packed,
    (tokens, gates * hidden).
    """
    states: tuple[Tensor, Tensor] = apply_exactly(
        _CellRun,
        projected,
        cell.hidden_weight,
        cell.hidden_bias,
        type(cell),
        packing,
        reverse,
        *start,
    )
    return states


class _CellRun(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        products: Products,
        projected: Tensor,
        weight: Tensor,
        bias: Tensor,
        kind: type[Cell],
        packing: Packing,
        reverse: bool,
        *start: Tensor,
    ) -> tuple[Tensor, Tensor]:
        right = products.right(weight.t())
        states = projected.new_empty(projected.size(0), weight.size(1))
        before, final = torch.empty_like(states), start[0].clone()
        steps = _steps(packing, reverse)
        current, saved = tuple(part[: steps[0][1]] for part in start), []
        for begin, count in steps:
            current = _resize(current, start, count, final)
            before[begin : begin + count] = current[0]
            recurrent = products.add(bias, current[0], right)
            current, kept = kind.advance(projected[begin : begin + count], recurrent, current)
            states[begin : begin + count] = current[0]
            saved.append(kept)
        final[: current[0].size(0)] = current[0]
        ctx.save_for_backward(weight, before)
        ctx.saved, ctx.kind, ctx.packing, ctx.reverse = saved, kind, packing, reverse
        ctx.parts, ctx.products = len(start), products
        return states, final

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        weight, before = ctx.saved_tensors
        grad_states, grad_final = grads
        products: Products = ctx.products
        right = products.right(weight)
        grad_projected = grad_states.new_empty(grad_states.size(0), weight.size(0))
        grad_recurrent = torch.empty_like(grad_projected)
        carry = [grad_final.clone()]
        carry += [torch.zeros_like(grad_final) for _ in range(ctx.parts - 1)]
        steps = list(_steps(ctx.packing, ctx.reverse))
        for (begin, count), saved in zip(reversed(steps), reversed(ctx.saved), strict=True):
            rows = slice(begin, begin + count)
            incoming = (carry[0][:count] + grad_states[rows], *(p[:count] for p in carry[1:]))
            into_input, into_recurrent, previous = ctx.kind.retreat(incoming, saved)
            grad_projected[rows], grad_recurrent[rows] = into_input, into_recurrent
            carry[0][:count] = products.add(previous[0], into_recurrent, right)
            for part, new in zip(carry[1:], previous[1:], strict=True):
                part[:count] = new
        grad_weight = products.product(grad_recurrent.t(), before)
        return None, grad_projected, grad_weight, grad_recurrent.sum(0), None, None, None, *carry


def _steps(packing: Packing, reverse: bool) -> list[tuple[int, int]]:
    """Where the rows of each step begin and how many there are, in the order of the run."""
    steps = list(zip(packing.starts, packing.counts, strict=True))
    return steps[::-1] if reverse else steps


def _resize(current: CellState, start: CellState, count: int, final: Tensor) -> CellState:
    """The state of the `count` rows that run next: some have ended, or some join with `start`."""
    rows = current[0].size(0)
    if count < rows:
        final[count:rows] = current[0][count:]
        return tuple(part[:count] for part in current)
    if count > rows:
        return tuple(torch.cat([p, s[rows:count]]) for p, s in zip(current, start, strict=True))
    return current


def run_cell_plainly(
    cell: Cell, projected: Tensor, start: CellState, packing: Packing, *, reverse: bool = False
) -> tuple[Tensor, Tensor]:
    """`run_cell` as a loop under autograd."""
    current, found = list(start), {}
    for begin, count in _steps(packing, reverse):
        state = tuple(part[:count] for part in current)
        after = cell(projected[begin : begin + count], state)
        found[begin] = after[0]
        current = [torch.cat([new, part[count:]]) for new, part in zip(after, current, strict=True)]
    return torch.cat([found[begin] for begin in packing.starts]), current[0]
