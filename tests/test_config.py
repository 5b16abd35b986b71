"""Settings: who wins, where values come from, and what is said about wrong ones."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from seq2seq_cli.config import (
    MOST_CONFIG_BYTES,
    Config,
    ModelConfig,
    TrainingConfig,
    preset_names,
    read_config_file,
    read_preset,
    read_run_config,
    resolve,
    to_toml,
)
from seq2seq_cli.errors import InputError


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "my.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(folder: Path, text: str | bytes) -> str:
    path = written(folder, text)
    with pytest.raises(InputError) as caught:
        resolve([(str(path), read_config_file(path))])
    return str(caught.value).replace(str(path), "my.toml")


def test_later_layers_win_and_origins_name_the_winner() -> None:
    layers: list[tuple[str, dict[str, Any]]] = [
        ("preset a", {"model.cell": "lstm", "training.epochs": 3, "training.seed": 4}),
        ("my.toml", {"training.epochs": 5, "training.seed": 6}),
        ("option", {"training.seed": 7}),
    ]
    resolved = resolve(layers)
    assert resolved.config.model.cell == "lstm"
    assert (resolved.config.training.epochs, resolved.config.training.seed) == (5, 7)
    assert resolved.config.training.patience == TrainingConfig().patience
    assert resolved.origins == {
        "model.cell": "preset a",
        "training.epochs": "my.toml",
        "training.seed": "option",
    }


def test_no_layer_gives_the_defaults() -> None:
    resolved = resolve([])
    assert (resolved.config, resolved.origins) == (Config(), {})


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_resolves(name: str) -> None:
    settings = read_preset(name)
    assert resolve([(f"preset {name}", settings)]).origins == dict.fromkeys(
        settings, f"preset {name}"
    )


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"--preset 'Demo' .* Choose one of: demo, g2p, inflect, mt, translit\."
    ):
        read_preset("Demo")


def test_toml_round_trip_keeps_values_and_origins(tmp_path: Path) -> None:
    layers = [("option", {"training.learning_rate": 0.3, "model.attention": "none"})]
    resolved = resolve(layers)
    path = written(tmp_path, to_toml(resolved))
    assert read_run_config(path) == resolved
    assert tomllib.loads(path.read_text())["training"]["patience"] == 6


def test_the_config_of_a_run_can_be_a_config_again(tmp_path: Path) -> None:
    path = written(tmp_path, to_toml(resolve([("option", {"training.seed": 9})])))
    assert read_config_file(path)["training.seed"] == 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[training]\nepoch = 3",
            "my.toml: unknown setting 'epoch' in [training]. Did you mean 'epochs'?",
        ),
        (
            "[model]\nlabel_smoothing = 0.1",
            "my.toml: unknown setting 'label_smoothing' in [model]. "
            "Did you mean 'label_smoothing'?",
        ),
        ("[model]\nxyzzy = 1", "my.toml: unknown setting 'xyzzy' in [model]. Known: attention, "),
        ("[trainin]\nepochs = 3", "my.toml: [trainin] is not a table of settings. The tables are"),
        ("epochs = 3", "my.toml: [epochs] is not a table of settings."),
        ("[training\n", "my.toml is not valid TOML: "),
        (b"a = '\xff'", "my.toml is not valid TOML: "),
        ("a = " + "[" * 5_000, "my.toml is not valid TOML: "),
        ("a = " + "1" * 5_000, "my.toml is not valid TOML: "),
        (
            "#" * (MOST_CONFIG_BYTES + 1),
            "my.toml: expected at most 1,000,000 bytes, found more",
        ),
        (
            "[training]\nepochs = 'x'",
            "training.epochs (my.toml): Input should be a valid integer",
        ),
        ("[training]\nepochs = 0", "training.epochs (my.toml): Input should be greater than or"),
        ("[training]\nlearning_rate = nan", "training.learning_rate (my.toml): "),
        ("[model]\nattention = 'dot'", "model.attention (my.toml): Input should be 'none',"),
        ("[model]\ndropout = true", "model.dropout (my.toml): Input should be a valid number"),
    ],
)
def test_wrong_files_are_explained(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert refused(tmp_path, text).startswith(expected)


def test_a_missing_file_is_said_to_be() -> None:
    with pytest.raises(InputError, match=r"cannot read .*nowhere\.toml: No such file"):
        read_config_file(Path("nowhere.toml"))


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("model.dropout", 1.0, "--dropout: Input should be less than 1, found 1.0."),
        ("training.max_minutes", -1.0, "--max-minutes: Input should be greater than or equal to"),
        ("training.batch_tokens", 0, "--batch-tokens: Input should be greater than or equal to 1"),
    ],
)
def test_options_out_of_range_are_named_as_typed(setting: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve([("preset mt", {"model.cell": "gru"}), ("option", {setting: value})])
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("format = 2\n[future]\nx = 1", r"has run format 2; this s2s reads up to 1\. Install"),
        ("[model]\ncell = 'gru'", r"is not the config\.toml of a run: it lacks"),
        ("format = '1'", r"is not the config\.toml of a run"),
        ("format = 1\norigins = []", r"is not the config\.toml of a run"),
        ("format = 1\n[model]\ncel = 'gru'", r"unknown setting 'cel' in \[model\]"),
    ],
)
def test_damaged_run_configs_are_explained(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        read_run_config(written(tmp_path, text))


def test_configs_are_frozen_and_closed() -> None:
    with pytest.raises(ValidationError):
        ModelConfig().cell = "lstm"  # type: ignore[misc]  # that it fails is the point
    with pytest.raises(ValidationError):
        ModelConfig(cells="lstm")  # type: ignore[call-arg]  # likewise
