"""Recurrent cells: their weights, and one step of their arithmetic with its derivative.

The input's share of the gates is computed apart, so that it can be one product for all steps.
Knows nothing of attention or of sequences. A state is a tuple of tensors, (batch, hidden) each: one
for a GRU, two (hidden, cell) for an LSTM; the first is what other layers see.

Sources: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder" (the GRU, with
the reset gate after the product, as cuDNN has it); Hochreiter and Schmidhuber 1997 (the LSTM).
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

CellState = tuple[Tensor, ...]
Saved = tuple[Tensor, ...]


class Cell(nn.Module):
    """The weights of a cell over the concatenation of several inputs, each with its own."""

    gates: ClassVar[int]
    """Blocks of `hidden` rows in each weight."""
    state_parts: ClassVar[int]

    def __init__(self, *, input_sizes: tuple[int, ...], hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        width = self.gates * hidden_size
        self.input_weights = nn.ParameterList(
            nn.Parameter(torch.empty(width, size)) for size in input_sizes
        )
        self.input_bias = nn.Parameter(torch.zeros(width))
        self.hidden_weight = nn.Parameter(torch.empty(width, hidden_size))
        self.hidden_bias = nn.Parameter(torch.zeros(width))
        for weight in self.input_weights:
            nn.init.xavier_uniform_(weight)
        for block in self.hidden_weight.data.chunk(self.gates):
            nn.init.orthogonal_(block)

    def project(self, inputs: Tensor, part: int = 0) -> Tensor:
        """The gates' share of one input, (..., gates * hidden); the bias comes with part 0."""
        bias = self.input_bias if part == 0 else None
        return nn.functional.linear(inputs, self.input_weights[part], bias)

    def forward(self, projected: Tensor, state: CellState) -> CellState:
        """One step: (batch, gates * hidden) and the state before, to the state after."""
        recurrent = nn.functional.linear(state[0], self.hidden_weight, self.hidden_bias)
        return self.advance(projected, recurrent, state)[0]

    @staticmethod
    def advance(projected: Tensor, recurrent: Tensor, state: CellState) -> tuple[CellState, Saved]:
        """The arithmetic of a step.

        Args:
            projected: the inputs' share of the gates, (batch, gates * hidden)
            recurrent: the hidden state's share, (batch, gates * hidden)
            state: before the step

        Returns:
            The state after the step, and what `retreat` needs.
        """
        raise NotImplementedError

    @staticmethod
    def retreat(grads: CellState, saved: Saved) -> tuple[Tensor, Tensor, CellState]:
        """The derivative of `advance`, without any weight gradients.

        Args:
            grads: of the state after the step
            saved: from `advance`

        Returns:
            Gradients of `projected`, of `recurrent`, and of the state before the step as far as it
            does not come through `recurrent`.
        """
        raise NotImplementedError


class GRUCell(Cell):
    """Gates in the order reset, update, new: `h' = n + z (h - n)`, `n = tanh(x + r (W h + b))`."""

    gates = 3
    state_parts = 1

    @staticmethod
    def advance(projected: Tensor, recurrent: Tensor, state: CellState) -> tuple[CellState, Saved]:
        """See `Cell.advance`."""
        (hidden,) = state
        size = hidden.size(1)
        gates = torch.sigmoid(projected[:, : 2 * size] + recurrent[:, : 2 * size])
        reset, update = gates[:, :size], gates[:, size:]
        candidate = recurrent[:, 2 * size :]
        new = torch.tanh(torch.addcmul(projected[:, 2 * size :], reset, candidate))
        difference = hidden - new
        return (torch.addcmul(new, update, difference),), (gates, candidate, new, difference)

    @staticmethod
    def retreat(grads: CellState, saved: Saved) -> tuple[Tensor, Tensor, CellState]:
        """See `Cell.retreat`."""
        (grad,) = grads
        gates, candidate, new, difference = saved
        size = grad.size(1)
        reset, update = gates[:, :size], gates[:, size:]
        through_update = grad * update
        projected = grad.new_empty(grad.size(0), 3 * size)
        grad_new = torch.mul(
            grad - through_update, torch.addcmul(new.new_ones(()), new, new, value=-1)
        )
        slope = gates - gates * gates
        torch.mul(grad_new * candidate, slope[:, :size], out=projected[:, :size])
        torch.mul(grad * difference, slope[:, size:], out=projected[:, size : 2 * size])
        projected[:, 2 * size :] = grad_new
        recurrent = projected.clone()
        recurrent[:, 2 * size :] *= reset
        return projected, recurrent, (through_update,)


class LSTMCell(Cell):
    """Gates in the order input, forget, output, new: `c' = f c + i n`, `h' = o tanh(c')`."""

    gates = 4
    state_parts = 2

    def __init__(self, *, input_sizes: tuple[int, ...], hidden_size: int) -> None:
        super().__init__(input_sizes=input_sizes, hidden_size=hidden_size)
        nn.init.ones_(self.input_bias.data[hidden_size : 2 * hidden_size])  # forget little at first

    @staticmethod
    def advance(projected: Tensor, recurrent: Tensor, state: CellState) -> tuple[CellState, Saved]:
        """See `Cell.advance`."""
        hidden, cell = state
        size = hidden.size(1)
        summed = projected + recurrent
        gates = torch.sigmoid(summed[:, : 3 * size])
        enter, forget, leave = gates.split(size, dim=1)
        new = torch.tanh(summed[:, 3 * size :])
        after = torch.addcmul(forget * cell, enter, new)
        squashed = torch.tanh(after)
        return (leave * squashed, after), (gates, new, cell, squashed)

    @staticmethod
    def retreat(grads: CellState, saved: Saved) -> tuple[Tensor, Tensor, CellState]:
        """See `Cell.retreat`."""
        grad_hidden, grad_cell = grads
        gates, new, cell, squashed = saved
        enter, forget, leave = gates.split(grad_hidden.size(1), dim=1)
        total = grad_cell + grad_hidden * leave * (1 - squashed * squashed)
        into_gates = torch.cat([total * new, total * cell, grad_hidden * squashed], dim=1)
        projected = torch.cat(
            [into_gates * (gates - gates * gates), total * enter * (1 - new * new)], dim=1
        )
        return projected, projected, (torch.zeros_like(grad_hidden), total * forget)


CELLS: dict[str, type[Cell]] = {"gru": GRUCell, "lstm": LSTMCell}
