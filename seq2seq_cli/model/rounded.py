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
"""Tokens of a set, of which the largest score is looked at first. They lie far from one another, so
that the maxima of all sets are found in one pass along the rows."""
LEADING = 4
"""How many tokens of a row count exactly in what its scores are normalised by."""
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
        """How many sets of tokens there are: set w has w, w + width, w + 2 * width and so on."""
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

    def likeliest(
        self, alive: Tensor, count: int, *, without: Sequence[int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The likeliest continuations of each group of rows, in no order; uses the scores up.

        Args:
            alive: what is added to the log-probabilities of a row, (groups, rows of a group)
            count: how many are wanted at least, if there are as many
            without: tokens that are not wanted; they count in the sum over all the same

        Returns:
            rows: within their group, (groups, found)
            tokens: (groups, found)
            totals: the sums, in the type of `alive`, (groups, found); minus infinity where there
                was no other continuation
        """
        self.room[:, list(without)] = float("-inf")
        sets = self.room.unflatten(1, (COLUMNS, -1))  # (rows, COLUMNS, width)
        peaks = sets.amax(dim=1).float()  # (rows, width)
        leading = peaks.topk(min(LEADING, peaks.size(1)), dim=1)
        largest = leading.values[:, :1]
        sets.sub_(largest.to(sets.dtype).unsqueeze(2)).exp_()
        normalisers = self._normalisers(sets, leading.indices, largest, without)
        shift = alive - normalisers.to(alive.dtype).view_as(alive)
        groups, slots, width = *alive.shape, peaks.size(1)
        found = min(count + MARGIN, slots * len(self.output.bias))
        sums = (peaks.view(groups, slots, width) + shift.unsqueeze(2).float()).flatten(1)
        place = sums.topk(min(found, sums.size(1)), dim=1, sorted=False).indices
        group = torch.arange(groups, device=place.device).unsqueeze(1)
        row = group * slots + place // width
        inside = sets[row, :, place % width]  # (groups, sets, COLUMNS)
        fine = inside.log() + (largest + shift.view(-1, 1).float())[row]
        best = fine.flatten(1).topk(min(found, fine[0].numel()), dim=1, sorted=False)
        row, place = (one.gather(1, best.indices // COLUMNS) for one in (row, place))
        is_one = best.values.isfinite()
        tokens = (best.indices % COLUMNS * width + place % width).where(is_one, 0)
        totals = self._exact(row, tokens) + shift.view(-1)[row]
        return row - group * slots, tokens, totals.masked_fill(~is_one, float("-inf"))

    def _normalisers(
        self, shares: Tensor, leading: Tensor, largest: Tensor, without: Sequence[int]
    ) -> Tensor:
        """Logarithms of the sums over all tokens of the exponentials of their scores, (rows,).

        The likeliest tokens count exactly; errors of the others cancel out.

        Args:
            shares: exponentials of rounded scores less the largest, (rows, COLUMNS, width)
            leading: which sets have the likeliest tokens, (rows, leading)
            largest: the score of the first of them, (rows, 1)
            without: tokens that are not among the shares
        """
        rows = torch.arange(len(leading), device=leading.device).unsqueeze(1)
        highest = shares[rows, :, leading].max(dim=2)  # (rows, leading)
        others = torch.tensor(without, device=rows.device).expand(len(rows), -1)
        tokens = torch.cat([highest.indices * shares.size(2) + leading, others], dim=1)
        exact = self._exact(rows, tokens)
        rest = shares.sum(dim=1).to(exact.dtype).sum(dim=1)
        rest = rest - highest.values.to(exact.dtype).sum(dim=1)
        total = rest + (exact - largest).exp().sum(dim=1)
        return total.log() + largest.squeeze(1)

    def _exact(self, rows: Tensor, tokens: Tensor) -> Tensor:
        """Exact scores of some tokens, of the rows they belong to, (..., ...) like both."""
        weights, features = self.output.weight[tokens], self.features[rows]
        return (weights * features).sum(dim=-1) + self.output.bias[tokens]
