"""Recurrent decoders: the two papers' wirings of attention into the recurrence.

Knows nothing of losses or search. State is explicit: `start` makes one from a memory, `step` takes
one token and a state to the next state, and `forward` does the same for whole teacher-forced
targets, packed. Both end in features, which `Seq2Seq.logits` turns into scores.
"""

from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.attention import (
    AdditiveAttention,
    Attention,
    Memory,
    attention_weights,
    build_attention,
    context_vectors,
)
from seq2seq_cli.model.attentive import BahdanauRun, LuongRun
from seq2seq_cli.model.cells import CELLS, Cell, CellState
from seq2seq_cli.model.dropout import Dropout
from seq2seq_cli.model.packing import Packing, make_packing
from seq2seq_cli.model.products import apply_exactly
from seq2seq_cli.model.recurrence import run_cell


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoderState:
    """All that a decoder remembers between two target tokens."""

    layers: tuple[CellState, ...]
    """State of each cell, bottom first; each part (batch, hidden)."""
    feed: Tensor | None
    """The attentional vector of the step before (input feeding), (batch, hidden)."""
    memory: Memory

    @property
    def top(self) -> Tensor:
        """Hidden state of the top layer, (batch, hidden)."""
        return self.layers[-1][0]

    def select(self, rows: Tensor, *, memory: Memory | None = None) -> "DecoderState":
        """The state of the given rows, (rows,); `memory` is given where it is known to fit."""
        return DecoderState(
            layers=tuple(tuple(p.index_select(0, rows) for p in part) for part in self.layers),
            feed=None if self.feed is None else self.feed.index_select(0, rows),
            memory=self.memory.select(rows) if memory is None else memory,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """What one target token leads to."""

    features: Tensor
    """(batch, features)"""
    weights: Tensor
    """Attention weights, (batch, source)"""
    state: DecoderState


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """What teacher-forced targets lead to, without their padding."""

    features: Tensor
    """(tokens, features)"""
    weights: Tensor
    """Attention weights, (tokens, source)"""
    packing: Packing
    """How the tokens stand in the padded batch."""


class Decoder(nn.Module):
    """What both wirings share: embedding, cells, attention and the first state."""

    feature_size: int

    def __init__(
        self, *, vocabulary_size: int, config: ModelConfig, extra_inputs: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_size, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        nn.init.zeros_(self.embedding.weight[0])
        self.dropout = Dropout(config.dropout)
        self.attention = build_attention(config)
        kind, size = CELLS[config.cell], config.decoder_size
        inputs = (config.embedding_size, *extra_inputs)
        self.cells = nn.ModuleList(
            kind(input_sizes=inputs if layer == 0 else (size,), hidden_size=size)
            for layer in range(config.decoder_layers)
        )
        self.bridge = nn.Linear(2 * config.encoder_size, config.decoder_layers * size)

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first token: `tanh(W summary)` in each layer (2015, A.2.2).

        Departs from the paper in that the last forward state is seen beside the first backward one.
        """
        hidden = torch.tanh(self.bridge(memory.summary)).chunk(len(self.cells), dim=1)
        parts = cast(Cell, self.cells[0]).state_parts
        layers = tuple((h, *(torch.zeros_like(h) for _ in range(parts - 1))) for h in hidden)
        return DecoderState(layers=layers, feed=self.first_feed(memory), memory=memory)

    def first_feed(self, memory: Memory) -> Tensor | None:
        """What is fed to the first step, (batch, hidden); nothing by default."""
        return None

    def attend(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Context (batch, target, hidden) and weights (batch, target, source) of some states.

        Args:
            query: decoder states, (batch, target, decoder)
            memory: of the same batch
        """
        attention = cast(Attention, self.attention)
        weights = attention_weights(attention.scores(query, memory.keys), memory.mask)
        return context_vectors(weights, memory.values), weights

    def advance(self, projected: Tensor, layers: tuple[CellState, ...]) -> tuple[CellState, ...]:
        """Move all cells by one step; `projected` is the input share of the bottom cell's gates."""
        states: list[CellState] = []
        for cell, state in zip(self.cells, layers, strict=True):
            if states:
                projected = cast(Cell, cell).project(self.dropout(states[-1][0]))
            states.append(cell(projected, state))
        return tuple(states)

    def step(self, token: Tensor, state: DecoderState) -> Step:
        """Read one token of each row.

        Args:
            token: ids, (batch,)
            state: the state before
        """
        raise NotImplementedError

    def forward(self, tokens: Tensor, lengths: Tensor, memory: Memory) -> Decoded:
        """Read whole targets, teacher-forced.

        Args:
            tokens: ids beginning with `<s>`, (batch, target)
            lengths: real tokens of each row, at least 1, (batch,), on the CPU
            memory: of the same batch
        """
        packing = make_packing(lengths, tokens.size(1), tokens.device)
        if not self.has_fast_path:
            features, weights = self.forward_plainly(tokens, memory)
            return Decoded(
                features=packing.pack(features), weights=packing.pack(weights), packing=packing
            )
        embedded = self.dropout(self.embedding(packing.pack(tokens)))
        features, weights = self.run(embedded, memory.select(packing.order), packing)
        return Decoded(features=features, weights=weights, packing=packing)

    @property
    def has_fast_path(self) -> bool:
        """Whether `run` takes this wiring."""
        raise NotImplementedError

    def run(self, embedded: Tensor, memory: Memory, packing: Packing) -> tuple[Tensor, Tensor]:
        """Features (tokens, features) and weights (tokens, source), by the fast functions.

        Args:
            embedded: packed, (tokens, embedding)
            memory: its rows in the packing's order
            packing: of the targets
        """
        raise NotImplementedError

    def run_cells(self, projected: Tensor, memory: Memory, packing: Packing) -> Tensor:
        """States of the top cell, (tokens, hidden), where nothing but the cells recurs."""
        states = projected
        for number, (module, start) in enumerate(
            zip(self.cells, self.start(memory).layers, strict=True)
        ):
            cell = cast(Cell, module)
            inputs = states if number == 0 else cell.project(self.dropout(states))
            states, _ = run_cell(cell, inputs, start, packing)
        return states

    def forward_plainly(self, tokens: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """The same step by step, under autograd and with padding: the specification of `forward`.

        Returns:
            features: (batch, target, features)
            weights: (batch, target, source)
        """
        state, steps = self.start(memory), []
        for column in tokens.unbind(dim=1):
            step = self.step(column, state)
            state = step.state
            steps.append(step)
        features = torch.stack([step.features for step in steps], dim=1)
        return features, torch.stack([step.weights for step in steps], dim=1)


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

    def contexts(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Context (batch, hidden) and weights (batch, source) for one state, (batch, decoder)."""
        if not self.has_attention:
            return memory.summary, memory.values.new_zeros(memory.mask.shape)
        context, weights = self.attend(query.unsqueeze(1), memory)
        return context.squeeze(1), weights.squeeze(1)

    def readout(self, state: Tensor, embedded: Tensor, context: Tensor) -> Tensor:
        """The deep output layer, (..., features)."""
        summed = (
            self.readout_state(self.dropout(state))
            + self.readout_token(embedded)
            + self.readout_context(self.dropout(context))
        )
        return cast(Tensor, self.dropout(torch.tanh(summed)))

    def step(self, token: Tensor, state: DecoderState) -> Step:
        """See `Decoder.step`."""
        embedded = self.dropout(self.embedding(token))
        cell = cast(Cell, self.cells[0])
        context, weights = self.contexts(state.top, state.memory)
        layers = self.advance(cell.project(embedded) + cell.project(context, 1), state.layers)
        after = replace(state, layers=layers)
        features = self.readout(after.top, embedded, context)
        return Step(features=features, weights=weights, state=after)

    @property
    def has_fast_path(self) -> bool:
        """One layer, or no attention between the steps."""
        return len(self.cells) == 1 or not self.has_attention

    def run(self, embedded: Tensor, memory: Memory, packing: Packing) -> tuple[Tensor, Tensor]:
        """See `Decoder.run`."""
        cell = cast(Cell, self.cells[0])
        projected = cell.project(embedded)
        if not self.has_attention:
            rows = torch.cat([torch.arange(count) for count in packing.counts])
            contexts = memory.summary.index_select(0, rows.to(embedded.device))
            states = self.run_cells(projected + cell.project(contexts, 1), memory, packing)
            weights = memory.values.new_zeros(len(embedded), memory.values.size(1))
            return self.readout(states, embedded, contexts), weights
        attention = cast(AdditiveAttention, self.attention)
        states, contexts, weights = apply_exactly(
            BahdanauRun,
            projected,
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
            *self.start(memory).layers[0],
        )
        return self.readout(states, embedded, contexts), weights


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
        projected = cell.project(self.dropout(self.embedding(token)))
        attentional, weights, after = self.move(projected, state)
        return Step(features=self.features(attentional), weights=weights, state=after)

    def move(self, projected: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """One step: attentional vector (batch, hidden), weights (batch, source), state after."""
        if state.feed is not None:
            projected = projected + cast(Cell, self.cells[0]).project(state.feed, 1)
        layers = self.advance(projected, state.layers)
        attentional, weights = self.attentional(layers[-1][0].unsqueeze(1), state.memory)
        feed = attentional.squeeze(1) if self.input_feeding else None
        after = DecoderState(layers=layers, feed=feed, memory=state.memory)
        return attentional.squeeze(1), weights.squeeze(1), after

    @property
    def has_fast_path(self) -> bool:
        """One layer, or nothing fed back."""
        return len(self.cells) == 1 or not self.input_feeding

    def run(self, embedded: Tensor, memory: Memory, packing: Packing) -> tuple[Tensor, Tensor]:
        """See `Decoder.run`; without input feeding, attention is a few large products."""
        cell = cast(Cell, self.cells[0])
        projected = cell.project(embedded)
        if not self.input_feeding:
            states = self.run_cells(projected, memory, packing)
            padded = packing.unpack_ordered(states)  # (batch, target, hidden)
            vectors, weights = self.attentional(padded, memory)
            return self.features(packing.pack_ordered(vectors)), packing.pack_ordered(weights)
        additive = isinstance(self.attention, AdditiveAttention)
        vectors, weights = apply_exactly(
            LuongRun,
            projected,
            memory.keys,
            memory.values,
            memory.mask,
            self.attention.energy if additive else None,
            self.attention.query_weight if additive else None,
            torch.cat([self.combine_state.weight, self.combine_context.weight], dim=1),
            self.combine_context.bias,
            cell.input_weights[1],
            cell.hidden_weight,
            cell.hidden_bias,
            type(cell),
            packing,
            *self.start(memory).layers[0],
        )
        return self.features(vectors), weights
