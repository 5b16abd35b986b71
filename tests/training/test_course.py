"""The way through pairs that are in shards: each once, in windows, with an end that is known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.training.events import (
    RunEnded,
    RunStarted,
    StepDone,
    StepSkipped,
    ValidationDone,
)
from seq2seq_cli.training.pairs import TrainingPairs
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.views.event_lines import format_event

MakeTrainer = Callable[..., Trainer]


def windows_of(pairs: TrainingPairs, epoch: int) -> list[list[list[int]]]:
    """The batches of each window of an epoch, in order."""
    return [
        [batch.tolist() for batch in pairs.batches(epoch, done)] for done in range(pairs.windows)
    ]


def taken(trainer: Trainer, epochs: int) -> list[list[int]]:
    """The batches that a course really gives."""
    found = []
    while not (trainer.course.epoch_is_over and trainer.progress.epoch == epochs):
        found.append(trainer.course.next().tolist())
        trainer.course.pass_on()
    return found


def test_each_pair_comes_once_in_an_epoch(make_trainer: MakeTrainer, copy_shards: Path) -> None:
    trainer = make_trainer(folder=copy_shards)
    one, other = (windows_of(trainer.pairs, epoch) for epoch in (1, 2))
    for windows in (one, other):
        indices = [index for window in windows for batch in window for index in batch]
        assert sorted(indices) == list(range(len(trainer.pairs.split)))
        starts = trainer.pairs.split.shards.starts
        for window in windows:
            shards = {np.searchsorted(starts, i, side="right") for batch in window for i in batch}
            assert len(shards) == 1, "a window is read from one shard"
    assert one != other
    given = taken(trainer, epochs=2)
    assert given == [batch for windows in (one, other) for window in windows for batch in window]


def test_the_way_follows_from_the_seed(make_trainer: MakeTrainer, copy_shards: Path) -> None:
    one, same, other = (
        taken(make_trainer(name, folder=copy_shards, training__seed=seed), epochs=2)
        for name, seed in (("a", 4), ("b", 4), ("c", 5))
    )
    assert one == same
    assert one != other


def test_windows_without_usable_pairs_are_passed_over(
    make_trainer: MakeTrainer, copy_data: Path, shard_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    folder = shard_dataset(copy_data, tmp_path / "sorted", pairs=100, by_length=True)
    settings = {"training__max_length": 2, "training__epochs": 3, "training__metric": "loss"}
    trainer = make_trainer(folder=folder, **settings)
    plain = make_trainer("plain", **settings)
    counts = [len(batches) for batches in windows_of(trainer.pairs, 1)]
    assert 0 in counts
    assert sum(counts) > 0
    assert len(trainer.pairs) == len(plain.pairs)
    events = list(trainer.events())
    validations = [event.epoch for event in events if isinstance(event, ValidationDone)]
    assert validations == [1, 2, 3]
    assert isinstance(events[-1], RunEnded)
    assert events[-1].reason == "epochs"


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_schedule_ends_with_the_last_step(
    make_trainer: MakeTrainer, copy_shards: Path, schedule: str
) -> None:
    trainer = make_trainer(
        folder=copy_shards,
        training__epochs=2,
        training__schedule=schedule,
        training__batch_sentences=0,
        training__batch_tokens=50,
        training__warmup_steps=4,
        training__metric="loss",
    )
    expected = trainer.course.total_steps(2)
    events = list(trainer.events())
    steps = [event for event in events if isinstance(event, StepDone)]
    rates = [step.learning_rate for step in steps]
    assert rates[3] == max(rates)
    assert rates[-1] == pytest.approx(0.0, abs=1e-9)
    assert all(rate > 0 for rate in rates[:-1])
    assert abs(expected - len(steps)) < 0.15 * len(steps)
    assert steps[-1].seconds_left == 0


def test_what_is_told_of_steps(make_trainer: MakeTrainer, copy_shards: Path) -> None:
    trainer = make_trainer(folder=copy_shards, training__epochs=1, training__metric="loss")
    batches = sum(map(len, windows_of(trainer.pairs, 1)))
    events = list(trainer.events())
    started = events[0]
    assert isinstance(started, RunStarted)
    assert started.windows == trainer.pairs.windows == 5
    about = f"at most 1 epochs of about {started.steps_per_epoch:,} steps"
    assert about in (format_event(started) or "")
    steps = [event.step_in_epoch for event in events if isinstance(event, StepDone)]
    assert steps == list(range(1, batches + 1))


def test_a_bad_step_names_file_and_lines(
    make_trainer: MakeTrainer, copy_shards: Path, spoil: Callable[..., None]
) -> None:
    spoil([203])
    trainer = make_trainer(folder=copy_shards, training__epochs=1, training__metric="loss")
    skipped = [event for event in trainer.events() if isinstance(event, StepSkipped)]
    assert len(skipped) == 1
    assert skipped[0].file == "train.00001.source.txt"
    assert 204 - 120 in skipped[0].pairs
    assert max(skipped[0].pairs) <= 120
    assert "lines of train.00001.source.txt in it: " in (format_event(skipped[0]) or "")


@pytest.mark.parametrize("sizes", [{"sentences": 0, "tokens": 60}, {"sentences": 32, "tokens": 1}])
@pytest.mark.parametrize("longest", [1_000, 4])
def test_the_largest_batch_is_as_large_as_that_of_the_plain_split(
    make_trainer: MakeTrainer, copy_shards: Path, sizes: dict[str, int], longest: int
) -> None:
    settings = {f"training__batch_{name}": size for name, size in sizes.items()}
    settings["training__max_length"] = longest
    one = make_trainer("one", folder=copy_shards, **settings).pairs
    other = make_trainer("other", **settings).pairs
    found = [pairs.lengths(pairs.largest()) for pairs in (one, other)]
    assert [lengths.tolist() for lengths in found[0]] == [lengths.tolist() for lengths in found[1]]
    batch = one.batch(one.largest()[:5])
    assert batch.target_tokens == int((found[0][1][:5] + 1).sum())


def test_the_largest_batch_is_tried_without_a_trace(
    make_trainer: MakeTrainer, copy_shards: Path
) -> None:
    def first_step(trainer: Trainer) -> tuple[float, float]:
        step = next(event for event in trainer.events() if isinstance(event, StepDone))
        return step.loss, step.gradient_norm

    tried = make_trainer("tried", folder=copy_shards)
    tried.try_memory()
    assert tried.memory is not None
    assert tried.memory.needed > 10e6
    found = first_step(tried)
    assert found == first_step(make_trainer("other", folder=copy_shards))


def test_damage_is_found_when_training_comes_to_it(
    make_trainer: MakeTrainer, copy_shards: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    for path in copy_shards.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    trainer = make_trainer(folder=folder, training__metric="loss")
    starts = trainer.pairs.split.shards.starts
    second = int(np.searchsorted(starts, trainer.pairs.batches(1, 1)[0][0], side="right")) - 1
    path = folder / f"train.{second:05d}.source.tokens.npy"
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    fresh = make_trainer(folder=folder, training__metric="loss")
    steps = 0
    with pytest.raises(InputError, match=f"{path.name}: its bytes 0 to"):
        for event in fresh.events():
            steps += isinstance(event, StepDone)
    assert steps == len(windows_of(trainer.pairs, 1)[0])
