"""The moving average of the weights: what is scored and kept in the place of the last weights.

Knows nothing of the loop. Source: Polyak and Juditsky 1992, as an exponential average.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """An exponential moving average of a model's weights; with a decay of 0 there is none."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        parameters = model.named_parameters() if decay else ()
        self.values: dict[str, Tensor] = {n: value.detach().clone() for n, value in parameters}

    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 1; early on the average forgets faster."""
        if not self.values:
            return
        decay = min(self.decay, (1 + step) / (10 + step))
        weights = [value.detach() for value in self.model.parameters()]
        torch._foreach_lerp_(list(self.values.values()), weights, 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The average in the place of the weights, for as long as the context lasts."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, value in self.model.named_parameters():
            if name in self.values:
                value.data, self.values[name] = self.values[name], value.data
