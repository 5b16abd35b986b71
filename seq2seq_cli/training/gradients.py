"""The gradient of a batch: in one go, or in halves where the device has no room for all of it.

Knows nothing of steps, optimizers or what is done with the gradient.
"""

import math

import numpy as np
import torch

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.errors import WorkError
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.training.guide import Guide, guide_weight
from seq2seq_cli.training.loss import batch_loss, guided_loss
from seq2seq_cli.training.pairs import Indices, TrainingPairs
from seq2seq_cli.training.state import random_states, set_random_states
from seq2seq_cli.training.sums import BatchSums


class Gradients:
    """Computes gradients of a model on batches of training pairs.

    Attributes:
        parts: the most parts that a batch had to be cut into so far.
    """

    def __init__(
        self,
        model: Seq2Seq,
        pairs: TrainingPairs,
        config: TrainingConfig,
        *,
        guide: Guide | None,
        device: torch.device,
        precision: str,
    ) -> None:
        self.model, self.pairs, self.config, self.guide = model, pairs, config, guide
        self.device, self.precision = device, precision
        self.parts = 1
        self._too_many_cells = math.inf

    def of(self, indices: Indices, epoch: int) -> BatchSums:
        """Leave the gradient of the mean loss of some pairs in the model's weights.

        A batch that does not fit is halved, again and again; its gradient is the same but for
        rounding and for what dropout draws.

        Raises:
            WorkError: if not even one pair fits.
        """
        self.model.train()
        cells = self._cells(indices)
        parts = min(len(indices), int(cells / self._too_many_cells) + 1)
        while True:
            self.model.zero_grad(set_to_none=True)
            before = random_states(self.device)
            sums = self._try(np.array_split(indices, parts), epoch)
            if sums is not None:
                self.parts = max(self.parts, parts)
                return sums
            if parts >= len(indices):
                raise self._too_large(indices)
            set_random_states(before, self.device)
            self._too_many_cells = min(self._too_many_cells, cells / parts)
            parts = min(len(indices), 2 * parts)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _cells(self, indices: Indices) -> int:
        """Target tokens times the longest source: what attention keeps weights for."""
        sources, targets = self.pairs.lengths(indices)
        return int((targets + 1).sum()) * (int(sources.max()) + 1)

    def _try(self, parts: list[Indices], epoch: int) -> BatchSums | None:
        """The sums over all parts; None where the device has no room for one of them."""
        try:
            batches = [self.pairs.batch(part) for part in parts]
            return self._accumulate(batches, epoch)
        except torch.OutOfMemoryError:
            return None  # what the failed pass held is let go of when this function ends

    def _accumulate(self, batches: list[Batch], epoch: int) -> BatchSums:
        weight = guide_weight(self.config, epoch)
        links = [self.guide.of_batch(one, weight) if self.guide else None for one in batches]
        whole = BatchSums(
            tokens=sum(batch.target_tokens for batch in batches),
            guided_tokens=sum(one.tokens for one in links if one is not None),
        )
        for batch, guided in zip(batches, links, strict=True):
            here = batch.to(self.device)
            smoothing = self.config.label_smoothing
            if guided is None:
                smoothed, plain = batch_loss(
                    self.model, here, smoothing=smoothing, precision=self.precision
                )
                loss = smoothed / whole.tokens
            else:
                smoothed, plain, guide = guided_loss(
                    self.model,
                    here,
                    guided.to(self.device),
                    smoothing=smoothing,
                    precision=self.precision,
                )
                loss = smoothed / whole.tokens + weight * guide / whole.guided_tokens
                whole.guide += guide.item()
            loss.backward()
            whole.smoothed += smoothed.item()
            whole.plain += plain.item()
        return whole

    def _too_large(self, indices: Indices) -> WorkError:
        longest = int(self.pairs.lengths(indices)[1].max())
        return WorkError(
            f"out of memory on {self.device}, even for one pair at a time (up to {longest} target "
            "tokens). Leave out long pairs by --max-length, or train a smaller model."
        )
