"""Batches of sequences without their padding.

A packed array holds the rows of step 0, then those of step 1, and so on; rows are sorted by length,
longest first, so that those still running at a step are the first ones. Knows nothing of what a row
is.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Packing:
    """How a padded batch is packed."""

    counts: tuple[int, ...]
    """Rows that are running at each step, never growing, (steps,)."""
    places: Tensor
    """Where each packed row stands in the padded batch: row * width + step, (tokens,)."""
    order: Tensor
    """Rows of the padded batch, longest first, (batch,)."""
    shape: tuple[int, int]
    """Rows and width of the padded batch."""

    @property
    def starts(self) -> list[int]:
        """Where the rows of each step begin, (steps,)."""
        starts, total = [], 0
        for count in self.counts:
            starts.append(total)
            total += count
        return starts

    @property
    def rows(self) -> Tensor:
        """For each packed row its row in the padded batch, (tokens,)."""
        return self.places // self.shape[1]

    def locate(self, places: Tensor) -> Tensor:
        """The packed rows of some places in the padded batch, row * width + step, (count,)."""
        rows = torch.arange(len(self.places), device=self.places.device)
        packed = rows.new_zeros(self.shape[0] * self.shape[1])
        return packed.index_copy(0, self.places, rows).index_select(0, places)

    def restore(self, ordered: Tensor) -> Tensor:
        """Rows in the packing's order, (batch, ...), back in the batch's own order."""
        return torch.empty_like(ordered).index_copy(0, self.order, ordered)

    @property
    def ordered_places(self) -> Tensor:
        """As `places`, in a batch whose rows stand in the packing's order, width as `counts`."""
        steps = len(self.counts)
        counts = torch.tensor(self.counts).unsqueeze(1)
        rows = torch.arange(self.counts[0]).unsqueeze(0)  # (1, batch)
        places = rows * steps + torch.arange(steps).unsqueeze(1)
        return places[rows < counts].to(self.places.device)

    @property
    def flipped_places(self) -> Tensor:
        """For each packed row, where the same row counted from its sequence's end is packed.

        Applied twice, it leaves everything in its place: (tokens,).
        """
        starts, lengths = torch.tensor(self.starts), self.ordered_lengths
        counts = torch.tensor(self.counts)
        steps = torch.arange(len(counts)).repeat_interleave(counts)
        rows = torch.arange(len(steps)) - starts[steps]
        return (starts[lengths[rows] - 1 - steps] + rows).to(self.places.device)

    @property
    def ordered_lengths(self) -> Tensor:
        """Length of each row, in the packing's order, on the CPU, (batch,)."""
        rows = torch.arange(self.counts[0]).unsqueeze(1)
        return (rows < torch.tensor(self.counts)).sum(dim=1)

    def pack_ordered(self, padded: Tensor) -> Tensor:
        """`pack` for rows in the packing's order, (batch, steps, ...) to (tokens, ...)."""
        return padded.flatten(0, 1).index_select(0, self.ordered_places)

    def unpack_ordered(self, packed: Tensor) -> Tensor:
        """`unpack` to rows in the packing's order, (tokens, ...) to (batch, steps, ...)."""
        rows, steps = self.counts[0], len(self.counts)
        padded = packed.new_zeros(rows * steps, *packed.shape[1:])
        filled = padded.index_copy(0, self.ordered_places, packed)
        return filled.view(rows, steps, *packed.shape[1:])

    def pack(self, padded: Tensor) -> Tensor:
        """(batch, width, ...) to (tokens, ...)."""
        return padded.flatten(0, 1).index_select(0, self.places)

    def unpack(self, packed: Tensor) -> Tensor:
        """(tokens, ...) to (batch, width, ...), with zeros at padding."""
        rows, width = self.shape
        padded = packed.new_zeros(rows * width, *packed.shape[1:])
        return padded.index_copy(0, self.places, packed).view(rows, width, *packed.shape[1:])


def make_packing(lengths: Tensor, width: int, device: torch.device) -> Packing:
    """The packing of rows of the given lengths, (batch,), on the CPU, in a batch of that width."""
    ordered, order = torch.sort(lengths, descending=True, stable=True)
    steps = torch.arange(int(ordered[0]))
    running = ordered.unsqueeze(0) > steps.unsqueeze(1)  # (steps, batch)
    places = (order.unsqueeze(0) * width + steps.unsqueeze(1))[running]
    return Packing(
        counts=tuple(running.sum(dim=1).tolist()),
        places=places.to(device),
        order=order.to(device),
        shape=(len(lengths), width),
    )
