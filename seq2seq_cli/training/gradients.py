"""The gradient of a batch: in one go, or in parts where the device has no room for all of it.

A job of several processes cuts each batch among them: every one computes the gradient of its share,
and the sum of all is the gradient of the whole. Knows nothing of steps, optimizers or what is done
with the gradient.
"""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.errors import WorkError
from seq2seq_cli.model.job import Job
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.training.guide import Guide, guide_weight
from seq2seq_cli.training.links import BatchLinks
from seq2seq_cli.training.loss import batch_loss, guided_loss
from seq2seq_cli.training.pairs import Indices, TrainingPairs
from seq2seq_cli.training.state import random_states, set_random_states
from seq2seq_cli.training.sums import BatchSums


class _Losses(nn.Module):
    """The losses of a batch as a module, so that a job can have its gradients reduced."""

    def __init__(self, model: Seq2Seq, smoothing: float, precision: str) -> None:
        super().__init__()
        self.model, self.smoothing, self.precision = model, smoothing, precision

    def forward(self, batch: Batch, links: BatchLinks | None) -> tuple[Tensor, Tensor, Tensor]:
        """Summed over tokens: smoothed and plain cross-entropy, and the attention loss."""
        options: dict[str, Any] = {"smoothing": self.smoothing, "precision": self.precision}
        if links is not None:
            return guided_loss(self.model, batch, links, **options)
        smoothed, plain = batch_loss(self.model, batch, **options)
        return smoothed, plain, plain.new_zeros(())


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
        job: Job,
    ) -> None:
        self.model, self.pairs, self.config, self.guide = model, pairs, config, guide
        self.device, self.precision, self.job = device, precision, job
        self.losses = job.replicate(_Losses(model, config.label_smoothing, precision))
        self.parts = 1
        self._too_many_cells = math.inf
        self._reducing = True

    def of(self, indices: Indices, epoch: int) -> BatchSums:
        """Leave the gradient of the mean loss of some pairs in the model's weights.

        In a job of several processes all are given the same pairs and have the same gradient then;
        the losses that are returned are of the own share, the tokens of all pairs. A batch that
        does not fit is halved, again and again; its gradient is the same but for rounding and for
        what dropout draws.

        Raises:
            WorkError: if not even one pair fits; in a job, if the share does not, unless `apart`.
        """
        self.model.train()
        own = self.job.part(indices)
        shares = own if len(own) else indices[:1]  # without a share, one counts for nothing
        cells = self._cells(shares)
        parts = min(len(shares), int(cells / self._too_many_cells) + 1)
        while True:
            self.model.zero_grad(set_to_none=True)
            before = random_states(self.device)
            whole = self._whole(indices, epoch)
            sums = self._try(np.array_split(shares, parts), whole, epoch, counts=bool(len(own)))
            if sums is not None:
                self.parts = max(self.parts, parts)
                return sums
            if parts >= len(shares):
                raise self._too_large(shares)
            if self._reducing and not self.job.is_alone:
                raise self._too_large_for_a_job()
            set_random_states(before, self.device)
            self._too_many_cells = min(self._too_many_cells, cells / parts)
            parts = min(len(shares), 2 * parts)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Leave the gradients of each process its own, for as long as the context lasts."""
        self._reducing = False
        try:
            yield
        finally:
            self._reducing = True

    def _cells(self, indices: Indices) -> int:
        """Target tokens times the longest source: what attention keeps weights for."""
        sources, targets = self.pairs.lengths(indices)
        return int((targets + 1).sum()) * (int(sources.max()) + 1)

    def _tokens(self, indices: Indices) -> int:
        return int((self.pairs.lengths(indices)[1] + 1).sum())

    def _whole(self, indices: Indices, epoch: int) -> BatchSums:
        """The tokens of a batch, which its losses are divided by; no process needs to be asked."""
        weight = guide_weight(self.config, epoch)
        guided = self.guide.tokens(indices, weight) if self.guide else 0
        return BatchSums(tokens=self._tokens(indices), guided_tokens=guided)

    def _try(
        self, parts: list[Indices], whole: BatchSums, epoch: int, *, counts: bool
    ) -> BatchSums | None:
        """The sums over all parts; None where the device has no room for one of them."""
        try:
            for number, part in enumerate(parts, start=1):
                with self._reduction(last=number == len(parts)):
                    self._add(self.pairs.batch(part), whole, epoch, counts=counts)
            return whole
        except torch.OutOfMemoryError:
            return None  # what the failed pass held is let go of when this function ends

    def _reduction(self, *, last: bool) -> AbstractContextManager[object]:
        """Gradients are reduced while the last part goes backwards, those of all parts at once."""
        if self.job.is_alone or (last and self._reducing):
            return nullcontext()
        return cast(AbstractContextManager[object], cast(Any, self.losses).no_sync())

    def _add(self, batch: Batch, whole: BatchSums, epoch: int, *, counts: bool) -> None:
        """Add the gradient of a part, and its losses to the sums.

        A reduction takes the mean over processes and the gradient is a sum: hence the size.
        """
        weight, size = guide_weight(self.config, epoch), self.job.size
        links = self.guide.of_batch(batch, weight) if self.guide else None
        here = batch.to(self.device)
        smoothed, plain, guide = self.losses(here, None if links is None else links.to(self.device))
        loss = smoothed / (whole.tokens / size)
        if links is not None:
            loss = loss + weight * guide / (whole.guided_tokens / size)
        if not counts:
            (loss * 0.0).backward()
            return
        loss.backward()
        whole.smoothed += smoothed.item()
        whole.plain += plain.item()
        whole.guide += guide.item()

    def _too_large(self, indices: Indices) -> WorkError:
        longest = int(self.pairs.lengths(indices)[1].max())
        return WorkError(
            f"out of memory on {self.device}, even for one pair at a time (up to {longest} target "
            "tokens). Leave out long pairs by --max-length, or train a smaller model."
        )

    def _too_large_for_a_job(self) -> WorkError:
        return WorkError(
            f"out of memory on {self.device}, in the middle of a step. The last checkpoint is good:"
            " go on from it with more processes. Or train with a smaller --batch-tokens."
        )
