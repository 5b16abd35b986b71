"""A loss or gradient that is no number changes no weight, is told, and does not go on for ever."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from test_resume import assert_same_end, follow

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.training import gradients
from seq2seq_cli.training.checkpoint import newest_checkpoint
from seq2seq_cli.training.events import StepDone, StepSkipped
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.views.event_lines import format_event

MakeTrainer = Callable[..., Trainer]
SETTINGS = {"training__epochs": 3, "training__metric": "loss", "training__average_decay": 0.5}


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the loss of every batch that holds one of some pairs bad."""
    whole = gradients.batch_loss

    def make(pairs: Iterable[int], *, factor: float = float("nan"), forward: bool = True) -> None:
        bad = set(pairs)

        def batch_loss(model: Any, batch: Batch, **options: Any) -> tuple[torch.Tensor, ...]:
            smoothed, plain = whole(model, batch, **options)
            if not bad & set(batch.indices):
                return smoothed, plain
            if forward:
                return smoothed * factor, plain
            smoothed.register_hook(lambda gradient: gradient * factor)
            return smoothed, plain

        monkeypatch.setattr(gradients, "batch_loss", batch_loss)

    return make


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
@pytest.mark.parametrize("forward", [True, False], ids=["loss", "gradient"])
def test_a_bad_step_changes_nothing_and_names_its_pairs(
    make_trainer: MakeTrainer, spoil: Callable[..., None], factor: float, forward: bool
) -> None:
    trainer = make_trainer(**SETTINGS)
    spoil([int(trainer.batches[1][0])], factor=factor, forward=forward)
    events = trainer.events()
    next(events)
    assert isinstance(next(events), StepDone)
    before = {name: value.clone() for name, value in trainer.state.tensors().items()}
    skipped = next(events)
    assert isinstance(skipped, StepSkipped)
    assert (skipped.step, skipped.what) == (2, "loss" if forward else "gradient")
    assert skipped.pairs == tuple(int(index) + 1 for index in trainer.batches[1])
    assert (skipped.skipped, skipped.allowed) == (1, 10)
    for name, value in trainer.state.tensors().items():
        assert name == "random.cpu" or torch.equal(value, before[name]), name
    words = format_event(skipped) or ""
    assert f"step 2 (epoch 1) was left out, as its {skipped.what} is not a finite" in words
    assert f": {skipped.pairs[0]}, " in words
    following = next(events)
    assert isinstance(following, StepDone)
    assert following.loss == following.loss


def test_with_bad_steps_too_a_resumed_run_ends_the_same(
    make_trainer: MakeTrainer, spoil: Callable[..., None]
) -> None:
    spoil([3])
    whole = make_trainer("whole", **SETTINGS)
    follow(whole)
    assert whole.progress.bad_steps == 3
    steps = len(whole.batches)
    stopped = make_trainer("stopped", **SETTINGS)
    for stop in (2, steps + 1, 2 * steps + 4):
        follow(stopped, until=stop)
        stopped = make_trainer("stopped", resume=True, **SETTINGS)
    follow(stopped)
    assert_same_end(whole.run.folder, stopped.run.folder)
    lines = map(json.loads, (whole.run.folder / "metrics.jsonl").read_text("utf-8").splitlines())
    skipped = [line for line in lines if line["event"] == "skipped"]
    assert len(skipped) == 3
    assert all(4 in line["pairs"] for line in skipped)


def test_one_bad_step_too_many_ends_the_run_with_good_weights(
    make_trainer: MakeTrainer, spoil: Callable[..., None], tmp_path: Path
) -> None:
    trainer = make_trainer(**SETTINGS, training__max_bad_steps=2)
    spoil(range(2000))
    ended = follow(trainer)
    assert ended is not None
    assert (ended.reason, ended.step) == ("bad-numbers", 3)
    found = newest_checkpoint(trainer.run.folder)
    assert (found.progress.step, found.progress.bad_steps) == (3, 3)
    fresh = make_trainer("fresh", **SETTINGS).model.state_dict()
    for name, value in fresh.items():
        if f"model.{name}" in found.tensors:
            assert torch.equal(found.tensors[f"model.{name}"], value)
