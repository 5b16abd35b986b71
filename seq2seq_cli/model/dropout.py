"""Dropout that draws its mask from random bytes.

On a CPU, drawing one random number for each unit takes longer than everything else that dropout
does; here one number serves eight units. Knows nothing of what it drops.
"""

import torch
from torch import Tensor, nn

LEVELS = 256


class Dropout(nn.Module):
    """Set a share of the units to zero in training and scale the others, so that the mean stays.

    On a CPU the share is `rate` to the nearest 1/256. Source: Srivastava et al. 2014.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, units: Tensor) -> Tensor:
        """Any shape to the same shape."""
        if not self.training or self.rate == 0.0:
            return units
        if units.device.type != "cpu":
            return nn.functional.dropout(units, self.rate)
        dropped = min(LEVELS - 1, round(self.rate * LEVELS))
        kept = random_bytes(units.numel()).view(units.shape) >= dropped
        return units * (kept * units.new_tensor(LEVELS / (LEVELS - dropped)))


def random_bytes(count: int) -> Tensor:
    """Even random bytes, (count,), from PyTorch's generator on the CPU."""
    words = torch.empty((count + 7) // 8, dtype=torch.int64)
    return words.random_(-(2**63), None).view(torch.uint8)[:count]
