"""Scores of all target tokens for a search, at less cost: rounded ones, and exact ones of a few.

The output layer is the largest product of a step, and takes a third of the time if its operands and
its result are rounded. Rounded scores tie, so they only say which tokens may be the likeliest;
these are scored exactly, and put right in the sum that all are normalised by. `Seq2Seq.scores` is
the specification. Knows nothing of searches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

COLUMNS = 16
"""Of so many tokens the largest score is looked at first; they lie far from one another, so that
these maxima are found in one pass along the rows."""
MARGIN = 6
"""How many more tokens are scored exactly than are asked for: rounding may hide one of the best."""


class RoundedOutput:
    """An output layer whose weights are rounded once, to be used at many steps.

    Args:
        weight: exact, (vocab, features)
        bias: exact, (vocab,)
        rounded: the type to round to
    """

    def __init__(self, weight: Tensor, bias: Tensor, rounded: torch.dtype) -> None:
        self.weight, self.bias = weight, bias
        self.rounded_weight = weight.to(rounded).t()
        self.rounded_bias = bias.to(rounded)

    def __call__(self, features: Tensor) -> "RoundedScores":
        """The scores of all tokens, for features of (rows, features)."""
        room = self.rounded_bias.new_empty(len(features), self.width * COLUMNS)
        tokens = len(self.bias)
        rounded = features.to(room.dtype)
        torch.addmm(self.rounded_bias, rounded, self.rounded_weight, out=room[:, :tokens])
        room[:, tokens:] = float("-inf")
        return RoundedScores(output=self, features=features.to(self.weight.dtype), room=room)

    @cached_property
    def width(self) -> int:
        """Sets of `COLUMNS` tokens; the last ones of each may not be tokens."""
        return -(-len(self.bias) // COLUMNS)


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundedScores:
    """Scores of all target tokens at one step, for one use."""

    output: RoundedOutput
    features: Tensor
    """Exact, (rows, features)"""
    room: Tensor
    """Rounded scores, minus infinity after those of the last token, (rows, COLUMNS * width)"""

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.room.device

    def likeliest(self, count: int, *, without: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """The likeliest tokens of each row, in no order; the scores are used up.

        Args:
            count: how many are wanted at least, if there are as many
            without: tokens that are not wanted; they count in the sum all the same

        Returns:
            tokens: (rows, found)
            scores: exact, (rows, found); minus infinity where there was no other token
            normaliser: logarithm of the sum over all tokens of their exponentials, (rows,)
        """
        room, sets = self.room, self.room.unflatten(1, (COLUMNS, -1))
        room[:, list(without)] = float("-inf")
        peaks = sets.amax(dim=1)  # (rows, width)
        found = min(count + MARGIN, len(self.output.bias))
        best = peaks.float().topk(min(found, peaks.size(1)), dim=1, sorted=False).indices
        inside = sets.gather(2, best.unsqueeze(1).expand(-1, COLUMNS, -1)).flatten(1)
        rounded, place = inside.float().topk(found, dim=1, sorted=False)
        column, chosen = place // best.size(1), best.gather(1, place % best.size(1))
        is_one = rounded.isfinite()
        tokens = (column * peaks.size(1) + chosen).where(is_one, 0)
        others = torch.tensor(without, device=room.device).expand(len(room), -1)
        scores = self._exact(torch.cat([tokens, others], dim=1))
        scores[:, :found].masked_fill_(~is_one, float("-inf"))
        largest = peaks.amax(dim=1, keepdim=True)
        shares = room.sub_(largest).exp_()  # nothing for the others and for what is no token
        rest = shares.sum(dim=1, dtype=scores.dtype)
        rest -= shares.gather(1, tokens).where(is_one, 0.0).sum(dim=1)
        total = (scores - largest).exp().sum(dim=1) + rest
        return tokens, scores[:, :found], total.log() + largest.squeeze(1)

    def _exact(self, tokens: Tensor) -> Tensor:
        """Exact scores of some tokens of each row, (rows, found)."""
        weights = self.output.weight[tokens]  # (rows, found, features)
        with torch.autocast(self.device.type, enabled=False):
            products = torch.bmm(weights, self.features.unsqueeze(2)).squeeze(2)
        return products + self.output.bias[tokens]
