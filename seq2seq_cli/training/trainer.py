"""The training loop: batches to steps, steps to validations, validations to a best model.

Drives every earlier stage and yields what happens as events. In a job of several processes all run
the same loop: they agree on what it goes by, and the first alone writes. Knows nothing of
terminals.
"""

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.errors import InputError
from seq2seq_cli.machine import MemoryNeed
from seq2seq_cli.model.build import save_weights
from seq2seq_cli.model.device import choose_device, choose_precision, use_threads
from seq2seq_cli.model.job import Job
from seq2seq_cli.model.run import WEIGHTS, Run
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.training.average import WeightAverage
from seq2seq_cli.training.checkpoint import (
    Checkpoint,
    Progress,
    checkpoint_path,
    newest_checkpoint,
    write_checkpoint,
)
from seq2seq_cli.training.course import Course
from seq2seq_cli.training.events import (
    BatchHalved,
    CheckpointSaved,
    Event,
    RunEnded,
    RunStarted,
    StepDone,
    StepSkipped,
    ValidationDone,
)
from seq2seq_cli.training.figures import STEPS_OF_A_MEAN, step_event
from seq2seq_cli.training.gradients import Gradients
from seq2seq_cli.training.guide import Guide
from seq2seq_cli.training.memory import try_largest_batch
from seq2seq_cli.training.pairs import Indices, TrainingPairs
from seq2seq_cli.training.schedule import Schedule
from seq2seq_cli.training.state import TrainingState, build_optimizer
from seq2seq_cli.training.sums import BatchSums, Recent
from seq2seq_cli.training.validation import Validator, is_better
from seq2seq_cli.training.watching import WatchedSentence, Watcher

CHECKPOINT_SECONDS = 300.0
SAVED_ONLY = ("interrupted", "bad-numbers")
"""The ends that are saved as they are, without a validation."""


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
        job: Job | None = None,
    ) -> None:
        self.run, self.config, self.guide = run, run.config, guide
        self.job = job or Job()
        training = self.config.training
        self.threads = use_threads(training.threads, processes=self.job.local_size)
        self.device = choose_device(training.device, self.job.local_rank)
        self.precision = choose_precision(
            training.precision, self.device, self.config.model.decoder_size
        )
        torch.manual_seed(training.seed)
        self.model = run.new_model().to(self.device)
        self.optimizer = build_optimizer(self.model, training)
        self.average = WeightAverage(self.model, training.average_decay)
        self.state = TrainingState(self.model, self.average, self.optimizer, self.device)
        self.pairs = TrainingPairs(dataset.split("train"), self.config)
        self.gradients = Gradients(
            self.model,
            self.pairs,
            training,
            guide=guide,
            device=self.device,
            precision=self.precision,
            job=self.job,
        )
        self.valid = dataset.split("valid")
        self.progress = Progress()
        self.stopping = False
        """Whether this process was asked to end; the others learn of it with the next step."""
        self.passed_over: tuple[str, ...] = ()
        """What is wrong with newer checkpoints than the one that training goes on from."""
        self.memory: MemoryNeed | None = None
        """What the largest batch takes, where it was tried."""
        self._saved_path: Path | None = None
        self._saved_state = (0, 0)
        self._previous_seconds = 0.0
        self._began = time.monotonic()
        self._agreed_stop, self._agreed_seconds = False, 0.0
        translator = Translator(
            model=self.model,
            source=run.source,
            target=run.target,
            device=self.device,
            precision=self.precision,
        )
        self.validator = Validator(self.valid, translator, self.config, self.job)
        self.watcher = Watcher(translator, watch, self.validator.settings)
        if resume:
            self._resume()
        self.course = Course(self.pairs, self.progress)
        self.schedule = Schedule(
            training,
            total_steps=self.course.total_steps(training.epochs),
            factor=self.progress.schedule_factor,
            stale=self.progress.schedule_stale,
        )

    def try_memory(self) -> None:
        """Try the largest batch, so that a run for which there is no room fails before it begins.

        Raises:
            InputError, WorkError: if it does not fit, see `try_largest_batch`.
        """
        weights = sum(value.nbytes for value in self.model.parameters())
        copies = 2 if self.config.training.average_decay else 1
        self.memory = try_largest_batch(self.gradients, copies * weights)

    def stop(self) -> None:
        """Ask for an end after the step that is under way."""
        self.stopping = True

    def forget_patience(self) -> None:
        """Let a run that ended for want of improvement go on."""
        if self.progress.stale >= self.config.training.patience:
            self.progress.stale = 0

    def events(self) -> Iterator[Event]:
        """Train until the epochs, the patience or the time is used up, or `stop` was called."""
        self._began = time.monotonic()
        self._agree()
        self._saved = self._agreed_seconds
        yield self._started()
        reason = self._finished()
        while reason is None:
            yield from self._step()
            self.course.pass_on()
            if self._validation_due():
                yield from self._validate()
                self._agree()
            if self.job.is_alone:
                self._agree()
            if self._agreed_seconds - self._saved > CHECKPOINT_SECONDS:
                yield self._checkpoint()
            reason = "interrupted" if self._agreed_stop else self._finished()
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
            train_pairs=len(self.pairs),
            valid_pairs=len(self.valid),
            long_pairs=len(self.pairs.split) - len(self.pairs),
            max_length=training.max_length,
            attention=self.config.model.attention,
            device=str(self.device),
            precision=self.precision,
            threads=self.threads,
            processes=self.job.size,
            metric=training.metric,
            epochs=training.epochs,
            steps_per_epoch=self.course.steps_per_epoch,
            windows=self.pairs.windows,
            max_minutes=training.max_minutes or None,
            resumed_step=self.progress.step,
            guide=self.guide.path if self.guide else None,
            guided_pairs=self.guide.links.pairs if self.guide else 0,
            memory=self.memory,
        )

    def _step(self) -> Iterator[Event]:
        """One batch; numbers that are not finite reach neither the weights nor the figures."""
        began = time.monotonic()
        indices, progress, parts = self.course.next(), self.progress, self.gradients.parts
        progress.step += 1
        self.schedule.total_steps = self.course.total_steps(self.config.training.epochs)
        rate = self.schedule.learning_rate(progress.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.job.seed(self.config.training.seed, progress.step)
        sums = self.gradients.of(indices, progress.epoch)
        self._agree(sums)
        limit = self.config.training.clip_norm or float("inf")
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), limit))
        if self.gradients.parts > parts:
            yield BatchHalved(
                step=progress.step, sentences=len(indices), parts=self.gradients.parts
            )
        if not sums.finite or not math.isfinite(norm):
            yield self._skip(indices, "gradient" if sums.finite else "loss")
            return
        self.optimizer.step()
        self.average.update(progress.step)
        progress.recent.add(sums, time.monotonic() - began)
        yield self._step_event(rate, norm)

    def _agree(self, sums: BatchSums | None = None) -> None:
        """What all processes go by until the next time: the clock of the first, who is to end.

        One message for both, and for the losses of a step, which become those of all shares.
        """
        losses = sums or BatchSums()
        given = (losses.smoothed, losses.plain, losses.guide)
        clock = self.seconds if self.job.is_first else 0.0
        *totals, stopping, seconds = self.job.sum([*given, float(self.stopping), clock])
        losses.smoothed, losses.plain, losses.guide = totals
        self._agreed_stop, self._agreed_seconds = stopping > 0.0, seconds

    def _skip(self, indices: Indices, what: str) -> StepSkipped:
        progress = self.progress
        progress.bad_steps += 1
        return StepSkipped(
            step=progress.step,
            epoch=progress.epoch,
            what=what,
            file=self.pairs.split.place(int(indices[0]))[0],
            pairs=tuple(self.pairs.split.place(int(index))[1] for index in indices),
            skipped=progress.bad_steps,
            allowed=self.config.training.max_bad_steps,
        )

    def _step_event(self, rate: float, norm: float) -> StepDone:
        training, progress = self.config.training, self.progress
        event = step_event(
            progress,
            learning_rate=rate,
            gradient_norm=norm,
            seconds=self.seconds,
            steps=self.schedule.total_steps,
            max_minutes=training.max_minutes,
        )
        if progress.step % STEPS_OF_A_MEAN == 0:
            progress.recent = Recent()
        return event

    def _validation_due(self) -> bool:
        every = self.config.training.validate_every
        if every:
            return self.progress.step % every == 0
        return self.course.epoch_is_over

    def _validate(self) -> Iterator[Event]:
        """Score the model, keep it if it is the best, look at what is watched, save all."""
        progress, training = self.progress, self.config.training
        with self.average.in_place():
            result = self.validator.validate(progress.step)
            improved = is_better(result, progress.best_score, progress.best_loss, training.metric)
            if improved:
                if self.job.is_first:
                    save_weights(self.run.folder / WEIGHTS, dict(self.model.state_dict()))
                progress.best_score, progress.best_loss = result.score, result.loss
                progress.best_step = progress.step
            watched = self.watcher.look(progress.step, progress.epoch)
        progress.stale = 0 if improved else progress.stale + 1
        progress.validated_step = progress.step
        self.schedule.validated(improved=improved)
        assert progress.best_score is not None
        yield ValidationDone(
            step=progress.step,
            epoch=progress.epoch,
            loss=result.loss,
            perplexity=float(math.exp(min(result.loss, 50.0))),
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
        if progress.bad_steps > training.max_bad_steps:
            return "bad-numbers"
        if progress.stale >= training.patience:
            return "early-stopping"
        if progress.epoch >= training.epochs and self.course.epoch_is_over:
            return "epochs"
        if training.max_minutes and self._agreed_seconds >= training.max_minutes * 60:
            return "time"
        return None

    def _end(self, reason: str) -> Iterator[Event]:
        progress = self.progress
        if reason in SAVED_ONLY:
            yield self._checkpoint()
        elif progress.validated_step != progress.step:
            yield from self._validate()
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
        """Save, unless this very state is saved already."""
        now = (self.progress.step, self.progress.validated_step)
        if self._saved_path is None or self._saved_state != now:
            self._saved_path, self._saved_state = self.save(self.run.folder), now
        self._saved = self._agreed_seconds
        return CheckpointSaved(step=self.progress.step, path=self._saved_path)

    def save(self, folder: Path) -> Path:
        """Let the first process write a checkpoint into a run folder, and return where it is.

        Raises:
            WorkError: if it cannot be written; older ones are still there then.
        """
        progress = self.progress
        progress.seconds = self.seconds
        progress.schedule_factor = self.schedule.factor
        progress.schedule_stale = self.schedule.stale
        if not self.job.is_first:
            return checkpoint_path(folder, progress)
        return write_checkpoint(folder, progress, self.state.tensors())

    def _check_agreement(self, found: Checkpoint) -> None:
        step = self.job.share(found.progress.step)
        if step != found.progress.step:
            raise InputError(
                f"{found.path} is the newest checkpoint here, and that of step {step} where the "
                "first process is. All processes of a job need the same run folder: put it where "
                "all machines see it."
            )

    def _resume(self) -> None:
        found = newest_checkpoint(self.run.folder)
        self._check_agreement(found)
        self.progress, self.passed_over = found.progress, found.passed_over
        self.state.restore(found.tensors, found.path)
        self._previous_seconds = self.progress.seconds
        self._saved_path = found.path
        self._saved_state = (self.progress.step, self.progress.validated_step)
