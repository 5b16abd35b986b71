"""A padded batch of token ids.

Knows nothing of text or models.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq_cli.text.vocabulary import BOS, EOS, PAD

Ids = Sequence[int] | np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Pairs of one training or validation step."""

    source: Tensor
    """Ids ending in `</s>`, then padding, (batch, source)"""
    source_lengths: Tensor
    """Real tokens with `</s>`, (batch,), on the CPU"""
    target_in: Tensor
    """Ids beginning with `<s>`, then padding, (batch, target)"""
    target_out: Tensor
    """Ids ending in `</s>`, then padding, (batch, target)"""
    target_lengths: Tensor
    """Real tokens with `</s>`, (batch,), on the CPU"""
    indices: tuple[int, ...]
    """Where each pair stands in its split, (batch,)"""

    @property
    def target_tokens(self) -> int:
        """Number of real target tokens, `</s>` included."""
        return int(self.target_lengths.sum())

    def to(self, device: torch.device) -> "Batch":
        """The same batch with its ids on `device`; lengths stay on the CPU."""
        if device.type == "cpu":
            return self
        return Batch(
            source=self.source.to(device, non_blocking=True),
            source_lengths=self.source_lengths,
            target_in=self.target_in.to(device, non_blocking=True),
            target_out=self.target_out.to(device, non_blocking=True),
            target_lengths=self.target_lengths,
            indices=self.indices,
        )


def pad_rows(rows: Sequence[Ids], *, first: int | None, last: int | None) -> tuple[Tensor, Tensor]:
    """Ids as one padded array, (batch, longest), and the lengths, (batch,).

    `first` and `last` are put before and after each row where they are given.
    """
    extra = (first is not None) + (last is not None)
    lengths = np.array([len(row) + extra for row in rows], dtype=np.int64)
    padded = np.full((len(rows), int(lengths.max())), PAD, dtype=np.int64)
    start = int(first is not None)
    for number, row in enumerate(rows):
        padded[number, start : start + len(row)] = row
    if first is not None:
        padded[:, 0] = first
    if last is not None:
        padded[np.arange(len(rows)), lengths - 1] = last
    return torch.from_numpy(padded), torch.from_numpy(lengths)


def make_batch(sources: Sequence[Ids], targets: Sequence[Ids], indices: Sequence[int]) -> Batch:
    """A batch of pairs given as ids without `<s>` and `</s>`."""
    source, source_lengths = pad_rows(sources, first=None, last=EOS)
    target_in, target_lengths = pad_rows(targets, first=BOS, last=None)
    target_out, _ = pad_rows(targets, first=None, last=EOS)
    return Batch(
        source=source,
        source_lengths=source_lengths,
        target_in=target_in,
        target_out=target_out,
        target_lengths=target_lengths,
        indices=tuple(int(index) for index in indices),
    )
