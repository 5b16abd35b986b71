"""A run that was stopped and went on is, bit for bit, the run that was never stopped."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq_cli.batching.arrays import Shards, Sides
from seq2seq_cli.batching.sampler import window_order
from seq2seq_cli.errors import InputError
from seq2seq_cli.training.checkpoint import list_checkpoints, newest_checkpoint
from seq2seq_cli.training.events import RunEnded, RunStarted, StepDone, ValidationDone
from seq2seq_cli.training.guide import Guide
from seq2seq_cli.training.record import Record
from seq2seq_cli.training.trainer import Trainer

MakeTrainer = Callable[..., Trainer]
CLOCK = {"seconds", "seconds_left", "tokens_per_second"}
"""What a record holds that depends on the clock."""
EPOCHS = {
    "training__epochs": 4,
    "training__decay_patience": 0,
    "training__schedule": "plateau",
    "training__metric": "exact_match",
}
"""Exact match is 0 for a while, so that the plateau comes down."""
AVERAGED = {"training__epochs": 3, "training__metric": "loss", "training__average_decay": 0.5}


def follow(trainer: Trainer, *, until: int = 10**9) -> RunEnded | None:
    """Train with a record, asking for an end at step `until`."""
    record = Record(trainer.run.folder)
    for event in trainer.events():
        record.write(event)
        if isinstance(event, StepDone) and event.step >= until:
            trainer.stop()
        if isinstance(event, RunEnded):
            return event
    return None


def metrics_of(run: Path) -> list[dict[str, Any]]:
    """The lines of `metrics.jsonl` without what depends on the clock."""
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    return [{key: value for key, value in line.items() if key not in CLOCK} for line in lines]


def assert_same_end(one: Path, other: Path) -> None:
    assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()
    assert metrics_of(one) == metrics_of(other)
    left, right = newest_checkpoint(one), newest_checkpoint(other)
    assert left.tensors.keys() == right.tensors.keys()
    for name, tensor in left.tensors.items():
        assert torch.equal(tensor, right.tensors[name]), name
    for progress in (left.progress, right.progress):
        progress.seconds = progress.recent.seconds = 0.0
    assert left.progress == right.progress


@pytest.mark.parametrize("decay", [0.0, 0.9], ids=["plain", "average"])
def test_interrupted_and_resumed_ends_the_same(make_trainer: MakeTrainer, decay: float) -> None:
    settings = {**EPOCHS, "training__average_decay": decay}
    whole = make_trainer("whole", **settings)
    steps = len(whole.course.batches)
    ended = follow(whole)
    assert ended is not None
    assert ended.reason == "epochs"
    assert whole.schedule.factor < 1
    # Stops at the first step, inside an epoch, at its end, twice in another, before the last step.
    stopped = make_trainer("stopped", **settings)
    for stop in (1, steps // 2, steps, steps + 2, steps + 3, 4 * steps - 1):
        interrupted = follow(stopped, until=stop)
        assert interrupted is not None
        assert (interrupted.reason, interrupted.step) == ("interrupted", stop)
        stopped = make_trainer("stopped", resume=True, **settings)
    follow(stopped)
    assert_same_end(whole.run.folder, stopped.run.folder)


def test_a_guided_run_ends_the_same(make_trainer: MakeTrainer, copy_guide: Guide) -> None:
    settings = {**EPOCHS, "training__guide_weight": 0.7, "training__guide_decay": 0.5}
    whole = make_trainer("whole", guide=copy_guide, **settings)
    steps = len(whole.course.batches)
    follow(whole)
    assert newest_checkpoint(whole.run.folder).progress.recent.guided_tokens > 0
    stopped = make_trainer("stopped", guide=copy_guide, **settings)
    for stop in (steps // 2, steps, 2 * steps + 1):
        follow(stopped, until=stop)
        stopped = make_trainer("stopped", resume=True, guide=copy_guide, **settings)
    follow(stopped)
    assert_same_end(whole.run.folder, stopped.run.folder)
    unguided = make_trainer("unguided", **settings)
    follow(unguided)
    weights = [(one.run.folder / "model.safetensors").read_bytes() for one in (whole, unguided)]
    assert weights[0] != weights[1]


def test_in_the_middle_of_a_window_too(make_trainer: MakeTrainer, copy_shards: Path) -> None:
    settings = {**EPOCHS, "training__schedule": "linear", "folder": copy_shards}
    settings["training__batch_sentences"] = 32
    whole = make_trainer("whole", **settings)
    steps = sum(len(whole.pairs.batches(1, done)) for done in range(whole.pairs.windows))
    first = len(whole.course.batches)
    follow(whole)
    assert whole.progress.window + 1 == whole.pairs.windows > 2
    stopped = make_trainer("stopped", **settings)
    # In a window and at its end, likewise in the last one of an epoch, and in the next epoch.
    for stop in (first - 1, first, first + 2, steps - 1, steps, steps + 1, 3 * steps + first):
        follow(stopped, until=stop)
        stopped = make_trainer("stopped", resume=True, **settings)
    follow(stopped)
    assert_same_end(whole.run.folder, stopped.run.folder)


def test_a_run_that_copies_ends_the_same(make_trainer: MakeTrainer, copy_guide: Guide) -> None:
    settings = {"model__copying": True, "training__epochs": 2}
    whole = make_trainer("whole", guide=copy_guide, **settings)
    steps = len(whole.course.batches)
    whole.try_memory()
    follow(whole)
    stopped = make_trainer("stopped", guide=copy_guide, **settings)
    follow(stopped, until=steps + 1)
    stopped = make_trainer("stopped", resume=True, guide=copy_guide, **settings)
    follow(stopped)
    assert_same_end(whole.run.folder, stopped.run.folder)


def test_going_on_reads_no_window_that_is_done(
    make_trainer: MakeTrainer, copy_shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"folder": copy_shards, "training__batch_sentences": 16}
    stopped = make_trainer(**settings)
    first = len(stopped.course.batches)
    follow(stopped, until=first + 2)
    read: list[int] = []
    whole = Shards.read

    def watched(shards: Shards, number: int) -> Sides:
        if len(shards) > 1:
            read.append(number)
        return whole(shards, number)

    monkeypatch.setattr(Shards, "read", watched)
    resumed = make_trainer(resume=True, **settings)
    assert (resumed.progress.window, resumed.progress.batch) == (1, 2)
    assert resumed.progress.batches_before == first
    assert set(read) == {window_order(resumed.pairs.windows, seed=1, epoch=1)[1]}


def test_with_bad_steps_too_a_resumed_run_ends_the_same(
    make_trainer: MakeTrainer, spoil: Callable[..., None]
) -> None:
    spoil([3])
    whole = make_trainer("whole", **AVERAGED)
    follow(whole)
    assert whole.progress.bad_steps == 3
    steps = len(whole.course.batches)
    stopped = make_trainer("stopped", **AVERAGED)
    for stop in (2, steps + 1, 2 * steps + 4):
        follow(stopped, until=stop)
        stopped = make_trainer("stopped", resume=True, **AVERAGED)
    follow(stopped)
    assert_same_end(whole.run.folder, stopped.run.folder)
    lines = map(json.loads, (whole.run.folder / "metrics.jsonl").read_text("utf-8").splitlines())
    skipped = [line for line in lines if line["event"] == "skipped"]
    assert len(skipped) == 3
    assert all(4 in line["pairs"] for line in skipped)


def test_a_crash_between_checkpoints_costs_nothing_but_time(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {**EPOCHS, "training__average_decay": 0.5, "training__validate_every": 7}
    whole = make_trainer("whole", **settings)
    follow(whole)
    crashed = make_trainer("crashed", **settings)
    monkeypatch.setattr("seq2seq_cli.training.trainer.CHECKPOINT_SECONDS", 0.02)
    record = Record(crashed.run.folder)
    for event in crashed.events():
        record.write(event)
        if isinstance(event, ValidationDone) and event.step >= 14:
            break  # the best model and the record are ahead of the newest checkpoint
    assert newest_checkpoint(crashed.run.folder).progress.step < 14
    resumed = make_trainer("crashed", resume=True, **settings)
    started = next(resumed.events())
    assert isinstance(started, RunStarted)
    assert 0 < started.resumed_step < 14
    follow(make_trainer("crashed", resume=True, **settings))
    assert_same_end(whole.run.folder, crashed.run.folder)


def test_a_damaged_newest_checkpoint_is_passed_over(make_trainer: MakeTrainer) -> None:
    whole = make_trainer("whole", **EPOCHS)
    follow(whole)
    damaged = make_trainer("damaged", **EPOCHS)
    follow(damaged, until=2 * len(damaged.course.batches) + 1)
    newest = list_checkpoints(damaged.run.folder)[-1]
    (newest / "state.safetensors").write_bytes(b"")
    resumed = make_trainer("damaged", resume=True, **EPOCHS)
    assert len(resumed.passed_over) == 1
    assert str(newest) in resumed.passed_over[0]
    assert resumed.progress.step < 2 * len(damaged.course.batches) + 1
    follow(resumed)
    assert_same_end(whole.run.folder, damaged.run.folder)


def test_patience_and_best_score_go_on(make_trainer: MakeTrainer) -> None:
    settings = {"training__patience": 3, "training__metric": "exact_match"}
    settings["training__learning_rate"] = 1e-9  # nothing is learned: no validation improves
    whole = make_trainer("whole", **settings)
    ended = follow(whole)
    assert ended is not None
    assert (ended.reason, ended.step) == ("early-stopping", 4 * len(whole.course.batches))
    stopped = make_trainer("stopped", **settings)
    follow(stopped, until=2 * len(whole.course.batches) + 1)
    follow(make_trainer("stopped", resume=True, **settings))
    assert_same_end(whole.run.folder, stopped.run.folder)


def test_a_finished_run_ends_again_at_once(make_trainer: MakeTrainer) -> None:
    first = make_trainer(training__epochs=1, training__metric="loss")
    ended = follow(first)
    before = (first.run.folder / "model.safetensors").read_bytes()
    again = make_trainer(resume=True, training__epochs=1, training__metric="loss")
    events = list(again.events())
    assert [type(event) for event in events] == [RunStarted, RunEnded]
    last = events[-1]
    assert isinstance(last, RunEnded)
    assert ended is not None
    assert (last.reason, last.step, last.best_score) == ("epochs", ended.step, ended.best_score)
    assert (first.run.folder / "model.safetensors").read_bytes() == before


def test_more_epochs_go_on(make_trainer: MakeTrainer) -> None:
    settings = {"training__schedule": "constant", "training__metric": "loss"}
    whole = make_trainer("whole", training__epochs=2, **settings)
    follow(whole)
    longer = make_trainer("longer", training__epochs=1, **settings)
    follow(longer)
    follow(make_trainer("longer", resume=True, training__epochs=2, **settings))
    assert_same_end(whole.run.folder, longer.run.folder)


def test_settings_that_no_longer_fit_are_named(make_trainer: MakeTrainer) -> None:
    follow(make_trainer(training__epochs=1, training__metric="loss"))
    with pytest.raises(InputError, match=r"has another shape of 'model\..*config\.toml"):
        make_trainer(resume=True, model__embedding_size=9)
    with pytest.raises(InputError, match=r"has no 'average\."):
        make_trainer(resume=True, training__average_decay=0.9)
