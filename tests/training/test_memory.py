"""The largest batch is tried first; what does not fit is refused, or halved."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.training import gradients, memory
from seq2seq_cli.training.events import BatchHalved, StepDone
from seq2seq_cli.training.guide import Guide
from seq2seq_cli.training.trainer import Trainer

MakeTrainer = Callable[..., Trainer]


@pytest.mark.parametrize("sentences", [0, 32])
def test_no_batch_of_an_epoch_needs_more_than_the_largest(
    make_trainer: MakeTrainer, sentences: int
) -> None:
    pairs = make_trainer(training__batch_sentences=sentences, training__batch_tokens=100).pairs
    sources, targets = pairs.split.source_lengths + 1, pairs.split.target_lengths + 1

    def cells(batch: np.ndarray) -> int:
        return int(targets[batch].sum() * sources[batch].max())

    largest = pairs.largest()
    assert len(set(largest.tolist())) == len(largest)
    most = max(cells(batch) for epoch in range(1, 6) for batch in pairs.batches(epoch, 0))
    assert most <= cells(largest) <= 1.2 * most


def test_trying_changes_nothing_and_is_told(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__average_decay=0.5)
    before = {name: value.clone() for name, value in trainer.state.tensors().items()}
    trainer.try_memory()
    after = trainer.state.tensors()
    assert before.keys() == after.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(value.grad is None for value in trainer.model.parameters())
    assert trainer.memory is not None
    assert trainer.memory.limit is not None
    assert 10e6 < trainer.memory.needed < trainer.memory.limit


@pytest.mark.parametrize("copying", [False, True])
def test_the_estimate_is_what_the_whole_batch_takes(
    make_trainer: MakeTrainer, copying: bool
) -> None:
    sizes = {"model__encoder_size": 64, "model__decoder_size": 128, "model__attention_size": 64}
    trainer = make_trainer(**sizes, model__copying=copying, training__batch_sentences=256)
    largest = trainer.pairs.largest()
    whole = memory._peak(trainer.gradients, largest)
    parts = [memory._peak(trainer.gradients, largest[:size]) for size in (32, 64)]
    line = parts[1] + (parts[1] - parts[0]) / 32 * (len(largest) - 64)
    assert whole <= line <= 1.5 * whole


def test_too_little_memory_is_refused_with_what_fits(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 20_000_000)
    with pytest.raises(
        InputError, match=r"GB.*there are 0\.0 GB.*--batch-sentences \d+ \(now 64\)"
    ):
        make_trainer().try_memory()


class SmallDevice:
    """In the place of `batch_loss`: a device that has room for so many target tokens."""

    def __init__(self, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room, self.sizes = room, list[int]()
        self.whole = gradients.batch_loss
        monkeypatch.setattr(gradients, "batch_loss", self)

    def __call__(self, model: Any, batch: Batch, **options: Any) -> tuple[torch.Tensor, ...]:
        found = self.whole(model, batch, **options)  # it draws random numbers first
        if batch.target_tokens > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        self.sizes.append(len(batch.indices))
        return found


def test_a_batch_that_does_not_fit_is_halved_and_its_gradient_is_the_same(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(model__dropout=0.0)
    batch = trainer.course.batches[0]
    whole = trainer.gradients.of(batch, 1)
    expected = [value.grad.clone() for value in trainer.model.parameters()]
    device = SmallDevice(whole.tokens // 3, monkeypatch)
    halved = trainer.gradients.of(batch, 1)
    assert device.sizes == [16, 16, 16, 16]
    assert halved.tokens == whole.tokens
    assert halved.smoothed == pytest.approx(whole.smoothed)
    for value, gradient in zip(trainer.model.parameters(), expected, strict=True):
        torch.testing.assert_close(value.grad, gradient)


def test_halving_keeps_the_guide(make_trainer: MakeTrainer, copy_guide: Guide) -> None:
    trainer = make_trainer(guide=copy_guide, model__dropout=0.0)
    batch = trainer.course.batches[0]
    whole = trainer.gradients.of(batch, 1)
    expected = [value.grad.clone() for value in trainer.model.parameters()]
    trainer.gradients._too_many_cells = trainer.gradients._cells(batch) / 2.5
    parts = trainer.gradients.of(batch, 1)
    assert (parts.guided_tokens, trainer.gradients.parts) == (whole.guided_tokens, 3)
    assert parts.guide == pytest.approx(whole.guide)
    for value, gradient in zip(trainer.model.parameters(), expected, strict=True):
        torch.testing.assert_close(value.grad, gradient)


def test_a_run_on_a_small_device_goes_on_and_says_so_once(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(training__epochs=2, training__metric="loss")
    tokens = [trainer.pairs.batch(batch).target_tokens for batch in trainer.course.batches]
    SmallDevice(max(tokens) - 1, monkeypatch)
    events = list(trainer.events())
    halved = [event for event in events if isinstance(event, BatchHalved)]
    assert (halved[0].step, halved[0].parts) == (tokens.index(max(tokens)) + 1, 2)
    assert len(halved) == 1
    assert sum(isinstance(event, StepDone) for event in events) == 2 * len(trainer.course.batches)


def test_where_no_pair_fits_the_run_ends(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SmallDevice(0, monkeypatch)
    with pytest.raises(WorkError, match=r"even for one pair at a time.*--max-length"):
        make_trainer().try_memory()
