"""A loss or gradient that is no number changes no weight, is told, and does not go on for ever."""

from collections.abc import Callable

import pytest
import torch

from seq2seq_cli.training.checkpoint import newest_checkpoint
from seq2seq_cli.training.events import RunEnded, StepDone, StepSkipped
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.views.event_lines import format_event

MakeTrainer = Callable[..., Trainer]
SETTINGS = {"training__epochs": 3, "training__metric": "loss", "training__average_decay": 0.5}


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
@pytest.mark.parametrize("forward", [True, False], ids=["loss", "gradient"])
def test_a_bad_step_changes_nothing_and_names_its_pairs(
    make_trainer: MakeTrainer, spoil: Callable[..., None], factor: float, forward: bool
) -> None:
    trainer = make_trainer(**SETTINGS)
    spoil([int(trainer.course.batches[1][0])], factor=factor, forward=forward)
    events = trainer.events()
    next(events)
    assert isinstance(next(events), StepDone)
    before = {name: value.clone() for name, value in trainer.state.tensors().items()}
    skipped = next(events)
    assert isinstance(skipped, StepSkipped)
    assert (skipped.step, skipped.what) == (2, "loss" if forward else "gradient")
    assert skipped.pairs == tuple(int(index) + 1 for index in trainer.course.batches[1])
    assert (skipped.skipped, skipped.allowed) == (1, 10)
    for name, value in trainer.state.tensors().items():
        assert name == "random.cpu" or torch.equal(value, before[name]), name
    words = format_event(skipped) or ""
    assert f"step 2 (epoch 1) was left out, as its {skipped.what} is not a finite" in words
    assert f": {skipped.pairs[0]}, " in words
    following = next(events)
    assert isinstance(following, StepDone)
    assert following.loss == following.loss


def test_one_bad_step_too_many_ends_the_run_with_good_weights(
    make_trainer: MakeTrainer, spoil: Callable[..., None]
) -> None:
    trainer = make_trainer(**SETTINGS, training__max_bad_steps=2)
    spoil(range(2000))
    ended = list(trainer.events())[-1]
    assert isinstance(ended, RunEnded)
    assert (ended.reason, ended.step) == ("bad-numbers", 3)
    found = newest_checkpoint(trainer.run.folder)
    assert (found.progress.step, found.progress.bad_steps) == (3, 3)
    fresh = make_trainer("fresh", **SETTINGS).model.state_dict()
    for name, value in fresh.items():
        if f"model.{name}" in found.tensors:
            assert torch.equal(found.tensors[f"model.{name}"], value)
