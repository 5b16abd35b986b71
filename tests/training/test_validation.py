"""The score in training is the score of `evaluate`, and of sacreBLEU by hand."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sacrebleu
import torch
from typer.testing import CliRunner

from seq2seq_cli.cli.app import app
from seq2seq_cli.scoring.health import attention_health
from seq2seq_cli.search.translator import settings_of
from seq2seq_cli.text.vocabulary import EOS
from seq2seq_cli.training.events import RunEnded, ValidationDone
from seq2seq_cli.training.trainer import Trainer

MakeTrainer = Callable[..., Trainer]
KEYS = {"bleu": "bleu", "chrf": "chrf", "exact_match": "exact_match"}


def evaluated(run: Path, data: Path, *options: str) -> dict[str, dict[str, float]]:
    arguments = ["evaluate", str(run), "--data", str(data), "--split", "valid", "--threads", "1"]
    result = CliRunner().invoke(app, [*arguments, "--json", *options])
    assert result.exit_code == 0, result.output
    found: dict[str, dict[str, float]] = json.loads(result.stdout)["valid"]
    return found


@pytest.mark.parametrize("metric", list(KEYS))
def test_the_score_in_training_is_that_of_evaluate(
    make_trainer: MakeTrainer, copy_data: Path, metric: str
) -> None:
    beam = 3 if metric == "chrf" else 1
    trainer = make_trainer(
        training__metric=metric,
        training__epochs=6,
        training__batch_sentences=16,
        training__average_decay=0.8,
        search__validation_beam=beam,
    )
    *_, ended = trainer.events()
    assert isinstance(ended, RunEnded)
    assert 0 < ended.best_score < 100
    facts = evaluated(trainer.run.folder, copy_data, "--beam", str(beam))
    assert facts[KEYS[metric]]["score"] == ended.best_score
    folder = trainer.run.folder / "evaluation" / "valid"
    written = [
        (folder / name).read_text("utf-8").splitlines()
        for name in ("hypotheses.txt", "references.txt")
    ]
    hypotheses, references = written
    assert len(hypotheses) == len(references) == facts["count"]
    by_hand = {
        "bleu": sacrebleu.corpus_bleu(hypotheses, [references]).score,
        "chrf": sacrebleu.corpus_chrf(hypotheses, [references]).score,
        "exact_match": 100 * sum(map(str.__eq__, hypotheses, references)) / len(references),
    }
    assert by_hand[metric] == ended.best_score


def test_the_loss_is_the_mean_over_tokens_whatever_the_batches(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__epochs=1, training__metric="loss")
    validation = next(e for e in trainer.events() if isinstance(e, ValidationDone))
    model, valid = trainer.model.eval(), trainer.valid
    total = tokens = 0.0
    with torch.no_grad():
        for index in range(len(valid)):
            source = torch.tensor([[*valid.source(index).tolist(), 2]])
            target = valid.target(index).tolist()
            steps = torch.tensor([len(target) + 1])
            fed = torch.tensor([[1, *target]])
            decoded = model(source, torch.tensor([source.size(1)]), fed, steps)
            logits = decoded.features @ model.output_weight.t() + model.output_bias
            wanted = torch.tensor([*target, 2])
            total += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            tokens += len(wanted)
    assert validation.loss == pytest.approx(total / tokens, rel=1e-5)
    assert validation.score == validation.loss


def test_the_example_is_a_line_of_the_split_and_changes(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(
        training__epochs=1, training__validate_every=1, training__metric="exact_match"
    )
    lines = trainer.valid.source_lines()
    references = trainer.valid.target_lines()
    shown = [e.example for e in trainer.events() if isinstance(e, ValidationDone)]
    assert len(shown) > 3
    assert len({example.source for example in shown if example}) > 3
    for step, example in enumerate(shown, start=1):
        assert example is not None
        assert example.source == lines[step % len(lines)]
        assert example.reference == references[step % len(lines)]


def test_validation_leaves_no_trace_on_training(make_trainer: MakeTrainer) -> None:
    settings = {"training__epochs": 1, "training__schedule": "constant", "model__dropout": 0.5}
    often = make_trainer("often", training__validate_every=1, training__patience=99, **settings)
    list(often.events())
    once = make_trainer("once", **settings)
    list(once.events())
    for one, other in zip(often.model.parameters(), once.model.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("metric", ["exact_match", "loss"])
def test_attention_is_measured_in_training(make_trainer: MakeTrainer, metric: str) -> None:
    """By hand from each pair alone, so that batches and their padding make no difference."""
    trainer = make_trainer(training__epochs=1, training__metric=metric)
    validation = next(e for e in trainer.events() if isinstance(e, ValidationDone))
    translator, valid = trainer.validator.translator, trainer.valid
    translator.model.eval()
    settings = settings_of(trainer.config.search, beam=1)
    matrices = []
    for line, reference in zip(valid.source_lines(), valid.target_lines(), strict=True):
        if metric == "loss":
            found = translator.force(line, reference, settings)
        else:
            ((found,),) = translator.translate([line], settings)
        ids, weights = found.hypothesis.ids, found.hypothesis.weights
        matrices.append(weights[:-1] if ids[-1] == EOS else weights)
    expected = attention_health(matrices)
    assert validation.attention is not None
    assert expected is not None
    found_figures, figures = validation.attention.to_json(), expected.to_json()
    assert found_figures.pop("collapse") == figures.pop("collapse")
    assert found_figures == pytest.approx(figures, rel=1e-4)


def test_a_model_without_attention_has_none_to_measure(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(training__epochs=1, model__attention="none")
    validation = next(e for e in trainer.events() if isinstance(e, ValidationDone))
    assert validation.attention is None
