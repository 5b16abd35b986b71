"""The Python API, as a notebook uses it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import seq2seq_cli
from seq2seq_cli.cli.app import app
from seq2seq_cli.errors import InputError


@pytest.fixture(scope="module")
def model(copy_run: Path) -> seq2seq_cli.LoadedModel:
    return seq2seq_cli.load(copy_run, device="cpu")


def test_translate_gives_a_line_for_a_line(model: seq2seq_cli.LoadedModel) -> None:
    assert model.translate(["bada gide", "", "  ", "niro"]) == ["bada gide", "", "", "niro"]
    assert model.translate([]) == []


def test_translate_is_what_the_command_does(model: seq2seq_cli.LoadedModel, copy_run: Path) -> None:
    lines = ["bada zzz moku", "lira", "tane tane tane"]
    result = CliRunner().invoke(
        app, ["translate", "--run", str(copy_run), "--beam", "3"], input="\n".join(lines)
    )
    assert result.stdout.splitlines() == model.translate(lines, beam=3)


def test_attend_gives_tokens_weights_and_scores(model: seq2seq_cli.LoadedModel) -> None:
    found = model.attend("bada gide moku")
    alignment = found.alignment
    assert found.text == "bada gide moku"
    assert alignment.source == ("bada", "gide", "moku", "</s>")
    assert alignment.target == ("bada", "gide", "moku", "</s>")
    assert alignment.weights.shape == (4, 4)
    np.testing.assert_allclose(alignment.weights.sum(axis=1), 1, atol=1e-5)
    assert alignment.weights[:3, :3].argmax(axis=1).tolist() == [0, 1, 2]
    assert len(alignment.log_probs) == 4
    assert max(alignment.log_probs) <= 0
    assert found.unknown == {}


def test_a_target_is_forced(model: seq2seq_cli.LoadedModel) -> None:
    own, forced = model.attend("bada gide"), model.attend("bada gide", target="bada gide")
    np.testing.assert_allclose(forced.alignment.weights, own.alignment.weights, atol=1e-5)
    assert forced.score == pytest.approx(own.score, abs=1e-5)
    other = model.attend("bada gide", target="niro niro niro")
    assert other.alignment.target == ("niro", "niro", "niro", "</s>")
    assert sum(other.alignment.log_probs) < sum(own.alignment.log_probs) - 1


def test_unknown_words_come_with_the_closest(model: seq2seq_cli.LoadedModel) -> None:
    found = model.attend("bada xoku")
    assert found.unknown["xoku"][0] == "moku"
    assert found.alignment.source_known == (True, False, True)


def test_a_blank_line_has_nothing_to_attend_to(model: seq2seq_cli.LoadedModel) -> None:
    with pytest.raises(InputError, match="the sentence is blank"):
        model.attend("  ")


def test_a_run_moves_alone(copy_run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(copy_run, tmp_path / "elsewhere")
    shutil.rmtree(moved / "checkpoints")
    assert seq2seq_cli.load(str(moved)).translate(["gide"]) == ["gide"]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a run"):
        seq2seq_cli.load(tmp_path)


def test_a_device_that_is_not_there_is_refused(
    copy_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match="--device cuda: there is none here"):
        seq2seq_cli.load(copy_run, device="cuda")
