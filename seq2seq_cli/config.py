"""Every setting of a run, its default, its bounds, and where its value came from.

Knows nothing of the command line: commands hand over the options that were given, by dotted name.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import read_bounded

AttentionKind = Literal[
    "none",
    "bahdanau",
    "luong-dot",
    "luong-general",
    "luong-concat",
    "luong-local-m",
    "luong-local-p",
    "location",
]
CellKind = Literal["gru", "lstm"]
Metric = Literal["loss", "bleu", "chrf", "exact_match"]
Schedule = Literal["constant", "plateau", "inverse-sqrt", "linear", "cosine"]
Precision = Literal["auto", "fp32", "bf16"]
Device = Literal["auto", "cpu", "cuda", "mps"]
LinkUnit = Literal["words", "space", "pieces"]

ATTENTION_KINDS: tuple[str, ...] = get_args(AttentionKind)
FORMAT_VERSION = 1
MOST_CONFIG_BYTES = 1_000_000


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ModelConfig(_Section):
    """Sizes and wiring of the network."""

    attention: AttentionKind = "bahdanau"
    input_feeding: bool = True
    """Whether the Luong kinds, `location` among them, feed the attentional vector into the next
    step (2015, 3.3)."""
    cell: CellKind = "gru"
    embedding_size: int = Field(default=256, ge=1, le=65_536)
    encoder_size: int = Field(default=256, ge=1, le=65_536)
    """Hidden units of the encoder in each direction; the memory is twice as wide."""
    encoder_layers: int = Field(default=1, ge=1, le=64)
    decoder_size: int = Field(default=512, ge=1, le=65_536)
    decoder_layers: int = Field(default=1, ge=1, le=64)
    attention_size: int = Field(default=256, ge=1, le=65_536)
    """Width of the hidden layer in additive scores (`bahdanau`, `luong-concat`), and in what
    predicts a position (`luong-local-p`)."""
    attention_window: int = Field(default=10, ge=1, le=100_000)
    """`D`: how far from its centre local attention looks (`luong-local-m`, `luong-local-p`)."""
    attention_positions: int = Field(default=256, ge=1, le=65_536)
    """Source positions that `location` has a score for; what comes after them is not read."""
    dropout: float = Field(default=0.3, ge=0.0, lt=1.0)
    tie_embeddings: bool = True
    """Whether the output layer shares the weights of the target embedding."""
    copying: bool = False
    """Whether the next token may be a copy of a source token (See et al. 2017)."""


class TrainingConfig(_Section):
    """How the weights are found."""

    optimizer: Literal["adam", "adamw"] = "adam"
    learning_rate: float = Field(default=1e-3, gt=0.0, le=10.0)
    weight_decay: float = Field(default=0.0, ge=0.0, le=1.0)
    schedule: Schedule = "plateau"
    warmup_steps: int = Field(default=0, ge=0)
    decay_factor: float = Field(default=0.5, gt=0.0, lt=1.0)
    """What `plateau` multiplies the learning rate by."""
    decay_patience: int = Field(default=1, ge=0)
    """Validations without improvement before `plateau` acts."""
    clip_norm: float = Field(default=1.0, ge=0.0)
    """Largest gradient norm; 0 turns clipping off."""
    label_smoothing: float = Field(default=0.1, ge=0.0, lt=1.0)
    batch_tokens: int = Field(default=1_024, ge=1)
    """Target tokens of a batch, `</s>` included; ignored where `batch_sentences` is set."""
    batch_sentences: int = Field(default=0, ge=0)
    """Sentences of a batch; 0 leaves the size to `batch_tokens`."""
    epochs: int = Field(default=30, ge=1)
    max_minutes: float = Field(default=0.0, ge=0.0)
    """Wall time of training in minutes; 0 sets no limit."""
    max_length: int = Field(default=250, ge=1)
    """Longest source or target of a training pair, in tokens; longer pairs are left out."""
    validate_every: int = Field(default=0, ge=0)
    """Steps between validations; 0 validates at the end of each epoch."""
    metric: Metric = "bleu"
    """What the best model is chosen by, and early stopping looks at."""
    patience: int = Field(default=6, ge=1)
    """Validations without improvement before training stops."""
    max_bad_steps: int = Field(default=10, ge=0)
    """Steps that may be left out because their loss or gradient is not finite; one more ends the
    run."""
    average_decay: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Decay per step of the moving average of the weights that is scored and kept; 0: none."""
    guide_weight: float = Field(default=0.1, ge=0.0, le=1_000.0)
    """What a nat of the guide loss per guided token counts, beside one of the loss per token."""
    guide_decay: float = Field(default=1.0, ge=0.0, le=1.0)
    """What `guide_weight` is multiplied by after each epoch (Chen et al. 2016)."""
    guide_units: LinkUnit = "words"
    """What the links of a guide count: words, what white space separates, or tokens."""
    seed: int = Field(default=1, ge=0, lt=2**63)
    threads: int = Field(default=0, ge=0, le=1_024)
    """Threads for computation; 0: as many as there are cores."""
    device: Device = "auto"
    precision: Precision = "auto"


class SearchConfig(_Section):
    """How hypotheses are searched for, in validation and by default afterwards."""

    beam: int = Field(default=5, ge=1, le=1_000)
    validation_beam: int = Field(default=1, ge=1, le=1_000)
    """Beam while training; `evaluate` with this beam gives the same score."""
    length_penalty: float = Field(default=0.6, ge=0.0, le=10.0)
    """Alpha of the length normalisation (Wu et al. 2016, eq. 14); 0 turns it off."""
    coverage_penalty: float = Field(default=0.0, ge=0.0, le=10.0)
    """Beta of the coverage penalty (Wu et al. 2016, eq. 14); 0 turns it off."""
    max_length_ratio: float = Field(default=2.0, gt=0.0, le=1_000.0)
    """Longest hypothesis: this many tokens for each source token ..."""
    max_length_extra: int = Field(default=20, ge=1, le=100_000)
    """... and this many more."""


class Config(_Section):
    """The resolved settings of a run."""

    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    search: SearchConfig = SearchConfig()


SECTIONS: dict[str, type[_Section]] = {
    "model": ModelConfig,
    "training": TrainingConfig,
    "search": SearchConfig,
}


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A configuration with the origin of each value that is not a default."""

    config: Config
    origins: dict[str, str]
    """Dotted name to `option`, the name of a file, or `preset NAME`."""


def preset_names() -> tuple[str, ...]:
    """Names of the presets that the package holds."""
    folder = resources.files("seq2seq_cli") / "presets"
    names = (path.name for path in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_preset(name: str) -> dict[str, Any]:
    """Settings of a preset by dotted name.

    Raises:
        InputError: if there is no such preset.
    """
    if name not in preset_names():
        known = ", ".join(preset_names())
        raise InputError(f"--preset {name!r} is not known. Choose one of: {known}.")
    path = resources.files("seq2seq_cli") / "presets" / f"{name}.toml"
    return _flatten(tomllib.loads(path.read_text("utf-8")), f"preset {name}")


def read_config_file(path: Path) -> dict[str, Any]:
    """Settings of a TOML file by dotted name; the tables are `model`, `training`, `search`.

    Raises:
        InputError: if the file is missing, too large, not TOML, or has an unknown key.
    """
    return _settings(_read_toml(path), path)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_bounded(path, MOST_CONFIG_BYTES).decode("utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot read the configuration {path}: {error.strerror}. Name a TOML file."
        ) from error
    except (ValueError, RecursionError) as error:  # also of whole numbers without end
        raise InputError(f"{path} is not valid TOML: {str(error)[:200]}.") from error


def _settings(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The settings by dotted name; a run's own config.toml may be used again."""
    tables = {key: value for key, value in data.items() if key not in ("format", "origins")}
    return _flatten(tables, str(path))


def _flatten(data: Mapping[str, Any], origin: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, values in data.items():
        if section not in SECTIONS or not isinstance(values, Mapping):
            raise InputError(
                f"{origin}: [{section}] is not a table of settings. "
                f"The tables are {', '.join(f'[{name}]' for name in SECTIONS)}."
            )
        for key, value in values.items():
            _check_key(section, key, origin)
            flat[f"{section}.{key}"] = value
    return flat


def _check_key(section: str, key: str, origin: str) -> None:
    known = SECTIONS[section].model_fields
    if key in known:
        return
    close = get_close_matches(key, known, n=1) or get_close_matches(
        key, [name for fields in SECTIONS.values() for name in fields.model_fields], n=1
    )
    hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
    raise InputError(f"{origin}: unknown setting {key!r} in [{section}]. {hint}")


def resolve(layers: list[tuple[str, Mapping[str, Any]]]) -> Resolved:
    """Lay settings over the defaults; of (origin, settings by dotted name) later ones win.

    Raises:
        InputError: if a value is out of its range, naming the setting, its value and its origin.
    """
    values: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    origins: dict[str, str] = {}
    for origin, settings in layers:
        for name, value in settings.items():
            section, key = name.split(".")
            values[section][key] = value
            origins[name] = origin
    try:
        config = Config(**{name: SECTIONS[name](**found) for name, found in values.items()})  # type: ignore[arg-type]
    except ValidationError as error:
        raise InputError(_explain(error, origins)) from error
    return Resolved(config=config, origins=origins)


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    names = [name for name in origins if name.split(".")[1] == key]
    name = names[0] if names else key
    origin = origins.get(name, "default")
    label = f"--{key.replace('_', '-')}" if origin == "option" else f"{name} ({origin})"
    return f"{label}: {problem['msg']}, found {problem['input']!r}."


def to_toml(resolved: Resolved) -> bytes:
    """The whole configuration, with the origins of what is not a default, as TOML."""
    data = {
        "format": FORMAT_VERSION,
        **resolved.config.model_dump(),
        "origins": resolved.origins,
    }
    return tomli_w.dumps(data).encode()


def read_run_config(path: Path) -> Resolved:
    """Read a run's `config.toml`.

    Raises:
        InputError: if it is missing, damaged, or of a newer format.
    """
    data = _read_toml(path)
    version, origins = data.get("format"), data.get("origins", {})
    if not isinstance(version, int) or not isinstance(origins, dict):
        raise InputError(
            f"{path} is not the config.toml of a run: it lacks the number `format` or its "
            "[origins] are no table. Copy the run again."
        )
    if version > FORMAT_VERSION:
        raise InputError(
            f"{path} has run format {version}; this s2s reads up to {FORMAT_VERSION}. "
            "Install a newer seq2seq-cli."
        )
    resolved = resolve([(str(path), _settings(data, path))])
    kept = {str(key): str(value) for key, value in origins.items()}
    return Resolved(config=resolved.config, origins=kept)
