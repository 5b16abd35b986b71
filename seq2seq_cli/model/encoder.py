"""The bidirectional encoder: source tokens to states that see the whole sentence.

Knows nothing of the decoder. Padding is never computed on, so that it cannot change a result.
"""

from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.cells import CELLS, Cell
from seq2seq_cli.model.dropout import Dropout
from seq2seq_cli.model.packing import Packing, make_packing
from seq2seq_cli.model.recurrence import run_sequence


class Encoder(nn.Module):
    """Embedding and a bidirectional GRU or LSTM of any depth (Bahdanau et al. 2015, A.2.1)."""

    def __init__(self, *, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_size, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        nn.init.zeros_(self.embedding.weight[0])
        self.dropout = Dropout(config.dropout)
        kind, size = CELLS[config.cell], config.encoder_size
        inputs = [config.embedding_size] + [2 * size] * (config.encoder_layers - 1)
        self.forwards = nn.ModuleList(kind(input_sizes=(i,), hidden_size=size) for i in inputs)
        self.backwards = nn.ModuleList(kind(input_sizes=(i,), hidden_size=size) for i in inputs)

    def forward(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Encode a padded batch.

        Args:
            source: token ids, (batch, source)
            lengths: real tokens of each row, at least 1, (batch,), on the CPU

        Returns:
            states: (batch, source, hidden), zero at padding; hidden is both directions
            summary: last forward and first backward state of the top layer, (batch, hidden)
        """
        packing = make_packing(lengths, source.size(1), source.device)
        states = self.embedding(packing.pack(source))
        summary = states
        for ahead, back in zip(self.forwards, self.backwards, strict=True):
            states, summary = _both_ways(
                cast(Cell, ahead), cast(Cell, back), self.dropout(states), packing
            )
        return packing.unpack(self.dropout(states)), packing.restore(summary)


def _both_ways(ahead: Cell, back: Cell, inputs: Tensor, packing: Packing) -> tuple[Tensor, Tensor]:
    """States (tokens, hidden) and final states (batch, hidden) of both directions."""
    zeros = inputs.new_zeros(packing.counts[0], ahead.hidden_size)
    start = (zeros,) * ahead.state_parts
    left, last = run_sequence(ahead, (inputs,), start, packing)
    right, first = run_sequence(back, (inputs,), start, packing, reverse=True)
    return torch.cat([left, right], dim=1), torch.cat([last, first], dim=1)
