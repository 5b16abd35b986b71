"""Matrix products inside hand-written functions, in the precision that autocast asks for.

Operands are rounded, sums and results are not: everything outside the products stays in the
precision of the weights. Knows nothing of models.
"""

import torch
from torch import Tensor


class Products:
    """Products in float32 (or float64), or with operands rounded to the autocast type."""

    def __init__(self, like: Tensor) -> None:
        kind = like.device.type
        self.rounded = (
            torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
        )

    def right(self, matrix: Tensor) -> Tensor:
        """A right operand that is used again and again, (rows, columns)."""
        return matrix if self.rounded is None else matrix.to(self.rounded)

    def product(self, left: Tensor, right: Tensor) -> Tensor:
        """`left @ right`, (m, k) and (k, n) to (m, n)."""
        if self.rounded is None:
            return left @ right
        with torch.autocast(left.device.type, enabled=False):
            return (left.to(self.rounded) @ right.to(self.rounded)).to(torch.float32)

    def add(self, summand: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """`summand + left @ right`."""
        if self.rounded is None:
            return torch.addmm(summand, left, right)
        return summand + self.product(left, right)
