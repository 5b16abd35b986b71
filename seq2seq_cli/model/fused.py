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
    with torch.autocast(inputs[0].device.type, enabled=False):
        joined = torch.cat([part.to(start[0].dtype) for part in inputs], dim=1)
        flip = packing.flipped_places if reverse else None
        if flip is not None:
            joined = joined.index_select(0, flip)
        states, final = _call(cell, joined, start, packing)
    return (states if flip is None else states.index_select(0, flip)), final


def _call(cell: Cell, joined: Tensor, start: CellState, packing: Packing) -> tuple[Tensor, Tensor]:
    """States (tokens, hidden) and final hidden states (batch, hidden)."""
    is_lstm = isinstance(cell, LSTMCell)
    kernel: Any = torch.lstm if is_lstm else torch.gru
    first = tuple(part.unsqueeze(0) for part in start)
    found = kernel(
        joined,
        torch.tensor(packing.counts),
        first if is_lstm else first[0],
        _weights(cell),
        True,  # with biases
        1,  # layers
        0.0,  # dropout
        cell.training,
        False,  # bidirectional
    )
    return found[0], found[1].squeeze(0)


def _weights(cell: Cell) -> list[Tensor]:
    """Input weight, hidden weight and their biases, gates in PyTorch's order."""
    ours = (
        torch.cat(list(cell.input_weights), dim=1),
        cell.hidden_weight,
        cell.input_bias,
        cell.hidden_bias,
    )
    if not isinstance(cell, LSTMCell):
        return list(ours)
    moved = []
    for weight in ours:  # PyTorch has the output gate last, we the candidate
        enter, forget, leave, new = weight.chunk(4)
        moved.append(torch.cat([enter, forget, new, leave]))
    return moved
