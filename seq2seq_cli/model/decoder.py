"""What every decoder has: its state, its steps, and its two ways through a whole target.

Knows nothing of losses or search, nor of how attention is wired: `bahdanau` and `luong` say that.
State is explicit: `start` makes one from a memory, `step` takes one token and a state to the next
state, and `forward` does the same for whole teacher-forced targets, packed. Both end in features,
which `Seq2Seq.scores` turns into scores of all tokens.
"""

from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.attention import (
    Attention,
    Memory,
    context_vectors,
)
from seq2seq_cli.model.cells import CELLS, Cell, CellState
from seq2seq_cli.model.copying import CopyGate, Copying, may_copy
from seq2seq_cli.model.dropout import Dropout
from seq2seq_cli.model.kinds import build_attention
from seq2seq_cli.model.packing import Packing, make_packing
from seq2seq_cli.model.recurrence import run_sequence


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoderState:
    """All that a decoder remembers between two target tokens."""

    layers: tuple[CellState, ...]
    """State of each cell, bottom first; each part (rows, hidden)."""
    feed: Tensor | None
    """The attentional vector of the step before (input feeding), (rows, hidden)."""
    memory: Memory
    """As `Decoder.prepare` made it; each sentence has as many rows, one after the other."""
    step: int
    """How many tokens were read, the same for all rows."""

    @property
    def top(self) -> Tensor:
        """Hidden state of the top layer, (rows, hidden)."""
        return self.layers[-1][0]

    def select(self, rows: Tensor, *, memory: Memory | None = None) -> "DecoderState":
        """The state of the given rows, (rows,), with their memory: `memory` where it is given."""
        return DecoderState(
            layers=tuple(tuple(p.index_select(0, rows) for p in part) for part in self.layers),
            feed=None if self.feed is None else self.feed.index_select(0, rows),
            memory=self.memory.select(rows) if memory is None else memory,
            step=self.step,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """What one target token leads to."""

    features: Tensor
    """(rows, features)"""
    weights: Tensor
    """Attention weights, (rows, source)"""
    state: DecoderState
    copying: Copying | None = None
    """What may be copied instead, where the model copies"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """What teacher-forced targets lead to, without their padding."""

    features: Tensor
    """(tokens, features)"""
    weights: Tensor
    """Attention weights, (tokens, source)"""
    packing: Packing
    """How the tokens stand in the padded batch."""
    copying: Copying | None = None
    """What may be copied instead, where the model copies, in rows as `features`"""


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
        self.copy_gate = _copy_gate(config)

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first token, with the memory prepared for `step`."""
        return DecoderState(
            layers=self.first_layers(memory),
            feed=self.first_feed(memory),
            memory=self.prepare(memory),
            step=0,
        )

    def first_layers(self, memory: Memory) -> tuple[CellState, ...]:
        """`tanh(W summary)` in each layer (2015, A.2.2).

        Departs from the paper in that the last forward state is seen beside the first backward one.
        """
        hidden = torch.tanh(self.bridge(memory.summary)).chunk(len(self.cells), dim=1)
        parts = cast(Cell, self.cells[0]).state_parts
        return tuple((h, *(torch.zeros_like(h) for _ in range(parts - 1))) for h in hidden)

    def first_feed(self, memory: Memory) -> Tensor | None:
        """What is fed to the first step, (batch, hidden); nothing by default."""
        return None

    def prepare(self, memory: Memory) -> Memory:
        """The memory as `step` reads it: what every step would make of it anew is made once."""
        return replace(memory, keys=cast(Attention, self.attention).prepare(memory.keys))

    def attend(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Context (batch, target, hidden) and weights (batch, target, source) of whole targets.

        Args:
            query: decoder states from the first step on, (batch, target, decoder)
            memory: of the same batch
        """
        attention = cast(Attention, self.attention)
        steps = torch.arange(query.size(1), device=query.device)
        scores = attention.scores(query, memory.keys)
        weights = attention.weigh(scores, query, memory.mask, steps)
        return context_vectors(weights, memory.values), weights

    def attend_once(self, states: Tensor, prepared: Memory, step: int) -> tuple[Tensor, Tensor]:
        """Context (rows, hidden) and weights (rows, source), for one state a row, (rows, decoder).

        All are the states of one `step`. Rows may outnumber the memory's, as hypotheses outnumber
        sentences in a search: each row of the memory is attended to by as many, which stand
        together.
        """
        query = states.unflatten(0, (len(prepared.mask), -1))
        attention = cast(Attention, self.attention)
        scores = attention.prepared_scores(query, prepared.keys)
        steps = torch.full((1,), step, device=query.device)
        weights = attention.weigh(scores, query, prepared.mask, steps)
        return context_vectors(weights, prepared.values).flatten(0, 1), weights.flatten(0, 1)

    def advance(self, projected: Tensor, layers: tuple[CellState, ...]) -> tuple[CellState, ...]:
        """Move all cells by one step; `projected` is the input share of the bottom cell's gates."""
        states: list[CellState] = []
        for cell, state in zip(self.cells, layers, strict=True):
            if states:
                projected = cast(Cell, cell).project(self.dropout(states[-1][0]))
            states.append(cell(projected, state))
        return tuple(states)

    def copying(
        self, states: Tensor, embedded: Tensor, weights: Tensor, memory: Memory, sentences: Tensor
    ) -> Copying | None:
        """What may be copied at some steps; None where the model does not copy.

        Args:
            states: of the top cell, (rows, decoder)
            embedded: the tokens that are read, (rows, embedding)
            weights: attention weights, (rows, source)
            memory: of the sentences
            sentences: which of them each row is of, (rows,)
        """
        copyable = memory.copyable
        if self.copy_gate is None or copyable is None:
            return None
        gate = self.copy_gate(states, embedded, weights, copyable, sentences)
        return may_copy(gate, weights, copyable, sentences)

    def copying_once(
        self, states: Tensor, embedded: Tensor, weights: Tensor, memory: Memory
    ) -> Copying | None:
        """`copying` of one step; rows may outnumber the memory's, as in `attend_once`."""
        if self.copy_gate is None:
            return None
        sentences = torch.arange(len(memory.mask), device=states.device)
        each = len(states) // len(memory.mask)
        return self.copying(states, embedded, weights, memory, sentences.repeat_interleave(each))

    def step(self, token: Tensor, state: DecoderState) -> Step:
        """Read one token of each row.

        Args:
            token: ids, (rows,)
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
            return self._decoded_plainly(tokens, memory, packing)
        embedded = self.dropout(self.embedding(packing.pack(tokens)))
        features, weights, states = self.run(embedded, memory.select(packing.order), packing)
        copying = self.copying(states, embedded, weights, memory, packing.rows)
        return Decoded(features=features, weights=weights, packing=packing, copying=copying)

    def _decoded_plainly(self, tokens: Tensor, memory: Memory, packing: Packing) -> Decoded:
        features, weights, gates = self.forward_plainly(tokens, memory)
        weights, copying = packing.pack(weights), None
        if gates is not None and memory.copyable is not None:
            copying = may_copy(packing.pack(gates), weights, memory.copyable, packing.rows)
        return Decoded(
            features=packing.pack(features), weights=weights, packing=packing, copying=copying
        )

    @property
    def has_fast_path(self) -> bool:
        """Whether `run` takes this wiring."""
        raise NotImplementedError

    def run(
        self, embedded: Tensor, memory: Memory, packing: Packing
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One pass by the fast functions.

        Args:
            embedded: packed, (tokens, embedding)
            memory: its rows in the packing's order
            packing: of the targets

        Returns:
            features: (tokens, features)
            weights: (tokens, source)
            states: of the top cell, (tokens, decoder)
        """
        raise NotImplementedError

    def run_cells(self, inputs: tuple[Tensor, ...], memory: Memory, packing: Packing) -> Tensor:
        """States of the top cell, (tokens, hidden), where nothing but the cells recurs.

        `inputs` are the bottom cell's, packed, (tokens, input) each.
        """
        first, *others = zip(self.cells, self.first_layers(memory), strict=True)
        states, _ = run_sequence(cast(Cell, first[0]), inputs, first[1], packing)
        for cell, start in others:
            states, _ = run_sequence(cast(Cell, cell), (self.dropout(states),), start, packing)
        return states

    def forward_plainly(
        self, tokens: Tensor, memory: Memory
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """The same step by step, under autograd and with padding: the specification of `forward`.

        Returns:
            features: (batch, target, features)
            weights: (batch, target, source)
            gates: `Copying.gate`, (batch, target); None where the model does not copy
        """
        state, steps = self.start(memory), []
        for column in tokens.unbind(dim=1):
            step = self.step(column, state)
            state = step.state
            steps.append(step)
        features = torch.stack([step.features for step in steps], dim=1)
        weights = torch.stack([step.weights for step in steps], dim=1)
        gates = [step.copying.gate for step in steps if step.copying is not None]
        return features, weights, torch.stack(gates, dim=1) if gates else None


def _copy_gate(config: ModelConfig) -> CopyGate | None:
    """The gate of a model that copies.

    Raises:
        InputError: if it has no attention, which says what is copied.
    """
    if not config.copying:
        return None
    if config.attention == "none":
        raise InputError(
            "--copying takes what is copied from the attention weights, and --attention none has "
            "none. Choose another kind of attention, or leave out --copying."
        )
    return CopyGate(
        memory_size=2 * config.encoder_size,
        decoder_size=config.decoder_size,
        embedding_size=config.embedding_size,
    )
