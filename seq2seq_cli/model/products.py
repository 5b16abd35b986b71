"""Matrix products inside hand-written functions, in the precision that autocast asks for.

Operands are rounded, everything else is not: sums, gates and softmax stay in the precision of the
weights. Knows nothing of models.
"""

from typing import Any

import torch
from torch import Tensor

CHUNK_ROWS = 256
"""Rows of scores of all target tokens that are in memory at a time, so that they stay in cache."""


class Products:
    """Products in float32 (or float64), or with operands rounded to the autocast type."""

    def __init__(self, rounded: torch.dtype | None = None) -> None:
        self.rounded = rounded

    def right(self, matrix: Tensor) -> Tensor:
        """A right operand that is used again and again, (rows, columns)."""
        return matrix if self.rounded is None else matrix.to(self.rounded)

    def product(self, left: Tensor, right: Tensor) -> Tensor:
        """`left @ right`, (m, k) and (k, n) to (m, n)."""
        if self.rounded is None:
            return left @ right
        return (left.to(self.rounded) @ right.to(self.rounded)).to(torch.float32)

    def add(
        self, summand: Tensor, left: Tensor, right: Tensor, *, out: Tensor | None = None
    ) -> Tensor:
        """`summand + left @ right`, in `out` if that is given."""
        if self.rounded is None:
            return torch.addmm(summand, left, right, out=out)
        return torch.add(summand, left.to(self.rounded) @ right, out=out)

    def add_to(self, total: Tensor, left: Tensor, right: Tensor) -> None:
        """`total += left @ right`, in place."""
        if self.rounded is None:
            total.addmm_(left, right)
        else:
            total.add_(left.to(self.rounded) @ right.to(self.rounded))


def aligned_rows(rows: int, columns: int, *, like: Tensor) -> Tensor:
    """Room for the product of two matrices, (rows, columns), of the type and device of `like`.

    Each row begins at a multiple of 16 numbers: on a CPU, a product into rows of odd length takes
    up to 1.7 times as long.
    """
    return like.new_empty(rows, columns + -columns % 16)[:, :columns]


def apply_exactly(function: type[torch.autograd.Function], *arguments: Any) -> Any:
    """Call a hand-written function outside autocast, its tensors in full precision.

    The function gets the `Products` that autocast asks for as its first argument.
    """
    device = next(one.device.type for one in arguments if isinstance(one, Tensor))
    if not torch.is_autocast_enabled(device):
        return function.apply(Products(), *arguments)
    products = Products(torch.get_autocast_dtype(device))
    exact = [one.float() if _is_rounded(one, products) else one for one in arguments]
    with torch.autocast(device, enabled=False):
        return function.apply(products, *exact)


def _is_rounded(one: Any, products: Products) -> bool:
    return isinstance(one, Tensor) and one.dtype == products.rounded
