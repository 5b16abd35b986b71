"""The decoder in Luong's wiring: move, then attend by the new state.

Knows nothing of losses or search.
"""

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.attention import Memory
from seq2seq_cli.model.attentive import LuongRun
from seq2seq_cli.model.cells import Cell
from seq2seq_cli.model.decoder import Decoder, DecoderState, Step
from seq2seq_cli.model.packing import Packing
from seq2seq_cli.model.products import apply_exactly


class LuongDecoder(Decoder):
    """Move, then attend by the new state (Luong et al. 2015, 3 and eq. 5).

    The attentional vector `tanh(W [c; s])` feeds the next step where `input_feeding` is on (3.3).
    Departs from the paper in that the memory is a bidirectional encoder's, and that with tied
    embeddings a linear layer brings the attentional vector to the width of the embedding.
    """

    def __init__(self, *, vocabulary_size: int, config: ModelConfig) -> None:
        size, memory_size = config.decoder_size, 2 * config.encoder_size
        self.input_feeding = config.input_feeding
        super().__init__(
            vocabulary_size=vocabulary_size,
            config=config,
            extra_inputs=(size,) if config.input_feeding else (),
        )
        self.input_feeding = config.input_feeding
        self.combine_context = nn.Linear(memory_size, size)
        self.combine_state = nn.Linear(size, size, bias=False)
        narrow = config.tie_embeddings and config.embedding_size != size
        self.feature_size = config.embedding_size if narrow else size
        self.narrow = nn.Linear(size, config.embedding_size, bias=False) if narrow else None

    def first_feed(self, memory: Memory) -> Tensor | None:
        """Zeros where input feeding is on, (batch, hidden)."""
        if not self.input_feeding:
            return None
        return memory.values.new_zeros(memory.values.size(0), self.combine_state.out_features)

    def prepare(self, memory: Memory) -> Memory:
        """See `Decoder.prepare`: a weighted sum of products is the product with the sum."""
        products = nn.functional.linear(memory.values, self.combine_context.weight)
        return replace(super().prepare(memory), values=products)

    def attentional(self, states: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """`tanh(W [c; s])`, eq. 5, and the weights, for states (batch, target, hidden)."""
        context, weights = self.attend(states, memory)
        return torch.tanh(self.combine_context(context) + self.combine_state(states)), weights

    def features(self, attentional: Tensor) -> Tensor:
        """Dropout and, where embeddings are tied, the change of width: (..., features)."""
        dropped = self.dropout(attentional)
        return dropped if self.narrow is None else cast(Tensor, self.narrow(dropped))

    def step(self, token: Tensor, state: DecoderState) -> Step:
        """See `Decoder.step`."""
        cell = cast(Cell, self.cells[0])
        embedded = self.dropout(self.embedding(token))
        attentional, weights, after = self.move(cell.project(embedded), state)
        copying = self.copying_once(after.top, embedded, weights, state.memory)
        features = self.features(attentional)
        return Step(features=features, weights=weights, state=after, copying=copying)

    def move(self, projected: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """One step: attentional vector (batch, hidden), weights (batch, source), state after."""
        if state.feed is not None:
            projected = projected + cast(Cell, self.cells[0]).project(state.feed, 1)
        layers = self.advance(projected, state.layers)
        combined, weights = self.attend_once(layers[-1][0], state.memory, state.step)
        share = nn.functional.linear(
            layers[-1][0], self.combine_state.weight, self.combine_context.bias
        )
        attentional = torch.tanh(combined + share)
        feed = attentional if self.input_feeding else None
        return attentional, weights, replace(state, layers=layers, feed=feed, step=state.step + 1)

    @property
    def has_fast_path(self) -> bool:
        """One layer, or nothing fed back."""
        return len(self.cells) == 1 or not self.input_feeding

    def run(
        self, embedded: Tensor, memory: Memory, packing: Packing
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See `Decoder.run`; without input feeding, attention is a few large products."""
        cell = cast(Cell, self.cells[0])
        if not self.input_feeding:
            states = self.run_cells((embedded,), memory, packing)
            padded = packing.unpack_ordered(states)  # (batch, target, hidden)
            vectors, weights = self.attentional(padded, memory)
            features = self.features(packing.pack_ordered(vectors))
            return features, packing.pack_ordered(weights), states
        vectors, weights, combined = apply_exactly(
            LuongRun,
            cell.project(embedded),
            memory.keys,
            memory.values,
            memory.mask,
            *(getattr(self.attention, name, None) for name in LuongRun.ATTENTION),
            torch.cat([self.combine_state.weight, self.combine_context.weight], dim=1),
            self.combine_context.bias,
            cell.input_weights[1],
            cell.hidden_weight,
            cell.hidden_bias,
            type(cell),
            packing,
            *self.first_layers(memory)[0],
        )
        return self.features(vectors), weights, combined[:, : self.combine_state.in_features]
