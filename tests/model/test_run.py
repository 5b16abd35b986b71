"""The run folder: complete in itself, and plain about what is wrong with it."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seq2seq_cli.config import ModelConfig, resolve, to_toml
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.build import save_weights
from seq2seq_cli.model.run import CONFIG, FACTS, WEIGHTS, Run, latest_run
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import train_tokenizer
from seq2seq_cli.text.vocabulary import Vocabulary


@pytest.fixture
def run(tmp_path: Path, config: Callable[..., ModelConfig]) -> Run:
    """A saved run with fresh weights; 6 source and 7 target words."""
    folder = tmp_path / "demo"
    folder.mkdir()
    settings = config(attention="luong-general").model_dump()
    values = {f"model.{key}": value for key, value in settings.items()}
    words = train_tokenizer("word", [])
    made = Run(
        folder=folder,
        resolved=resolve([("preset demo", values), ("option", {"training.seed": 7})]),
        source=Codec(words, Vocabulary(["a", "b"])),
        target=Codec(words, Vocabulary(["x", "y", "z"])),
        facts={"dataset": "s2s-data/demo", "threads": 1},
    )
    made.save()
    save_weights(folder / WEIGHTS, made.new_model().state_dict())
    return made


def test_a_run_comes_back_as_it_was(run: Run) -> None:
    opened = Run.open(run.folder)
    assert opened.config == run.config
    assert opened.resolved.origins["training.seed"] == "option"
    assert opened.resolved.origins["model.attention"] == "preset demo"
    assert opened.source.vocabulary.tokens[4:] == ("a", "b")
    assert opened.target.vocabulary.tokens[4:] == ("x", "y", "z")
    assert opened.facts["dataset"] == "s2s-data/demo"


def test_it_moves_to_another_place_alone(run: Run, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "moved"
    moved.parent.mkdir()
    run.folder.rename(moved)
    loaded = Run.open(moved).load_model(torch.device("cpu"))
    assert not loaded.training
    assert loaded.output_bias.shape == (7,)
    assert loaded.encoder.embedding.weight.shape == (6, 5)


def test_the_loaded_model_has_the_weights_that_were_saved(run: Run) -> None:
    saved = run.new_model()
    save_weights(run.folder / WEIGHTS, saved.state_dict())
    loaded = run.load_model(torch.device("cpu")).state_dict()
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in saved.state_dict().items())


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(InputError, match=r"is not a run: it has no config\.toml.*s2s train"):
            Run.open(folder)


def test_a_newer_format_is_refused(run: Run) -> None:
    path = run.folder / CONFIG
    path.write_text(path.read_text("utf-8").replace("format = 1", "format = 2"), "utf-8")
    with pytest.raises(InputError, match=r"run format 2; this s2s reads up to 1.*newer"):
        Run.open(run.folder)


def test_a_run_without_weights_says_how_to_go_on(run: Run) -> None:
    (run.folder / WEIGHTS).unlink()
    with pytest.raises(InputError, match=r"no model\.safetensors yet.*s2s train --resume --run"):
        Run.open(run.folder).load_model(torch.device("cpu"))


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b'{"a": ', b"\xff\xfe", b"[" * 200_000])
def test_damaged_facts_are_refused(run: Run, content: bytes) -> None:
    (run.folder / FACTS).write_bytes(content)
    with pytest.raises(InputError, match=r"run\.json.*damaged"):
        Run.open(run.folder)


@pytest.mark.parametrize(
    "name",
    [
        "run.json",
        "source.tokenizer.json",
        "source.vocabulary.json",
        "target.tokenizer.json",
        "target.vocabulary.json",
    ],
)
def test_a_missing_part_is_named(run: Run, name: str) -> None:
    (run.folder / name).unlink()
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        Run.open(run.folder)


def test_another_vocabulary_does_not_fit_the_weights(run: Run) -> None:
    path = run.folder / "target.vocabulary.json"
    data = json.loads(path.read_text("utf-8"))
    data["tokens"].append("one more")
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(InputError, match=r"target\.vocabulary\.json: its bytes 0 to .* differs"):
        Run.open(run.folder)
    facts = json.loads((run.folder / FACTS).read_text("utf-8"))
    del facts["files"], facts["sha256"]  # as runs were before they had checksums
    (run.folder / FACTS).write_text(json.dumps(facts), "utf-8")
    with pytest.raises(InputError, match=r"is \(7,.*expected \(8,"):
        Run.open(run.folder).load_model(torch.device("cpu"))


def test_an_edited_config_is_used_and_said(run: Run) -> None:
    path = run.folder / CONFIG
    path.write_text(path.read_text("utf-8").replace("beam = 5", "beam = 7"), "utf-8")
    opened = Run.open(run.folder)
    assert opened.config.search.beam == 7
    (warning,) = opened.warnings
    assert "config.toml is not as training wrote it" in warning
    opened.save()
    assert Run.open(run.folder).warnings == ()


def test_changed_facts_are_refused(run: Run) -> None:
    path = run.folder / FACTS
    path.write_text(path.read_text("utf-8").replace('"format": 1', '"format": 0'), "utf-8")
    with pytest.raises(InputError, match=r"run\.json does not fit its own checksum"):
        Run.open(run.folder)


def test_a_checksum_whose_name_is_damaged_is_missed(run: Run) -> None:
    path = run.folder / FACTS
    path.write_text(path.read_text("utf-8").replace('"sha256": ', '"sha254": ', 1), "utf-8")
    with pytest.raises(InputError, match=r"run\.json does not fit its own checksum"):
        Run.open(run.folder)


def test_a_link_that_leads_out_is_refused(run: Run, tmp_path: Path) -> None:
    (run.folder / "train.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"train\.log is a symbolic link that leads out"):
        Run.open(run.folder)


def test_settings_that_ask_for_all_memory_are_refused_before_it_is_taken(run: Run) -> None:
    path = run.folder / CONFIG
    sizes = {"encoder_size": 65_536, "encoder_layers": 64, "embedding_size": 65_536}
    changed = replace(run, resolved=resolve([("x", {f"model.{k}": v for k, v in sizes.items()})]))
    path.write_bytes(to_toml(changed.resolved))
    with pytest.raises(InputError, match=r"holds [\d,]+ weights, and at least 1,6.* are expected"):
        Run.open(run.folder).load_model(torch.device("cpu"))


def test_the_newest_run_is_found(tmp_path: Path) -> None:
    assert latest_run(tmp_path / "nothing") is None
    assert latest_run(tmp_path) is None
    for number, name in enumerate(["b", "c", "a"]):
        (tmp_path / name).mkdir()
        (tmp_path / name / CONFIG).write_text("format = 1\n", "utf-8")
        os.utime(tmp_path / name / CONFIG, (1_000 + number, 1_000 + number))
    (tmp_path / "no run").mkdir()
    assert latest_run(tmp_path) == tmp_path / "a"
