"""The bidirectional encoder: source tokens to states that see the whole sentence.

Knows nothing of the decoder. Padding never changes a result: sequences are packed.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seq2seq_cli.config import ModelConfig


class Encoder(nn.Module):
    """Embedding and a bidirectional GRU or LSTM of any depth (Bahdanau et al. 2015, A.2.1)."""

    def __init__(self, *, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        kind = nn.GRU if config.cell == "gru" else nn.LSTM
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_size, padding_idx=0)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(
            kind(
                config.embedding_size if layer == 0 else 2 * config.encoder_size,
                config.encoder_size,
                bidirectional=True,
                batch_first=True,
            )
            for layer in range(config.encoder_layers)
        )
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        nn.init.zeros_(self.embedding.weight[0])
        for layer in self.layers:
            _initialise(layer, config.encoder_size)

    def forward(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Encode a padded batch.

        Args:
            source: token ids, (batch, source)
            lengths: real tokens of each row, at least 1, (batch,), on the CPU

        Returns:
            states: (batch, source, hidden), zero at padding; hidden is both directions
            summary: last forward and first backward state of the top layer, (batch, hidden)
        """
        states = self.dropout(self.embedding(source))
        packed = pack_padded_sequence(states, lengths, batch_first=True, enforce_sorted=False)
        final = states
        for number, layer in enumerate(self.layers):
            if number > 0:
                packed = packed._replace(data=self.dropout(packed.data))
            packed, last = layer(packed)
            final = last if isinstance(last, Tensor) else last[0]  # (2, batch, encoder)
        padded, _ = pad_packed_sequence(packed, batch_first=True, total_length=source.size(1))
        return self.dropout(padded), torch.cat([final[0], final[1]], dim=1)


def _initialise(layer: nn.Module, hidden_size: int) -> None:
    for name, parameter in layer.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(parameter)
        elif name.startswith("weight_hh"):
            for block in parameter.data.split(hidden_size):
                nn.init.orthogonal_(block)
        else:
            nn.init.zeros_(parameter)
