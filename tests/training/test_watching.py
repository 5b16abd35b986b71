"""Watched sentences: seen at each validation by the model that it scores, and without a trace."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from seq2seq_cli.errors import InputError
from seq2seq_cli.search.attend import attend
from seq2seq_cli.search.translator import Translator, settings_of
from seq2seq_cli.training.checkpoint import newest_checkpoint
from seq2seq_cli.training.events import (
    AttentionWatched,
    CheckpointSaved,
    Event,
    RunEnded,
    StepDone,
    ValidationDone,
)
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.training.watching import (
    LONGEST,
    MOST,
    WatchedSentence,
    watched_from_json,
    watched_to_json,
)

MakeTrainer = Callable[..., Trainer]
FREE = WatchedSentence(source="bada gide moku", target=None)
GIVEN = WatchedSentence(source="bada xoku", target="gide bada")
SETTINGS = {
    "training__epochs": 2,
    "training__metric": "exact_match",
    "training__average_decay": 0.9,
    "search__validation_beam": 3,
}


def looks(events: list[Event]) -> list[AttentionWatched]:
    return [event for event in events if isinstance(event, AttentionWatched)]


def test_each_validation_is_followed_by_each_sentence(make_trainer: MakeTrainer) -> None:
    events = list(make_trainer(watch=(FREE, GIVEN), **SETTINGS).events())
    seen = [type(event) for event in events if not isinstance(event, StepDone)][1:]
    round_ = [ValidationDone, AttentionWatched, AttentionWatched, CheckpointSaved]
    assert seen == [*round_, *round_, RunEnded]
    validations = [event for event in events if isinstance(event, ValidationDone)]
    moments = [(event.step, event.epoch) for event in validations]
    assert [(look.step, look.epoch) for look in looks(events)] == [
        moment for moment in moments for _ in range(2)
    ]
    assert [(look.sentence, look.target) for look in looks(events)] == [
        (FREE.source, None),
        (GIVEN.source, GIVEN.target),
    ] * 2
    for look in looks(events)[1::2]:
        assert (look.text, look.alignment.target) == ("gide bada", ("gide", "bada", "</s>"))
        assert look.unknown.keys() == {"xoku"}
        assert look.by_piece is None
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert ended.watched


def test_what_is_seen_is_the_model_that_is_scored_and_kept(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(watch=(FREE,), **SETTINGS)
    events = list(trainer.events())
    best = next(event.best_step for event in events if isinstance(event, RunEnded))
    look = next(look for look in looks(events) if look.step == best)
    run = trainer.run
    kept = Translator(
        model=run.load_model(torch.device("cpu")), source=run.source, target=run.target
    )
    settings = settings_of(run.config.search, beam=3)
    (expected,) = attend(kept, FREE.source, settings)
    assert (look.text, look.score) == (expected.text, expected.score)
    np.testing.assert_array_equal(look.alignment.weights, expected.alignment.weights)


@pytest.mark.parametrize("metric", ["exact_match", "loss"])
def test_watching_leaves_no_trace_on_training(make_trainer: MakeTrainer, metric: str) -> None:
    settings = {**SETTINGS, "training__metric": metric, "training__validate_every": 5}
    watched = make_trainer("watched", watch=(FREE, GIVEN), **settings)
    assert len(looks(list(watched.events()))) > 4
    alone = make_trainer("alone", **settings)
    assert not looks(list(alone.events()))
    runs = (watched.run.folder, alone.run.folder)
    one, other = (newest_checkpoint(run) for run in runs)
    assert one.tensors.keys() == other.tensors.keys()
    for name, tensor in one.tensors.items():
        assert torch.equal(tensor, other.tensors[name]), name
    assert one.progress.best_step == other.progress.best_step
    weights = [(run / "model.safetensors").read_bytes() for run in runs]
    assert weights[0] == weights[1]


def test_a_model_whose_figures_are_no_numbers_is_not_looked_at(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(watch=(FREE, GIVEN))
    assert len(trainer.watcher.look(1, 1)) == 2
    with torch.no_grad():
        trainer.model.output_bias.fill_(float("nan"))
    assert trainer.watcher.look(1, 1) == []


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (" \t", None, "--watch: the sentence is blank"),
        ("bada", "", "--watch-target: the sentence is blank"),
        ("bada " * (LONGEST + 1), None, "--watch: expected .* 1,000 characters in UTF-8, found 1,"),
        ("a " * (LONGEST + 1), None, r"--watch: expected .* 1 to 200 tokens, found 201"),
        ("bada", "a " * (LONGEST + 1), r"--watch-target: .* 1 to 200 tokens, found 201"),
        ("ba\udcffda", None, "--watch: .* found bytes that are not UTF-8"),
    ],
)
def test_sentences_that_cannot_be_watched_are_refused(
    make_trainer: MakeTrainer, source: str, target: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        make_trainer(watch=(WatchedSentence(source=source, target=target),))


def test_too_many_sentences_are_refused(make_trainer: MakeTrainer) -> None:
    many = [WatchedSentence(source=f"bada {n}", target=None) for n in range(MOST + 1)]
    with pytest.raises(InputError, match="21 sentences are too many; give 20"):
        make_trainer(watch=many)


def test_what_is_watched_is_remembered_as_json() -> None:
    assert watched_from_json(watched_to_json((FREE, GIVEN)), "run.json") == (FREE, GIVEN)
    assert watched_from_json([], "run.json") == ()


@pytest.mark.parametrize(
    "value",
    [None, "bada", [5], [{}], [{"source": "a"}], [{"source": 5, "target": None}]],
)
def test_other_json_is_refused(value: object) -> None:
    with pytest.raises(InputError, match=r"^run\.json: expected"):
        watched_from_json(value, "run.json")


def test_a_hostile_sentence_is_watched(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    hostile = WatchedSentence(source="\x1b[31mbada [red]x[/red] \u202egide", target=None)
    (look,) = make_trainer(watch=(hostile,)).watcher.look(1, 1)
    assert look.sentence == hostile.source
