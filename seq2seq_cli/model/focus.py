"""From the scores of a step to its weights and back, in the hand-written functions of `attentive`.

What `Attention.weigh` does of whole targets, step by step on real rows, with its derivative. Knows
nothing of how scores are made.
"""

import torch
from torch import Tensor

from seq2seq_cli.model.positional import (
    distances,
    fading,
    monotonic_centres,
    predicted_centres,
)


class Focus:
    """A softmax over the whole source; see `GlobalAttention.weigh`."""

    def __init__(self, mask: Tensor, like: Tensor) -> None:
        """Read from `mask`, (batch, source); numbers are of the type of `like`."""
        self.barrier = like.new_zeros(mask.shape).masked_fill_(~mask, float("-inf"))
        self.weights: list[Tensor] = []  # those of the softmax, (rows, source)

    def weigh(self, scores: Tensor, query: Tensor) -> Tensor:
        """Weights (rows, source) of the next step, of scores (rows, source) and its queries."""
        weights = (scores + self.barrier[: len(scores)]).softmax(dim=1)
        self.weights.append(weights)
        return weights

    def begin_retreat(self) -> None:
        """Make room for gradients; then come the steps, last one first."""

    def retreat(self, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        """From the gradient of a step's weights to those of its scores and of its queries."""
        weights = self.weights.pop()
        return weights * (grad - (weights * grad).sum(dim=1, keepdim=True)), None

    def end_retreat(self, queries: list[Tensor]) -> tuple[Tensor | None, Tensor | None]:
        """Gradients of what positions are predicted by; `queries` are those of all steps."""
        return None, None


class MonotonicFocus(Focus):
    """A softmax within a window that moves with the steps; see `MonotonicLocalAttention`."""

    def __init__(self, mask: Tensor, like: Tensor, window: int) -> None:
        super().__init__(mask, like)
        self.lengths, self.window = mask.sum(dim=1), window

    def weigh(self, scores: Tensor, query: Tensor) -> Tensor:
        """See `Focus.weigh`."""
        step = self.lengths.new_full((1,), len(self.weights))
        centres = monotonic_centres(step, self.lengths[: len(scores)])
        far = distances(centres, scores.size(1)).abs() > self.window
        return super().weigh(scores.masked_fill(far, float("-inf")), query)


class PredictiveFocus(Focus):
    """A softmax within a predicted window, and the Gaussian; see `PredictiveLocalAttention`."""

    def __init__(
        self, mask: Tensor, like: Tensor, window: int, weight: Tensor, energy: Tensor
    ) -> None:
        super().__init__(mask, like)
        self.lengths, self.window = mask.sum(dim=1).to(like.dtype), window
        self.weight, self.energy = weight, energy
        self.hiddens: list[Tensor] = []  # tanh(W s), (rows, attention)
        self.distances: list[Tensor] = []  # from the centre, (rows, source)

    def weigh(self, scores: Tensor, query: Tensor) -> Tensor:
        """See `Focus.weigh`."""
        hidden = (query @ self.weight.t()).tanh_()
        centres = predicted_centres(hidden, self.energy, self.lengths[: len(query)])
        distance = distances(centres, scores.size(1))
        self.hiddens.append(hidden)
        self.distances.append(distance)
        far = distance.abs() > self.window
        soft = super().weigh(scores.masked_fill(far, float("-inf")), query)
        return soft * fading(distance, self.window)

    def begin_retreat(self) -> None:
        """See `Focus.begin_retreat`."""
        self.grad_energy = torch.zeros_like(self.energy)
        self.grad_places: list[Tensor] = []  # of W s, (rows, attention)

    def retreat(self, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        """See `Focus.retreat`; the edges of the window have no derivative."""
        distance, hidden = self.distances.pop(), self.hiddens.pop()
        grad = grad * fading(distance, self.window)
        slope = (grad * self.weights[-1] * distance).sum(dim=1) * (4 / self.window**2)
        grad_scores, _ = super().retreat(grad)
        ratio = torch.sigmoid(hidden @ self.energy)
        slope = slope * self.lengths[: len(slope)] * ratio * (1 - ratio)  # of v . hidden
        self.grad_energy.add_(slope @ hidden)
        into_place = torch.outer(slope, self.energy) * (1 - hidden * hidden)
        self.grad_places.append(into_place)
        return grad_scores, into_place @ self.weight

    def end_retreat(self, queries: list[Tensor]) -> tuple[Tensor | None, Tensor | None]:
        """See `Focus.end_retreat`: of W and of v."""
        places = torch.cat(self.grad_places[::-1])
        return places.t() @ torch.cat(queries), self.grad_energy


def make_focus(
    mask: Tensor,
    like: Tensor,
    *,
    window: int | None,
    place_weight: Tensor | None,
    place_energy: Tensor | None,
) -> Focus:
    """The whole source without a window; with one, what is predicted where there are weights."""
    if window is None:
        return Focus(mask, like)
    if place_weight is None or place_energy is None:
        return MonotonicFocus(mask, like, window)
    return PredictiveFocus(mask, like, window, place_weight, place_energy)
