"""Attention: how well a decoder state matches each source position, and the context it draws.

Scores are pure functions of tensors. Knows nothing of decoders, of search or of how weights are
drawn. Queries may carry any number of target positions, so that one step of search and a whole
teacher-forced target take the same path.

Sources: Bahdanau, Cho and Bengio 2015, "Neural Machine Translation by Jointly Learning to Align
and Translate"; Luong, Pham and Manning 2015, "Effective Approaches to Attention-based Neural
Machine Translation".
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from seq2seq_cli.errors import InputError
from seq2seq_cli.model.copying import Copyable


@dataclass(frozen=True, kw_only=True, eq=False)
class Memory:
    """What the encoder hands to the decoder; keys are projected once per sentence."""

    keys: Tensor
    """(batch, source, attention)"""
    values: Tensor
    """Encoder states, (batch, source, hidden)"""
    mask: Tensor
    """True at real positions that attention reaches, (batch, source)"""
    summary: Tensor
    """Last forward and first backward encoder state, (batch, hidden)"""
    copyable: Copyable | None = None
    """What may be copied, where the model copies"""

    def select(self, rows: Tensor) -> "Memory":
        """The memory of the given rows of the batch, (rows,); rows may repeat."""
        return Memory(
            keys=self.keys.index_select(0, rows),
            values=self.values.index_select(0, rows),
            mask=self.mask.index_select(0, rows),
            summary=self.summary.index_select(0, rows),
            copyable=None if self.copyable is None else self.copyable.select(rows),
        )


def dot_score(query: Tensor, keys: Tensor) -> Tensor:
    """`s . h`, Luong et al. 2015, eq. 8, `dot`; with projected keys, `general`.

    Args:
        query: (batch, target, attention)
        keys: (batch, source, attention)

    Returns:
        (batch, target, source)
    """
    return torch.bmm(query, keys.transpose(1, 2))


def additive_score(query: Tensor, keys: Tensor, energy: Tensor) -> Tensor:
    """`v . tanh(W s + U h)`, Bahdanau et al. 2015, A.1.2; Luong et al. 2015, eq. 8, `concat`.

    Args:
        query: W s, (batch, target, attention)
        keys: U h, (batch, source, attention)
        energy: v, (attention,)

    Returns:
        (batch, target, source)
    """
    return torch.tanh(query.unsqueeze(2) + keys.unsqueeze(1)) @ energy


def powers(units: Tensor) -> Tensor:
    """`exp 2x`, for `additive_score_of_powers`; limited to what has an inverse in float32."""
    wide = torch.promote_types(units.dtype, torch.float32)
    return (2 * units.to(wide)).clamp(-80.0, 80.0).exp()


def additive_score_of_powers(query: Tensor, keys: Tensor, energy: Tensor) -> Tensor:
    """`additive_score` for `powers` of its query and keys, without an exponential for each pair.

    `tanh x = 1 - 2 / (1 + exp 2x)`, and the exponential of a sum is the product of exponentials.
    Not rounded under autocast, since the two terms of a score may be much larger than the score.
    """
    one = query.new_ones(())
    rest = torch.addcmul(one, query.unsqueeze(2), keys.unsqueeze(1)).reciprocal_()
    with torch.autocast(query.device.type, enabled=False):
        return energy.sum() - 2 * (rest @ energy)


def attention_weights(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the source; what may not be read, such as padding, gets exactly 0.

    Args:
        scores: (batch, target, source)
        mask: True where attention may look, (batch, source) or (batch, target, source)

    Returns:
        (batch, target, source), rows sum to 1
    """
    wide = torch.promote_types(scores.dtype, torch.float32)  # so that rounded scores sum to 1 too
    each = mask if mask.dim() == 3 else mask.unsqueeze(1)
    return scores.masked_fill(~each, float("-inf")).softmax(dim=-1, dtype=wide)


def context_vectors(weights: Tensor, values: Tensor) -> Tensor:
    """The weighted sum of encoder states, (batch, target, hidden).

    Args:
        weights: (batch, target, source)
        values: (batch, source, hidden)
    """
    return torch.bmm(weights, values)


class Attention(Protocol):
    """One call signature for every kind."""

    def keys(self, values: Tensor) -> Tensor:
        """Project encoder states once per sentence, (batch, source, attention)."""
        ...

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Match decoder states, (batch, target, decoder), with keys: (batch, target, source)."""
        ...

    def prepare(self, keys: Tensor) -> Tensor:
        """What `prepared_scores` reads, made once for all steps, (batch, source, attention)."""
        ...

    def prepared_scores(self, query: Tensor, prepared: Tensor) -> Tensor:
        """`scores` from what `prepare` made of the keys: (batch, target, source)."""
        ...

    def reach(self, mask: Tensor) -> Tensor:
        """Of the real positions, (batch, source), those that this kind reaches at all."""
        ...

    def weigh(self, scores: Tensor, query: Tensor, mask: Tensor, steps: Tensor) -> Tensor:
        """Weights from scores, (batch, target, source).

        Args:
            scores: (batch, target, source)
            query: the decoder states that were scored, (batch, target, decoder)
            mask: from `reach`, (batch, source)
            steps: how many target tokens came before each state, (target,), or (1,) for all
        """
        ...


class GlobalAttention(nn.Module):
    """Kinds that weigh the whole source by its scores alone (Luong et al. 2015, 3.1)."""

    def reach(self, mask: Tensor) -> Tensor:
        """Every real position, (batch, source)."""
        return mask

    def weigh(self, scores: Tensor, query: Tensor, mask: Tensor, steps: Tensor) -> Tensor:
        """See `attention_weights`, (batch, target, source)."""
        return attention_weights(scores, mask)


class AdditiveAttention(GlobalAttention):
    """`bahdanau` and `luong-concat`: a hidden layer of `attention_size` units under `v`.

    Departs from Luong et al. 2015 in that `W_a [s; h]` is written as two products, of which the
    one with h is made once per sentence; the value is the same.
    """

    def __init__(self, *, decoder_size: int, memory_size: int, attention_size: int) -> None:
        super().__init__()
        self.query_weight = nn.Parameter(torch.empty(attention_size, decoder_size))
        self.key_weight = nn.Parameter(torch.empty(attention_size, memory_size))
        self.energy = nn.Parameter(torch.empty(attention_size))
        nn.init.xavier_uniform_(self.query_weight)
        nn.init.xavier_uniform_(self.key_weight)
        nn.init.uniform_(self.energy, -(attention_size**-0.5), attention_size**-0.5)

    def keys(self, values: Tensor) -> Tensor:
        """`U h`, (batch, source, attention)."""
        return nn.functional.linear(values, self.key_weight)

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """`v . tanh(W s + U h)`, (batch, target, source)."""
        projected = nn.functional.linear(query, self.query_weight)
        return additive_score(projected, keys, self.energy)

    def prepare(self, keys: Tensor) -> Tensor:
        """See `powers`, (batch, source, attention)."""
        return powers(keys)

    def prepared_scores(self, query: Tensor, prepared: Tensor) -> Tensor:
        """`v . tanh(W s + U h)`, (batch, target, source)."""
        projected = nn.functional.linear(query, self.query_weight)
        return additive_score_of_powers(powers(projected), prepared, self.energy)


class PlainAttention(GlobalAttention):
    """Kinds whose keys need no preparation."""

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """See `Attention.scores`."""
        raise NotImplementedError

    def prepare(self, keys: Tensor) -> Tensor:
        """The keys themselves, (batch, source, attention)."""
        return keys

    def prepared_scores(self, query: Tensor, prepared: Tensor) -> Tensor:
        """`scores`, (batch, target, source)."""
        return self.scores(query, prepared)


class GeneralAttention(PlainAttention):
    """`luong-general`: `s . W h`."""

    def __init__(self, *, decoder_size: int, memory_size: int) -> None:
        super().__init__()
        self.key_weight = nn.Parameter(torch.empty(decoder_size, memory_size))
        nn.init.xavier_uniform_(self.key_weight)

    def keys(self, values: Tensor) -> Tensor:
        """`W h`, (batch, source, decoder)."""
        return nn.functional.linear(values, self.key_weight)

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """`s . W h`, (batch, target, source)."""
        return dot_score(query, keys)


class DotAttention(PlainAttention):
    """`luong-dot`: `s . h`; decoder states and memory must be equally wide."""

    def __init__(self, *, decoder_size: int, memory_size: int) -> None:
        super().__init__()
        if decoder_size != memory_size:
            raise InputError(
                f"luong-dot needs a decoder as wide as the memory: decoder_size is {decoder_size}, "
                f"and two directions of encoder_size give {memory_size}. Set --decoder-size "
                f"{memory_size}, or choose --attention luong-general, which takes any sizes."
            )

    def keys(self, values: Tensor) -> Tensor:
        """`h` itself, (batch, source, hidden)."""
        return values

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """`s . h`, (batch, target, source)."""
        return dot_score(query, keys)
