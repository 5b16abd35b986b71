"""Copying: when the next token is taken from the source, and the mixture with what is generated.

`P(w) = p_gen P_vocab(w) + (1 - p_gen) sum of a_i over the source tokens i that are w`, where `a`
are the attention weights. Knows nothing of how attention is wired, of losses or of search.

Source: See, Liu and Manning 2017, "Get To The Point: Summarization with Pointer-Generator
Networks", 2.2, eq. 8 and 9.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seq2seq_cli.text.vocabulary import PAD


@dataclass(frozen=True, kw_only=True, eq=False)
class Copyable:
    """What may be copied from some sources."""

    ids: Tensor
    """The target token that each source token is, `<pad>` where it is none, (batch, source)"""
    shares: Tensor
    """What each encoder state adds to the gate when it is read, `w_c . h`, (batch, source)"""

    def select(self, rows: Tensor) -> "Copyable":
        """Those of the given rows of the batch, (rows,); rows may repeat."""
        ids, shares = (part.index_select(0, rows) for part in (self.ids, self.shares))
        return Copyable(ids=ids, shares=shares)


@dataclass(frozen=True, kw_only=True, eq=False)
class Copying:
    """What copying adds to some steps of a decoder, each in a row."""

    gate: Tensor
    """`p_gen` before its sigmoid, (rows,)"""
    weights: Tensor
    """Attention weights; 0 at what cannot be copied, (rows, source)"""
    ids: Tensor
    """As in `Copyable`, (sentences, source)"""
    sentences: Tensor
    """Which sentence each row is of, (rows,)"""

    @property
    def row_ids(self) -> Tensor:
        """`ids` for each row, (rows, source)."""
        return self.ids.index_select(0, self.sentences)

    @property
    def log_copy(self) -> Tensor:
        """`log (1 - p_gen)`, (rows,)."""
        return nn.functional.logsigmoid(-self.gate)

    @property
    def log_generate(self) -> Tensor:
        """The log of the share that is generated, (rows,).

        Attention to what cannot be copied is left to the vocabulary, so that the mixture adds up
        to 1 whatever the weights: `p_gen + (1 - p_gen) (1 - sum of the copyable weights)`.
        """
        rest = 1 - self.weights.sum(dim=1)
        return torch.logaddexp(
            nn.functional.logsigmoid(self.gate), self.log_copy + log_of_share(rest)
        )

    @property
    def copied(self) -> Tensor:
        """The share of the distribution that is copied, (rows,)."""
        return torch.sigmoid(-self.gate) * self.weights.sum(dim=1)


def may_copy(gate: Tensor, weights: Tensor, copyable: Copyable, sentences: Tensor) -> Copying:
    """The gate of some steps with what they may copy; see `CopyGate.forward`."""
    forbidden = copyable.ids.index_select(0, sentences) == PAD
    return Copying(
        gate=gate,
        weights=weights.masked_fill(forbidden, 0.0),
        ids=copyable.ids,
        sentences=sentences,
    )


def log_of_share(share: Tensor) -> Tensor:
    """The logarithm of a share; none counts as the smallest that there is, without a gradient."""
    return share.clamp_min(torch.finfo(share.dtype).tiny).log()


def mixture(logits: Tensor, copying: Copying) -> Tensor:
    """`log P(w)` of all target tokens, eq. 9, (rows, vocab).

    Args:
        logits: scores of the vocabulary, not normalised, (rows, vocab)
        copying: of the same rows
    """
    copied = torch.zeros_like(logits).scatter_add(1, copying.row_ids, copying.weights)
    generated = logits.log_softmax(dim=1) + copying.log_generate.unsqueeze(1)
    return torch.logaddexp(generated, log_of_share(copied) + copying.log_copy.unsqueeze(1))


class CopyGate(nn.Module):
    """`p_gen = sigmoid(w_c . context + w_s . state + w_x . input + b)`, eq. 8.

    A weighted sum of products is the product with the sum, so that `w_c . h` is made once for each
    encoder state. Never rounded under autocast.
    """

    def __init__(self, *, memory_size: int, decoder_size: int, embedding_size: int) -> None:
        super().__init__()
        self.context_weight = nn.Parameter(torch.empty(memory_size))
        self.state_weight = nn.Parameter(torch.empty(decoder_size))
        self.input_weight = nn.Parameter(torch.empty(embedding_size))
        self.bias = nn.Parameter(torch.zeros(1))
        for weight in (self.context_weight, self.state_weight, self.input_weight):
            nn.init.normal_(weight, std=len(weight) ** -0.5)

    def copyable(self, ids: Tensor, values: Tensor) -> Copyable:
        """What may be copied, by the ids that it has in the target.

        Args:
            ids: (batch, source)
            values: encoder states, (batch, source, memory)
        """
        with torch.autocast(values.device.type, enabled=False):
            return Copyable(ids=ids, shares=values.to(self.bias.dtype) @ self.context_weight)

    def forward(
        self, state: Tensor, token: Tensor, weights: Tensor, copyable: Copyable, sentences: Tensor
    ) -> Tensor:
        """`p_gen` before its sigmoid, (rows,).

        Args:
            state: of the decoder at each step, (rows, decoder)
            token: the embedding of the token that it reads, (rows, embedding)
            weights: attention weights, (rows, source)
            copyable: of the sentences
            sentences: which of them each row is of, (rows,)
        """
        exact = self.bias.dtype
        with torch.autocast(state.device.type, enabled=False):
            gate = state.to(exact) @ self.state_weight + token.to(exact) @ self.input_weight
            read = (weights * copyable.shares.index_select(0, sentences)).sum(dim=1)
            return gate + read + self.bias
