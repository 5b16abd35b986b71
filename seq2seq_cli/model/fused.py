"""A cell run over packed sequences by PyTorch's own fused kernels, where a device has them.

On a GPU a step of a small recurrence ends before the next one is launched; cuDNN runs all steps in
one call. `recurrence.run_cell_plainly` specifies what it computes. Knows nothing of attention.
"""

from typing import Any

import torch
from torch import Tensor

from seq2seq_cli.model.cells import Cell, CellState, LSTMCell
from seq2seq_cli.model.packing import Packing


def run_cell_fused(
    cell: Cell,
    inputs: tuple[Tensor, ...],
    start: CellState,
    packing: Packing,
    *,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """All hidden states of a cell over packed sequences; see `recurrence.run_sequence`."""
    exact = cell.hidden_weight.dtype
    flip = packing.flipped_places if reverse else None
    with torch.autocast(inputs[0].device.type, enabled=False):
        joined = torch.cat([part.to(exact) for part in inputs], dim=1)
        first = tuple(part.to(exact).contiguous().unsqueeze(0) for part in start)
        if flip is None:
            return _call(cell, joined, first, packing)
        states, final = _call(cell, joined.index_select(0, flip), first, packing)
        return states.index_select(0, flip), final


def _call(cell: Cell, joined: Tensor, start: CellState, packing: Packing) -> tuple[Tensor, Tensor]:
    """States (tokens, hidden) and final hidden states (batch, hidden)."""
    is_lstm = isinstance(cell, LSTMCell)
    kernel: Any = torch.lstm if is_lstm else torch.gru
    found = kernel(
        joined,
        torch.tensor(packing.counts),
        start if is_lstm else start[0],
        _weights(cell),
        True,  # with biases
        1,  # layers
        0.0,  # dropout
        cell.training,
        False,  # bidirectional
    )
    return found[0], found[1].squeeze(0)


def _weights(cell: Cell) -> list[Tensor]:
    """Input weight, hidden weight and their biases in PyTorch's order, in one piece of memory."""
    ours = [
        torch.cat(list(cell.input_weights), dim=1),
        cell.hidden_weight,
        cell.input_bias,
        cell.hidden_bias,
    ]
    if isinstance(cell, LSTMCell):
        ours = [_output_gate_last(weight) for weight in ours]
    parts = torch.cat([weight.flatten() for weight in ours]).split([w.numel() for w in ours])
    return [part.view_as(weight) for part, weight in zip(parts, ours, strict=True)]


def _output_gate_last(weight: Tensor) -> Tensor:
    """From our order of an LSTM's gates to PyTorch's."""
    enter, forget, leave, new = weight.chunk(4)
    return torch.cat([enter, forget, new, leave])
