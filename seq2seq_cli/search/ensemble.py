"""Several models that decode together, in the place of one.

Log-probabilities are averaged arithmetically and normalised again, which is the geometric mean of
the probabilities (log-linear interpolation, as in Marian and in Sockeye's `log_linear`). Since
normalising takes away any constant, the mean of the logits leads there too, and that is what is
computed: the members' own normalisation need not be. Attention weights are averaged over the
members that have attention. Knows nothing of search and text: the members must share their
vocabularies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.model.attention import Memory
from seq2seq_cli.model.decoder import Decoded, DecoderState
from seq2seq_cli.model.seq2seq import Seq2Seq


@dataclass(frozen=True, kw_only=True, eq=False)
class EnsembleMemory:
    """The memory of each member, of the same sentences."""

    members: tuple[Memory, ...]

    @property
    def mask(self) -> Tensor:
        """True at real positions, (batch, source)"""
        return self.members[0].mask

    def select(self, rows: Tensor) -> "EnsembleMemory":
        """The memory of the given rows of the batch, (rows,); rows may repeat."""
        return EnsembleMemory(members=tuple(one.select(rows) for one in self.members))


@dataclass(frozen=True, kw_only=True, eq=False)
class EnsembleState:
    """The state of each member, of the same hypotheses."""

    members: tuple[DecoderState, ...]

    @property
    def memory(self) -> EnsembleMemory:
        """The memory of each, as its decoder has prepared it."""
        return EnsembleMemory(members=tuple(one.memory for one in self.members))

    def select(self, rows: Tensor, *, memory: EnsembleMemory | None = None) -> "EnsembleState":
        """The state of the given rows, (rows,), with their memory: `memory` where it is given."""
        memories = [None] * len(self.members) if memory is None else memory.members
        pairs = zip(self.members, memories, strict=True)
        return EnsembleState(members=tuple(one.select(rows, memory=its) for one, its in pairs))


@dataclass(frozen=True, kw_only=True, eq=False)
class EnsembleStep:
    """What one target token leads to."""

    features: Tensor
    """The features of all members, one after the other, (rows, features)"""
    weights: Tensor
    """Mean attention weights, (rows, source)"""
    state: EnsembleState


class Ensemble:
    """Models of the same vocabularies as one; stands in for `Seq2Seq` and for its decoder."""

    def __init__(self, members: Sequence[Seq2Seq]) -> None:
        self.members = tuple(members)
        self.sizes = [member.decoder.feature_size for member in members]
        self.attentive = [member.config.attention != "none" for member in members]

    @property
    def decoder(self) -> "Ensemble":
        """Itself: it has a decoder's `start` and `step`."""
        return self

    def encode(self, source: Tensor, lengths: Tensor) -> EnsembleMemory:
        """Encode sources, (batch, source), of `lengths` (batch,), by each member."""
        return EnsembleMemory(members=tuple(one.encode(source, lengths) for one in self.members))

    def start(self, memory: EnsembleMemory) -> EnsembleState:
        """The state before the first token."""
        pairs = zip(self.members, memory.members, strict=True)
        return EnsembleState(members=tuple(one.decoder.start(its) for one, its in pairs))

    def step(self, token: Tensor, state: EnsembleState) -> EnsembleStep:
        """Read one token of each row, (rows,)."""
        pairs = zip(self.members, state.members, strict=True)
        steps = [one.decoder.step(token, its) for one, its in pairs]
        return EnsembleStep(
            features=torch.cat([step.features for step in steps], dim=-1),
            weights=self._mean_weights([step.weights for step in steps]),
            state=EnsembleState(members=tuple(step.state for step in steps)),
        )

    def logits(self, features: Tensor) -> Tensor:
        """The mean of the members' logits, (..., vocab).

        Its softmax is the normalised geometric mean of the members' probabilities.
        """
        parts = zip(self.members, features.split(self.sizes, dim=-1), strict=True)
        return torch.stack([one.logits(part.contiguous()) for one, part in parts]).mean(dim=0)

    def __call__(
        self, source: Tensor, lengths: Tensor, target: Tensor, target_lengths: Tensor
    ) -> Decoded:
        """Teacher-forced targets, see `Seq2Seq.forward`."""
        each: list[Decoded] = [one(source, lengths, target, target_lengths) for one in self.members]
        return Decoded(
            features=torch.cat([decoded.features for decoded in each], dim=-1),
            weights=self._mean_weights([decoded.weights for decoded in each]),
            packing=each[0].packing,
        )

    def _mean_weights(self, weights: list[Tensor]) -> Tensor:
        """The mean over the members that have attention; zeros where none has."""
        attentive = zip(weights, self.attentive, strict=True)
        having = [one for one, has_attention in attentive if has_attention]
        return torch.stack(having).mean(dim=0) if having else weights[0]
