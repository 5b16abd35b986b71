"""The training loop: batches to steps, steps to validations, validations to a best model.

Drives every earlier stage and yields what happens as events. Knows nothing of terminals.
"""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.batching.dataset import Dataset, Split
from seq2seq_cli.batching.sampler import BatchSize, epoch_batches
from seq2seq_cli.config import Config
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.build import save_weights
from seq2seq_cli.model.device import choose_device, choose_precision, use_threads
from seq2seq_cli.model.run import WEIGHTS, Run
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.training.average import WeightAverage
from seq2seq_cli.training.checkpoint import (
    Progress,
    Recent,
    check_fit,
    newest_checkpoint,
    pack_optimizer,
    unpack_optimizer,
    write_checkpoint,
)
from seq2seq_cli.training.events import (
    CheckpointSaved,
    Event,
    RunEnded,
    RunStarted,
    StepDone,
    ValidationDone,
)
from seq2seq_cli.training.guide import Guide, guide_weight
from seq2seq_cli.training.loss import batch_loss, guided_loss
from seq2seq_cli.training.schedule import Schedule
from seq2seq_cli.training.validation import Validator
from seq2seq_cli.training.watching import WatchedSentence, Watcher

CHECKPOINT_SECONDS = 300.0


class Trainer:
    """Trains one run; `events()` does the work as it is consumed."""

    def __init__(
        self,
        run: Run,
        dataset: Dataset,
        *,
        resume: bool = False,
        watch: Sequence[WatchedSentence] = (),
        guide: Guide | None = None,
    ) -> None:
        self.run, self.config, self.guide = run, run.config, guide
        training = self.config.training
        self.threads = use_threads(training.threads)
        self.device = choose_device(training.device)
        self.precision = choose_precision(
            training.precision, self.device, self.config.model.decoder_size
        )
        torch.manual_seed(training.seed)
        self.model = run.new_model().to(self.device)
        self.optimizer = _build_optimizer(self.model, self.config)
        self.train, self.train_indices = _usable(dataset.split("train"), training.max_length)
        self.valid = dataset.split("valid")
        self.progress = Progress()
        self.average = WeightAverage(self.model, training.average_decay)
        self.size = BatchSize(tokens=training.batch_tokens, sentences=training.batch_sentences)
        self.batches = self._epoch(1)
        self.schedule = Schedule(training, total_steps=training.epochs * len(self.batches))
        self.recent = Recent()
        self.stopping = False
        self.passed_over: tuple[str, ...] = ()
        """What is wrong with newer checkpoints than the one that training goes on from."""
        self._previous_seconds = 0.0
        self._began = time.monotonic()
        translator = Translator(
            model=self.model,
            source=run.source,
            target=run.target,
            device=self.device,
            precision=self.precision,
        )
        self.validator = Validator(self.valid, translator, self.config)
        self.watcher = Watcher(translator, watch, self.validator.settings)
        if resume:
            self._resume()

    def stop(self) -> None:
        """Ask for an end after the step that is under way."""
        self.stopping = True

    def events(self) -> Iterator[Event]:
        """Train until the epochs, the patience or the time is used up, or `stop` was called."""
        self._began = time.monotonic()
        self._saved = self.seconds
        yield self._started()
        reason = self._finished()
        while reason is None:
            yield self._step()
            if self._validation_due():
                yield from self._validate()
            if self.seconds - self._saved > CHECKPOINT_SECONDS:
                yield self._checkpoint()
            reason = "interrupted" if self.stopping else self._finished()
        yield from self._end(reason)

    @property
    def seconds(self) -> float:
        """Wall time of training, with that before a resume."""
        return self._previous_seconds + time.monotonic() - self._began

    def _started(self) -> RunStarted:
        training = self.config.training
        return RunStarted(
            run=self.run.folder,
            parameters=self.model.parameter_count(),
            train_pairs=len(self.train_indices),
            valid_pairs=len(self.valid),
            attention=self.config.model.attention,
            device=str(self.device),
            precision=self.precision,
            threads=self.threads,
            metric=training.metric,
            epochs=training.epochs,
            steps_per_epoch=len(self.batches),
            max_minutes=training.max_minutes or None,
            resumed_step=self.progress.step,
            guide=self.guide.path if self.guide else None,
            guided_pairs=self.guide.links.pairs if self.guide else 0,
        )

    def _epoch(self, epoch: int) -> list[np.ndarray]:
        indices = self.train_indices
        batches = epoch_batches(
            self.train.source_lengths[indices],
            self.train.target_lengths[indices],
            size=self.size,
            seed=self.config.training.seed,
            epoch=epoch,
        )
        return [indices[batch] for batch in batches]

    def _next_batch(self) -> Batch:
        progress = self.progress
        if progress.batch == len(self.batches):
            progress.epoch, progress.batch = progress.epoch + 1, 0
            self.batches = self._epoch(progress.epoch)
        indices = self.batches[progress.batch]
        progress.batch += 1
        return make_batch(
            [self.train.source(i) for i in indices],
            [self.train.target(i) for i in indices],
            indices.tolist(),
        )

    def _step(self) -> StepDone:
        began = time.monotonic()
        batch = self._next_batch().to(self.device)
        progress, training = self.progress, self.config.training
        progress.step += 1
        rate = self.schedule.learning_rate(progress.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        loss, (smoothed, plain, guide), guided_tokens = self._losses(batch)
        loss.backward()
        limit = training.clip_norm or float("inf")
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), limit)
        self.optimizer.step()
        self.average.update(progress.step)
        recent = self.recent
        recent.smoothed += smoothed.item()
        recent.plain += plain.item()
        recent.tokens += batch.target_tokens
        recent.guide += float(guide)
        recent.guided_tokens += guided_tokens
        recent.seconds += time.monotonic() - began
        return self._step_event(rate, float(norm))

    def _losses(self, batch: Batch) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor | float], int]:
        """What is minimised; its parts, summed over the batch; and how many tokens are guided."""
        smoothing, tokens = self.config.training.label_smoothing, batch.target_tokens
        weight = guide_weight(self.config.training, self.progress.epoch)
        links = self.guide.of_batch(batch, weight) if self.guide else None
        if links is None:
            smoothed, plain = batch_loss(
                self.model, batch, smoothing=smoothing, precision=self.precision
            )
            return smoothed / tokens, (smoothed, plain, 0.0), 0
        smoothed, plain, guide = guided_loss(
            self.model, batch, links, smoothing=smoothing, precision=self.precision
        )
        return (
            smoothed / tokens + weight * guide / links.tokens,
            (smoothed, plain, guide.detach()),
            links.tokens,
        )

    def _step_event(self, rate: float, norm: float) -> StepDone:
        progress, recent = self.progress, self.recent
        tokens = max(1, recent.tokens)
        event = StepDone(
            step=progress.step,
            epoch=progress.epoch,
            step_in_epoch=progress.batch,
            loss=recent.smoothed / tokens,
            perplexity=float(np.exp(min(recent.plain / tokens, 50.0))),
            learning_rate=rate,
            gradient_norm=norm,
            tokens_per_second=recent.tokens / max(recent.seconds, 1e-9),
            seconds=self.seconds,
            seconds_left=self._seconds_left(),
            guide_loss=recent.guide / recent.guided_tokens if recent.guided_tokens else None,
        )
        if progress.step % 50 == 0:
            self.recent = Recent()
        return event

    def _seconds_left(self) -> float | None:
        training, progress = self.config.training, self.progress
        whole = training.epochs * len(self.batches)
        by_steps = self.seconds / progress.step * max(0, whole - progress.step)
        if not training.max_minutes:
            return by_steps
        return min(by_steps, max(0.0, training.max_minutes * 60 - self.seconds))

    def _validation_due(self) -> bool:
        every = self.config.training.validate_every
        if every:
            return self.progress.step % every == 0
        return self.progress.batch == len(self.batches)

    def _validate(self) -> Iterator[Event]:
        """Score the model, keep it if it is the best, look at what is watched, save all."""
        progress, training = self.progress, self.config.training
        with self.average.in_place():
            result = self.validator.validate(progress.step)
            improved = is_better(result.score, progress.best_score, training.metric)
            if improved:
                save_weights(self.run.folder / WEIGHTS, dict(self.model.state_dict()))
                progress.best_score, progress.best_step = result.score, progress.step
            watched = self.watcher.look(progress.step, progress.epoch)
        progress.stale = 0 if improved else progress.stale + 1
        progress.validated_step = progress.step
        self.schedule.validated(improved=improved)
        assert progress.best_score is not None
        yield ValidationDone(
            step=progress.step,
            epoch=progress.epoch,
            loss=result.loss,
            perplexity=float(np.exp(min(result.loss, 50.0))),
            metric=training.metric,
            score=result.score,
            is_best=improved,
            best_score=progress.best_score,
            seconds=self.seconds,
            example=result.example,
            patience_left=training.patience - progress.stale,
            attention=result.attention,
        )
        yield from watched
        yield self._checkpoint()

    def _finished(self) -> str | None:
        progress, training = self.progress, self.config.training
        if progress.stale >= training.patience:
            return "early-stopping"
        if progress.epoch >= training.epochs and progress.batch >= len(self.batches):
            return "epochs"
        if training.max_minutes and self.seconds >= training.max_minutes * 60:
            return "time"
        return None

    def _end(self, reason: str) -> Iterator[Event]:
        progress = self.progress
        if reason != "interrupted" and progress.validated_step != progress.step:
            yield from self._validate()
        elif reason == "interrupted":
            yield self._checkpoint()
        yield RunEnded(
            run=self.run.folder,
            reason=reason,
            metric=self.config.training.metric,
            best_score=float("nan") if progress.best_score is None else progress.best_score,
            best_step=progress.best_step,
            step=progress.step,
            seconds=self.seconds,
            watched=bool(self.watcher.sentences) and progress.validated_step > 0,
        )

    def _checkpoint(self) -> CheckpointSaved:
        progress = self.progress
        progress.seconds = self.seconds
        progress.schedule_factor = self.schedule.factor
        progress.schedule_stale = self.schedule.stale
        progress.recent = self.recent
        tensors = self._weights() | pack_optimizer(self.optimizer)
        tensors["random.cpu"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(self.device)
        path = write_checkpoint(self.run.folder, progress, tensors)
        self._saved = self.seconds
        return CheckpointSaved(step=progress.step, path=path)

    def _weights(self) -> dict[str, Tensor]:
        """The weights and their moving average, by the names that checkpoints have for them."""
        weights = {f"model.{name}": value.data for name, value in self.model.named_parameters()}
        return weights | {f"average.{name}": value for name, value in self.average.values.items()}

    def _resume(self) -> None:
        found = newest_checkpoint(self.run.folder)
        self.progress, self.passed_over = found.progress, found.passed_over
        tensors, weights = found.tensors, self._weights()
        check_fit(tensors, {**weights, "random.cpu": torch.get_rng_state()}, found.path)
        for name, value in weights.items():
            value.copy_(tensors[name])
        unpack_optimizer(self.optimizer, tensors)
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random.cuda"], self.device)
        self.batches = self._epoch(self.progress.epoch)
        self.schedule.factor = self.progress.schedule_factor
        self.schedule.stale = self.progress.schedule_stale
        self.recent = self.progress.recent
        self._previous_seconds = self.progress.seconds


def is_better(score: float, best: float | None, metric: str) -> bool:
    """Whether `score` beats `best`; a loss is better when it is lower."""
    if best is None:
        return True
    return score < best if metric == "loss" else score > best


def _build_optimizer(model: torch.nn.Module, config: Config) -> torch.optim.Optimizer:
    training = config.training
    kind = torch.optim.AdamW if training.optimizer == "adamw" else torch.optim.Adam
    return kind(
        model.parameters(),
        lr=training.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=training.weight_decay,
        fused=True,
    )


def _usable(split: Split, longest: int) -> tuple[Split, np.ndarray]:
    """A split and the indices of its pairs that are not too long to train on."""
    fits = (split.source_lengths <= longest) & (split.target_lengths <= longest)
    indices = np.flatnonzero(fits)
    if not len(indices):
        raise InputError(f"no training pair is {longest} tokens or shorter. Raise --max-length.")
    return split, indices
