"""The loop: what happens in which order, which model is kept, when it ends."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from seq2seq_cli.errors import InputError
from seq2seq_cli.model.build import read_tensors
from seq2seq_cli.training.average import WeightAverage
from seq2seq_cli.training.events import (
    CheckpointSaved,
    Event,
    RunEnded,
    RunStarted,
    StepDone,
    ValidationDone,
)
from seq2seq_cli.training.guide import Guide
from seq2seq_cli.training.pairs import TrainingPairs
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.training.validation import Validation, is_better

MakeTrainer = Callable[..., Trainer]


class Scripted:
    """A validator with given scores that remembers the weights it was shown."""

    def __init__(
        self, trainer: Trainer, scores: Iterable[float], losses: Iterable[float] = repeat(1.0)
    ) -> None:
        self.trainer, self.scores, self.losses = trainer, iter(scores), iter(losses)
        self.seen: list[dict[str, torch.Tensor]] = []

    def validate(self, step: int) -> Validation:
        weights = self.trainer.model.state_dict()
        self.seen.append({name: value.clone() for name, value in weights.items()})
        score, loss = next(self.scores), next(self.losses)
        return Validation(loss=loss, score=score, example=None, attention=None)


def run(trainer: Trainer) -> list[Event]:
    return list(trainer.events())


def ended(events: list[Event]) -> RunEnded:
    assert isinstance(events[-1], RunEnded)
    return events[-1]


def test_events_come_in_order(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__epochs=2, training__metric="loss")
    steps = len(trainer.course.batches)
    events = run(trainer)
    epoch = [StepDone] * steps + [ValidationDone, CheckpointSaved]
    assert [type(event) for event in events] == [RunStarted, *epoch, *epoch, RunEnded]
    done = [event for event in events if isinstance(event, StepDone)]
    assert [event.step for event in done] == list(range(1, 2 * steps + 1))
    assert [event.epoch for event in done] == [1] * steps + [2] * steps
    assert [event.step_in_epoch for event in done] == [*range(1, steps + 1)] * 2
    assert done[-1].seconds_left == 0
    assert all(one.seconds <= other.seconds for one, other in pairwise(done))


def test_the_start_tells_the_facts(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__max_minutes=2.0)
    started = next(trainer.events())
    assert isinstance(started, RunStarted)
    assert (started.device, started.precision, started.threads) == ("cpu", "fp32", 1)
    assert (started.max_minutes, started.resumed_step, started.epochs) == (2.0, 0, 30)
    assert started.train_pairs == len(trainer.pairs.split)
    assert started.steps_per_epoch == -(-len(trainer.pairs.split) // 64)
    assert started.parameters == sum(p.numel() for p in trainer.model.parameters())


def test_each_pair_is_trained_on_once_in_an_epoch(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    first, second = trainer.pairs.batches(1, 0), trainer.pairs.batches(2, 0)
    for batches in (first, second):
        assert sorted(np.concatenate(batches)) == list(range(len(trainer.pairs.split)))
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))


def test_learning_rates_and_figures_of_steps(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(
        training__epochs=1,
        training__schedule="linear",
        training__warmup_steps=2,
        training__label_smoothing=0.0,
        training__metric="loss",
    )
    total = len(trainer.course.batches)
    steps = [event for event in run(trainer) if isinstance(event, StepDone)]
    expected = [0.005, *(0.01 * (total - step) / (total - 2) for step in range(2, total + 1))]
    assert [step.learning_rate for step in steps] == pytest.approx(expected)
    for step in steps:
        assert step.perplexity == pytest.approx(np.exp(step.loss))
    assert steps[-1].loss < steps[0].loss
    vocabulary = len(trainer.run.target.vocabulary)
    assert steps[0].loss == pytest.approx(np.log(vocabulary), rel=0.2)


@pytest.mark.parametrize(
    ("metric", "scores", "best", "steps"),
    [
        ("bleu", [3.0, 5.0, 5.0, 4.0, 9.0], 5.0, 2),
        ("chrf", [3.0, 5.0, 4.0, 4.5, 9.0], 5.0, 2),
        ("exact_match", [0.0, 0.0, 0.0], 0.0, 1),
        ("loss", [3.0, 2.0, 2.0, 2.5, 1.0], 2.0, 2),
    ],
)
def test_the_best_model_is_kept_and_patience_ends_the_run(
    make_trainer: MakeTrainer, metric: str, scores: list[float], best: float, steps: int
) -> None:
    trainer = make_trainer(
        training__metric=metric, training__patience=2, training__validate_every=1
    )
    script = Scripted(trainer, scores)
    trainer.validator = script  # type: ignore[assignment]  # a stand-in
    events = run(trainer)
    validations = [event for event in events if isinstance(event, ValidationDone)]
    assert ended(events).reason == "early-stopping"
    assert (ended(events).best_score, ended(events).best_step) == (best, steps)
    assert len(validations) == steps + 2
    assert [event.is_best for event in validations] == [True] * steps + [False, False]
    assert [event.patience_left for event in validations] == [2] * steps + [1, 0]
    kept = read_tensors(trainer.run.folder / "model.safetensors")
    for name, tensor in kept.items():
        assert torch.equal(tensor, script.seen[steps - 1][name])
    assert not torch.equal(kept["output_bias"], script.seen[-1]["output_bias"])


def test_while_the_score_is_nothing_the_loss_decides(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(
        training__metric="exact_match", training__patience=2, training__validate_every=1
    )
    scores, losses = [0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.4], [4.0, 3.0, 3.5, 2.0, 2.5, 1.0, 0.5]
    trainer.validator = Scripted(trainer, scores, losses)  # type: ignore[assignment]  # a stand-in
    events = run(trainer)
    best = [event.is_best for event in events if isinstance(event, ValidationDone)]
    assert best == [True, True, False, True, True, False, False]
    assert (ended(events).best_score, ended(events).best_step) == (0.5, 5)


@pytest.mark.parametrize(
    ("score", "best", "metric", "better"),
    [
        (1.0, None, "loss", True),
        (1.0, 2.0, "loss", True),
        (2.0, 2.0, "loss", False),
        (2.0, 1.0, "bleu", True),
        (2.0, 2.0, "bleu", False),
        (1.0, 2.0, "exact_match", False),
        (0.0, None, "chrf", True),
        (0.0, math.nan, "chrf", True),
    ],
)
def test_is_better(score: float, best: float | None, metric: str, better: bool) -> None:
    found = Validation(loss=1.0, score=score, example=None, attention=None)
    assert is_better(found, best, 2.0, metric) is better


@pytest.mark.parametrize(("best_loss", "better"), [(None, False), (1.0, False), (1.5, True)])
def test_scores_of_nothing_go_by_the_loss(best_loss: float | None, better: bool) -> None:
    found = Validation(loss=1.0, score=0.0, example=None, attention=None)
    assert is_better(found, 0.0, best_loss, "exact_match") is better


def test_validations_by_steps_end_with_one_more_at_the_end(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__epochs=1, training__validate_every=4)
    trainer.validator = Scripted(trainer, range(99))  # type: ignore[assignment]  # a stand-in
    steps = len(trainer.course.batches)
    found = [event.step for event in run(trainer) if isinstance(event, ValidationDone)]
    assert found == sorted({*range(4, steps + 1, 4), steps})


def test_stop_ends_after_the_step_with_a_checkpoint(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    events = trainer.events()
    next(events)
    next(events)
    trainer.stop()
    rest = list(events)
    assert [type(event) for event in rest] == [CheckpointSaved, RunEnded]
    assert ended(rest).reason == "interrupted"
    assert ended(rest).step == 1
    assert np.isnan(ended(rest).best_score)


def test_the_time_limit_ends_with_a_validation(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(training__max_minutes=1.0)
    trainer.validator = Scripted(trainer, [1.0])  # type: ignore[assignment]  # a stand-in
    events = trainer.events()
    next(events)
    step = next(events)
    assert isinstance(step, StepDone)
    assert step.seconds_left is not None
    assert step.seconds_left <= 60
    monkeypatch.setattr(trainer, "_began", trainer._began - 60)
    rest = list(events)
    assert [type(event) for event in rest] == [ValidationDone, CheckpointSaved, RunEnded]
    assert ended(rest).reason == "time"


def test_checkpoints_are_saved_by_the_clock_too(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seq2seq_cli.training.trainer.CHECKPOINT_SECONDS", -1.0)
    events = make_trainer().events()
    kinds = [type(next(events)) for _ in range(5)]
    assert kinds == [RunStarted, StepDone, CheckpointSaved, StepDone, CheckpointSaved]


def test_the_average_moves_as_stated(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__average_decay=0.25)
    name, weight = next(iter(trainer.model.named_parameters()))
    expected = weight.detach().clone().double()
    events = trainer.events()
    next(events)
    for step in (1, 2, 3, 4):
        next(events)
        decay = min(0.25, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight.detach().double()
        torch.testing.assert_close(
            trainer.average.values[name].double(), expected, rtol=1e-5, atol=1e-7
        )


def test_the_average_is_what_is_scored_and_kept(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__epochs=1, training__average_decay=0.9)
    script = Scripted(trainer, [1.0])
    trainer.validator = script  # type: ignore[assignment]  # a stand-in
    run(trainer)
    kept = read_tensors(trainer.run.folder / "model.safetensors")
    for name, average in trainer.average.values.items():
        assert torch.equal(script.seen[0][name], average)
        assert torch.equal(kept.get(name, average), average)
    weights = dict(trainer.model.named_parameters())
    assert any(not torch.equal(weights[name], trainer.average.values[name]) for name in weights)


def test_swapping_gives_back_the_very_same_weights() -> None:
    model = torch.nn.Linear(2, 2)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    places = [value.data_ptr() for value in model.parameters()]
    average = WeightAverage(model, 0.9)
    for value in average.values.values():
        value.add_(1)
    with pytest.raises(RuntimeError), average.in_place():
        for name, value in model.named_parameters():
            assert torch.equal(value, before[name] + 1)
        raise RuntimeError
    assert [value.data_ptr() for value in model.parameters()] == places
    for name, value in model.named_parameters():
        assert torch.equal(value, before[name])
        assert torch.equal(average.values[name], before[name] + 1)


def test_without_an_average_nothing_is_swapped() -> None:
    model = torch.nn.Linear(2, 2)
    before = model.weight.detach().clone()
    with WeightAverage(model, 0.0).in_place():
        assert torch.equal(model.weight, before)


def test_long_pairs_are_left_out(make_trainer: MakeTrainer) -> None:
    pairs = make_trainer(training__max_length=3).pairs
    indices = np.concatenate(pairs.batches(1, 0))
    assert 0 < len(indices) == len(pairs) < len(pairs.split)
    assert pairs.split.source_lengths[indices].max() == 3


def test_a_limit_that_leaves_no_pair_is_refused(make_trainer: MakeTrainer) -> None:
    lengths = np.array([3, 9]), np.array([9, 3])
    split = SimpleNamespace(kinds=None, shards=[0], shard_lengths=lambda _: lengths)
    config = make_trainer(training__max_length=5).config
    with pytest.raises(InputError, match=r"no training pair is 5 tokens or shorter\. Raise --max"):
        TrainingPairs(split, config)  # type: ignore[arg-type]  # a stand-in


def test_the_same_seed_gives_the_same_run_and_another_does_not(
    make_trainer: MakeTrainer, tmp_path: Path
) -> None:
    def weights(name: str, **settings: Any) -> bytes:
        run(make_trainer(name, training__epochs=1, training__metric="loss", **settings))
        return (tmp_path / name / "model.safetensors").read_bytes()

    first = weights("a")
    assert weights("b") == first
    assert weights("c", training__seed=2) != first


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_optimizers_are_the_named_ones(make_trainer: MakeTrainer, optimizer: str) -> None:
    trainer = make_trainer(training__optimizer=optimizer, training__weight_decay=0.5)
    assert type(trainer.optimizer).__name__.lower() == optimizer
    assert trainer.optimizer.param_groups[0]["weight_decay"] == 0.5


def test_a_guide_is_followed_and_its_loss_is_told(
    make_trainer: MakeTrainer, copy_guide: Guide
) -> None:
    settings: dict[str, Any] = {"training__epochs": 6, "training__metric": "loss"}
    guided = run(make_trainer("guided", guide=copy_guide, training__guide_weight=9.0, **settings))
    free = run(make_trainer("free", **settings))
    started = guided[0]
    assert isinstance(started, RunStarted)
    pairs = sum(length > 0 for length in np.diff(copy_guide.links.offsets))
    assert (started.guide, started.guided_pairs) == (Path("links.txt"), pairs)
    losses = [event.guide_loss for event in guided if isinstance(event, StepDone)]
    assert losses[0] == pytest.approx(1.3, abs=0.4)  # even attention over 2 to 6 source tokens
    assert losses[-1] is not None
    assert losses[-1] < 0.6 * losses[0]
    assert {event.guide_loss for event in free if isinstance(event, StepDone)} == {None}


def test_a_guide_that_counts_nothing_changes_nothing(
    make_trainer: MakeTrainer, copy_guide: Guide, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"training__epochs": 2, "training__metric": "loss"}
    for name, guide, weight in (("free", None, 0.3), ("nought", copy_guide, 0.0)):
        events = run(make_trainer(name, guide=guide, training__guide_weight=weight, **settings))
        assert {event.guide_loss for event in events if isinstance(event, StepDone)} == {None}
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("free", "nought")]
    assert weights[0] == weights[1]


def test_without_decay_left_only_the_first_epoch_is_guided(
    make_trainer: MakeTrainer, copy_guide: Guide
) -> None:
    trainer = make_trainer(
        guide=copy_guide, training__epochs=2, training__metric="loss", training__guide_decay=0.0
    )
    steps = [event for event in run(trainer) if isinstance(event, StepDone)]
    told = [step.guide_loss is not None for step in steps if step.step_in_epoch > 1]
    assert told == [step.epoch == 1 or step.step <= 50 for step in steps if step.step_in_epoch > 1]


def test_gradients_are_clipped(make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = SimpleNamespace(norm=0.0)
    trainer = make_trainer(training__clip_norm=0.01)
    step = trainer.optimizer.step

    def watch() -> None:
        gradients = [p.grad.flatten() for p in trainer.model.parameters() if p.grad is not None]
        seen.norm = float(torch.cat(gradients).norm())
        step()

    monkeypatch.setattr(trainer.optimizer, "step", watch)
    events = trainer.events()
    next(events)
    done = next(events)
    assert isinstance(done, StepDone)
    assert done.gradient_norm > 0.01
    assert seen.norm == pytest.approx(0.01, rel=1e-3)
