"""Several models that decode together, in the place of one.

Log-probabilities are averaged arithmetically and normalised again, which is the geometric mean of
the probabilities (log-linear interpolation, as in Marian and in Sockeye's `log_linear`). Since
normalising takes away any constant, the mean of the scores leads there too, and that is what is
computed: the members' own normalisation need not be. Attention weights are averaged over the
members that have attention; some members may copy and others not. Knows nothing of search and text:
the members must share their vocabularies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.model.attention import Memory
from seq2seq_cli.model.decoder import Decoded, DecoderState, Step
from seq2seq_cli.model.packing import Packing
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

    members: tuple[Step, ...]
    """The step of each member."""
    weights: Tensor
    """Mean attention weights, (rows, source)"""
    state: EnsembleState


@dataclass(frozen=True, kw_only=True, eq=False)
class EnsembleDecoded:
    """What teacher-forced targets lead to, without their padding."""

    members: tuple[Decoded, ...]
    """What they lead each member to."""
    weights: Tensor
    """Mean attention weights, (tokens, source)"""

    @property
    def packing(self) -> Packing:
        """How the tokens stand in the padded batch."""
        return self.members[0].packing


class Ensemble:
    """Models of the same vocabularies as one; stands in for `Seq2Seq` and for its decoder."""

    def __init__(self, members: Sequence[Seq2Seq]) -> None:
        self.members = tuple(members)
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
            members=tuple(steps),
            weights=self._mean_weights([step.weights for step in steps]),
            state=EnsembleState(members=tuple(step.state for step in steps)),
        )

    @property
    def copies(self) -> bool:
        """Whether a member may copy tokens from the source."""
        return any(one.copies for one in self.members)

    def scores(self, found: EnsembleStep | EnsembleDecoded) -> Tensor:
        """The mean of the members' scores, (rows, vocab).

        Its softmax is the normalised geometric mean of the members' probabilities.
        """
        each: tuple[Step | Decoded, ...] = found.members
        pairs = zip(self.members, each, strict=True)
        return torch.stack([one.scores(its) for one, its in pairs]).mean(dim=0)

    def scorer(self) -> Callable[[EnsembleStep], Tensor]:
        """`scores`: the mean of exact scores, of which no part can be left out."""
        return self.scores

    def copied(self, found: EnsembleDecoded) -> Tensor | None:
        """The mean share that is copied, (tokens,), where a member copies; others count as 0."""
        pairs = zip(self.members, found.members, strict=True)
        shares = [share for one, its in pairs if (share := one.copied(its)) is not None]
        return torch.stack(shares).sum(dim=0) / len(self.members) if shares else None

    def __call__(
        self, source: Tensor, lengths: Tensor, target: Tensor, target_lengths: Tensor
    ) -> EnsembleDecoded:
        """Teacher-forced targets, see `Seq2Seq.forward`."""
        each: list[Decoded] = [one(source, lengths, target, target_lengths) for one in self.members]
        weights = self._mean_weights([decoded.weights for decoded in each])
        return EnsembleDecoded(members=tuple(each), weights=weights)

    def _mean_weights(self, weights: list[Tensor]) -> Tensor:
        """The mean over the members that have attention; zeros where none has."""
        attentive = zip(weights, self.attentive, strict=True)
        having = [one for one, has_attention in attentive if has_attention]
        return torch.stack(having).mean(dim=0) if having else weights[0]
