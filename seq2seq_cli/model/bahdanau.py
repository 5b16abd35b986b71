"""The decoder in Bahdanau's wiring: attend by the state before, then move.

Knows nothing of losses or search.
"""

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.attention import AdditiveAttention, Memory
from seq2seq_cli.model.attentive import BahdanauRun
from seq2seq_cli.model.cells import Cell
from seq2seq_cli.model.decoder import Decoder, DecoderState, Step
from seq2seq_cli.model.packing import Packing
from seq2seq_cli.model.products import apply_exactly


class BahdanauDecoder(Decoder):
    """Attend by the previous state, then move (Bahdanau et al. 2015, 3.1, A.1.2 and A.2.2).

    The context enters the recurrence, and a deep output layer sees state, token and context.
    Departs from the paper in that the output layer sees the new state, not the previous one, and
    has tanh units in place of maxout. With `none` the context is the encoder's summary at every
    step (Cho et al. 2014).
    """

    def __init__(self, *, vocabulary_size: int, config: ModelConfig) -> None:
        memory_size = 2 * config.encoder_size
        super().__init__(
            vocabulary_size=vocabulary_size, config=config, extra_inputs=(memory_size,)
        )
        self.feature_size = config.embedding_size
        self.has_attention = config.attention != "none"
        self.readout_state = nn.Linear(config.decoder_size, self.feature_size)
        self.readout_token = nn.Linear(config.embedding_size, self.feature_size, bias=False)
        self.readout_context = nn.Linear(memory_size, self.feature_size, bias=False)

    def context_shares(self, context: Tensor) -> Tensor:
        """What gates and output layer make of contexts, (..., gates * hidden + features)."""
        gates = cast(Cell, self.cells[0]).project(context, 1)
        return torch.cat([gates, self.readout_context(self.dropout(context))], dim=-1)

    def prepare(self, memory: Memory) -> Memory:
        """See `Decoder.prepare`: the share of a weighted sum is the weighted sum of shares.

        Not in training: there dropout falls on contexts.
        """
        prepared = super().prepare(memory)
        if self.training:
            return prepared
        if not self.has_attention:
            return replace(prepared, summary=self.context_shares(memory.summary))
        return replace(prepared, values=self.context_shares(memory.values))

    def step_shares(self, state: DecoderState) -> tuple[Tensor, Tensor]:
        """Shares of the context of one state a row, and weights (rows, source)."""
        query, prepared = state.top, state.memory
        if self.has_attention:
            context, weights = self.attend_once(query, prepared, state.step)
        else:
            each = len(query) // len(prepared.mask)
            context = prepared.summary.repeat_interleave(each, dim=0)
            weights = prepared.values.new_zeros(len(query), prepared.mask.size(1))
        return (self.context_shares(context) if self.training else context), weights

    def readout(self, state: Tensor, embedded: Tensor, context: Tensor) -> Tensor:
        """The deep output layer, (..., features)."""
        rest = self.readout_rest(state, embedded)
        return self.squash(rest + self.readout_context(self.dropout(context)))

    def readout_rest(self, state: Tensor, embedded: Tensor) -> Tensor:
        """What the deep output layer sums up beside the context's share, (..., features)."""
        return cast(Tensor, self.readout_state(self.dropout(state)) + self.readout_token(embedded))

    def squash(self, summed: Tensor) -> Tensor:
        """The units of the deep output layer, (..., features)."""
        return cast(Tensor, self.dropout(torch.tanh(summed)))

    def step(self, token: Tensor, state: DecoderState) -> Step:
        """See `Decoder.step`."""
        embedded = self.dropout(self.embedding(token))
        projected = cast(Cell, self.cells[0]).project(embedded)
        shares, weights = self.step_shares(state)
        into_gates, into_readout = shares.split([projected.size(1), self.feature_size], dim=1)
        layers = self.advance(projected + into_gates, state.layers)
        after = replace(state, layers=layers, step=state.step + 1)
        features = self.squash(self.readout_rest(after.top, embedded) + into_readout)
        copying = self.copying_once(after.top, embedded, weights, state.memory)
        return Step(features=features, weights=weights, state=after, copying=copying)

    @property
    def has_fast_path(self) -> bool:
        """One layer, or no attention between the steps."""
        return len(self.cells) == 1 or not self.has_attention

    def run(
        self, embedded: Tensor, memory: Memory, packing: Packing
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See `Decoder.run`."""
        cell = cast(Cell, self.cells[0])
        if not self.has_attention:
            rows = torch.cat([torch.arange(count) for count in packing.counts])
            contexts = memory.summary.index_select(0, rows.to(embedded.device))
            states = self.run_cells((embedded, contexts), memory, packing)
            weights = memory.values.new_zeros(len(embedded), memory.values.size(1))
            return self.readout(states, embedded, contexts), weights, states
        attention = cast(AdditiveAttention, self.attention)
        states, contexts, weights = apply_exactly(
            BahdanauRun,
            cell.project(embedded),
            memory.keys,
            memory.values,
            memory.mask,
            attention.energy,
            attention.query_weight,
            cell.input_weights[1],
            cell.hidden_weight,
            cell.hidden_bias,
            type(cell),
            packing,
            *self.first_layers(memory)[0],
        )
        return self.readout(states, embedded, contexts), weights, states
