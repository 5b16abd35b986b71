"""Recurrent cells whose input part is computed apart, so that it can be one product for all steps.

Knows nothing of attention. A cell's state is a tuple of tensors, (batch, hidden) each: one for a
GRU, two (hidden, cell) for an LSTM; the first is what other layers see.

Sources: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder" (the GRU, with
the reset gate after the product, as cuDNN has it); Hochreiter and Schmidhuber 1997 (the LSTM).
"""

import torch
from torch import Tensor, nn

CellState = tuple[Tensor, ...]


class Cell(nn.Module):
    """A GRU or LSTM cell over the concatenation of several inputs, each with its own weight."""

    gates: int
    state_parts: int

    def __init__(self, *, input_sizes: tuple[int, ...], hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        width = self.gates * hidden_size
        self.input_weights = nn.ParameterList(
            nn.Parameter(torch.empty(width, size)) for size in input_sizes
        )
        self.input_bias = nn.Parameter(torch.zeros(width))
        self.hidden_weight = nn.Parameter(torch.empty(width, hidden_size))
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
        raise NotImplementedError


class GRUCell(Cell):
    """Gates in the order reset, update, new."""

    gates = 3
    state_parts = 1

    def __init__(self, *, input_sizes: tuple[int, ...], hidden_size: int) -> None:
        super().__init__(input_sizes=input_sizes, hidden_size=hidden_size)
        self.new_bias = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, projected: Tensor, state: CellState) -> CellState:
        """`h' = n + z (h - n)`, with `n = tanh(x_n + r (W h + b))`."""
        (hidden,) = state
        size = self.hidden_size
        recurrent = nn.functional.linear(hidden, self.hidden_weight)
        reset, update = (
            torch.sigmoid(projected[:, : 2 * size] + recurrent[:, : 2 * size])
        ).chunk(2, dim=1)
        new = torch.tanh(
            projected[:, 2 * size :] + reset * (recurrent[:, 2 * size :] + self.new_bias)
        )
        return (new + update * (hidden - new),)


class LSTMCell(Cell):
    """Gates in the order input, forget, output, new; the forget gate starts open."""

    gates = 4
    state_parts = 2

    def __init__(self, *, input_sizes: tuple[int, ...], hidden_size: int) -> None:
        super().__init__(input_sizes=input_sizes, hidden_size=hidden_size)
        nn.init.ones_(self.input_bias.data[hidden_size : 2 * hidden_size])

    def forward(self, projected: Tensor, state: CellState) -> CellState:
        """`c' = f c + i n`, `h' = o tanh(c')`."""
        hidden, cell = state
        size = self.hidden_size
        gates = projected + nn.functional.linear(hidden, self.hidden_weight)
        enter, forget, leave = torch.sigmoid(gates[:, : 3 * size]).chunk(3, dim=1)
        cell = forget * cell + enter * torch.tanh(gates[:, 3 * size :])
        return leave * torch.tanh(cell), cell


CELLS: dict[str, type[Cell]] = {"gru": GRUCell, "lstm": LSTMCell}
