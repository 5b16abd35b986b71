"""Attention that goes by position: within a window of the source, or by position alone.

Source: Luong, Pham and Manning 2015, "Effective Approaches to Attention-based Neural Machine
Translation", 3.1 (location-based score) and 3.2 (local attention). Positions count from 0, and
`</s>` is the last one of a source. Knows nothing of decoders: they say how many steps came before.
"""

import torch
from torch import Tensor, nn

from seq2seq_cli.model.attention import (
    GeneralAttention,
    PlainAttention,
    attention_weights,
    dot_score,
)


def monotonic_centres(steps: Tensor, lengths: Tensor) -> Tensor:
    """`p_t = t`, and the last position for steps beyond it; of the type of `lengths`.

    Departs from Luong et al. 2015, 3.2, which does not say what happens there: the window would
    leave the source.

    Args:
        steps: t, whole numbers that broadcast against `lengths`
        lengths: S, source positions
    """
    return torch.minimum(steps, lengths - 1)


def predicted_centres(hidden: Tensor, energy: Tensor, lengths: Tensor) -> Tensor:
    """`p_t = S sigmoid(v . tanh(W s))`, Luong et al. 2015, eq. 9.

    Args:
        hidden: tanh(W s), (..., attention)
        energy: v, (attention,)
        lengths: S, source positions, broadcasts against (...)
    """
    return lengths * torch.sigmoid(hidden @ energy)


def distances(centres: Tensor, positions: int) -> Tensor:
    """How far each source position is from the centre, `j - p_t`, (...) to (..., source)."""
    places = torch.arange(positions, device=centres.device, dtype=centres.dtype)
    return places - centres.unsqueeze(-1)


def fading(distance: Tensor, window: int) -> Tensor:
    """The Gaussian around the centre with `sigma = D / 2`, Luong et al. 2015, eq. 10."""
    return torch.exp(-2 * (distance / window) ** 2)


class MonotonicLocalAttention(GeneralAttention):
    """`luong-local-m`: `s . W h` within `[p_t - D, p_t + D]`, see `monotonic_centres`."""

    def __init__(self, *, decoder_size: int, memory_size: int, window: int) -> None:
        super().__init__(decoder_size=decoder_size, memory_size=memory_size)
        self.window = window

    def weigh(self, scores: Tensor, query: Tensor, mask: Tensor, steps: Tensor) -> Tensor:
        """See `Attention.weigh`; zero outside the window."""
        centres = monotonic_centres(steps, mask.sum(dim=1, keepdim=True))  # (batch, target)
        near = distances(centres, mask.size(1)).abs() <= self.window
        return attention_weights(scores, near & mask.unsqueeze(1))


class PredictiveLocalAttention(GeneralAttention):
    """`luong-local-p`: the model predicts the centre of the window; weights fade away from it.

    As in the paper, weights are not normalised again after the Gaussian: rows sum to less than 1.
    """

    def __init__(
        self, *, decoder_size: int, memory_size: int, attention_size: int, window: int
    ) -> None:
        super().__init__(decoder_size=decoder_size, memory_size=memory_size)
        self.window = window
        self.place_weight = nn.Parameter(torch.empty(attention_size, decoder_size))
        self.place_energy = nn.Parameter(torch.empty(attention_size))
        nn.init.xavier_uniform_(self.place_weight)
        nn.init.uniform_(self.place_energy, -(attention_size**-0.5), attention_size**-0.5)

    def centres(self, query: Tensor, mask: Tensor) -> Tensor:
        """See `predicted_centres`, (batch, target).

        Not rounded under autocast: bfloat16 cannot tell neighbouring positions of a long source.
        """
        with torch.autocast(query.device.type, enabled=False):
            exact = query.to(self.place_weight.dtype)
            hidden = torch.tanh(nn.functional.linear(exact, self.place_weight))
            return predicted_centres(hidden, self.place_energy, mask.sum(dim=1, keepdim=True))

    def weigh(self, scores: Tensor, query: Tensor, mask: Tensor, steps: Tensor) -> Tensor:
        """See `Attention.weigh`; zero outside the window."""
        distance = distances(self.centres(query, mask), mask.size(1))
        near = (distance.detach().abs() <= self.window) & mask.unsqueeze(1)
        return attention_weights(scores, near) * fading(distance, self.window)


class LocationAttention(PlainAttention):
    """`location`: a score for each position that looks at the decoder state alone, eq. 8.

    A row of `W_a` for each position, as if it were the key of whatever stands there. As in the
    paper (3.1), shorter sources take the first rows, and of longer ones the rest is not read.
    """

    def __init__(self, *, decoder_size: int, positions: int) -> None:
        super().__init__()
        self.place_keys = nn.Parameter(torch.empty(positions, decoder_size))
        nn.init.xavier_uniform_(self.place_keys)

    def reach(self, mask: Tensor) -> Tensor:
        """Real positions that have a row, (batch, source)."""
        known = torch.arange(mask.size(1), device=mask.device) < len(self.place_keys)
        return mask & known

    def keys(self, values: Tensor) -> Tensor:
        """The row of each position, the same for each sentence, (batch, source, decoder)."""
        batch, source = values.shape[:2]
        rest = max(0, source - len(self.place_keys))
        rows = nn.functional.pad(self.place_keys[:source], (0, 0, 0, rest))
        return rows.expand(batch, -1, -1)

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """`W_a s`, (batch, target, source)."""
        return dot_score(query, keys)
