"""`s2s train`: parse, resolve the settings, run the trainer, show its events."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli.job import in_job, joined
from seq2seq_cli.cli.launching import launch
from seq2seq_cli.cli.link_options import UnitName
from seq2seq_cli.cli.loading import loading
from seq2seq_cli.cli.options import JOB_PANEL, DeviceName, DevicesOption, PrecisionName
from seq2seq_cli.errors import InputError

_MODEL, _TRAINING, _FOLDERS = "Model", "Training", "Folders and settings"
_WATCHING = "Watching"
_GUIDE = "Guided attention"


class AttentionName(StrEnum):
    """Kinds of attention."""

    none = "none"
    bahdanau = "bahdanau"
    luong_dot = "luong-dot"
    luong_general = "luong-general"
    luong_concat = "luong-concat"
    luong_local_m = "luong-local-m"
    luong_local_p = "luong-local-p"
    location = "location"


class CellName(StrEnum):
    """Kinds of recurrent cell."""

    gru = "gru"
    lstm = "lstm"


class MetricName(StrEnum):
    """What the best model is chosen by."""

    loss = "loss"
    bleu = "bleu"
    chrf = "chrf"
    exact_match = "exact_match"


class ScheduleName(StrEnum):
    """How the learning rate changes."""

    constant = "constant"
    plateau = "plateau"
    inverse_sqrt = "inverse-sqrt"
    linear = "linear"
    cosine = "cosine"


class OptimizerName(StrEnum):
    """Kinds of optimizer."""

    adam = "adam"
    adamw = "adamw"


def _setting(panel: str, text: str, **bounds: Any) -> Any:
    """An option that stands for a setting; its default is in the configuration."""
    return typer.Option(rich_help_panel=panel, help=text, show_default=False, **bounds)


def train(
    dataset: Annotated[
        Path | None,
        typer.Argument(
            help="Dataset folder (default: the last one prepared, else the built-in corpus).",
            show_default=False,
        ),
    ] = None,
    run: Annotated[
        Path | None, _setting(_FOLDERS, "Run folder to make (default: s2s-runs/NAME).")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            rich_help_panel=_FOLDERS,
            help="Go on with --run, or with the last run, where it was stopped.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", rich_help_panel=_FOLDERS, help="Replace the run at --run.")
    ] = False,
    config: Annotated[
        Path | None,
        _setting(_FOLDERS, "TOML file with any settings, in tables: model, training, search."),
    ] = None,
    preset: Annotated[
        str | None,
        _setting(
            _FOLDERS, "demo, g2p, translit, inflect or mt (default: what `prepare` suggested)."
        ),
    ] = None,
    attention: Annotated[
        AttentionName | None,
        _setting(
            _MODEL,
            "none, bahdanau, luong-dot, luong-general, luong-concat, luong-local-m, luong-local-p "
            "or location.",
            metavar="KIND",
        ),
    ] = None,
    input_feeding: Annotated[
        bool | None,
        typer.Option(
            "--input-feeding/--no-input-feeding",
            rich_help_panel=_MODEL,
            help="For the Luong kinds and location: feed the attentional vector to the next step.",
            show_default=False,
        ),
    ] = None,
    cell: Annotated[CellName | None, _setting(_MODEL, "GRU or LSTM.")] = None,
    embedding_size: Annotated[int | None, _setting(_MODEL, "Width of embeddings.")] = None,
    encoder_size: Annotated[
        int | None, _setting(_MODEL, "Hidden units of the encoder in each direction.")
    ] = None,
    encoder_layers: Annotated[int | None, _setting(_MODEL, "Layers of the encoder.")] = None,
    decoder_size: Annotated[int | None, _setting(_MODEL, "Hidden units of the decoder.")] = None,
    decoder_layers: Annotated[int | None, _setting(_MODEL, "Layers of the decoder.")] = None,
    attention_size: Annotated[
        int | None, _setting(_MODEL, "Hidden units of additive attention.")
    ] = None,
    attention_window: Annotated[
        int | None, _setting(_MODEL, "How far from its centre local attention looks, in tokens.")
    ] = None,
    dropout: Annotated[float | None, _setting(_MODEL, "Share of units dropped.")] = None,
    tie_embeddings: Annotated[
        bool | None,
        typer.Option(
            "--tie-embeddings/--no-tie-embeddings",
            rich_help_panel=_MODEL,
            help="Share the target embedding with the output layer.",
            show_default=False,
        ),
    ] = None,
    copying: Annotated[
        bool | None,
        typer.Option(
            "--copying/--no-copying",
            rich_help_panel=_MODEL,
            help="Let the decoder copy tokens of the source (pointer-generator).",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[int | None, _setting(_TRAINING, "Most passes over the data.")] = None,
    more_epochs: Annotated[
        int | None,
        _setting(
            _FOLDERS, "With --resume: so many epochs more, also after a run has ended.", min=1
        ),
    ] = None,
    max_minutes: Annotated[
        float | None, _setting(_TRAINING, "Wall time of training, at most; 0: no limit.")
    ] = None,
    batch_tokens: Annotated[
        int | None, _setting(_TRAINING, "Target tokens of a batch, at most.")
    ] = None,
    batch_sentences: Annotated[
        int | None, _setting(_TRAINING, "Sentences of a batch, instead of --batch-tokens.")
    ] = None,
    max_length: Annotated[
        int | None, _setting(_TRAINING, "Longest side of a training pair, in tokens.")
    ] = None,
    optimizer: Annotated[OptimizerName | None, _setting(_TRAINING, "Adam or AdamW.")] = None,
    learning_rate: Annotated[float | None, _setting(_TRAINING, "Highest learning rate.")] = None,
    schedule: Annotated[
        ScheduleName | None,
        _setting(_TRAINING, "constant, plateau, inverse-sqrt, linear or cosine.", metavar="KIND"),
    ] = None,
    warmup_steps: Annotated[
        int | None, _setting(_TRAINING, "Steps of linear warm-up of the learning rate.")
    ] = None,
    clip_norm: Annotated[
        float | None, _setting(_TRAINING, "Largest gradient norm; 0: no clipping.")
    ] = None,
    label_smoothing: Annotated[
        float | None, _setting(_TRAINING, "Mass spread over all target tokens.")
    ] = None,
    validate_every: Annotated[
        int | None, _setting(_TRAINING, "Steps between validations; 0: one each epoch.")
    ] = None,
    metric: Annotated[
        MetricName | None,
        _setting(
            _TRAINING,
            "What the best model is chosen by: loss, bleu, chrf or exact_match.",
            metavar="NAME",
        ),
    ] = None,
    patience: Annotated[
        int | None, _setting(_TRAINING, "Validations without improvement before the end.")
    ] = None,
    max_bad_steps: Annotated[
        int | None,
        _setting(_TRAINING, "Steps to leave out, at most, whose loss is not a finite number."),
    ] = None,
    seed: Annotated[
        int | None, _setting(_TRAINING, "Of weights, order of batches and dropout.")
    ] = None,
    seeds: Annotated[
        int | None,
        _setting(
            _TRAINING,
            "Train N runs one after another, with seeds from --seed on, in folders RUN-seed1, "
            "RUN-seed2, ...; report the mean and the deviation of their best scores.",
            metavar="N",
            min=2,
            max=1_000,
        ),
    ] = None,
    threads: Annotated[
        int | None, _setting(_TRAINING, "Computing threads; 0: one for each core.")
    ] = None,
    device: Annotated[DeviceName | None, _setting(_TRAINING, "Where to compute.")] = None,
    precision: Annotated[
        PrecisionName | None, _setting(_TRAINING, "How exactly to compute.")
    ] = None,
    devices: DevicesOption = 1,
    max_restarts: Annotated[
        int,
        typer.Option(
            rich_help_panel=JOB_PANEL,
            help="With --devices: how often to go on from the last checkpoint, at most, after a "
            "process was killed.",
            min=0,
        ),
    ] = 3,
    watch: Annotated[
        list[str] | None,
        _setting(
            _WATCHING,
            "A sentence whose alignment is shown and kept at each validation; may be given again.",
            metavar="SENTENCE",
        ),
    ] = None,
    watch_target: Annotated[
        list[str] | None,
        _setting(
            _WATCHING,
            "What the rows are to be at each of them, instead of what the model writes then; "
            "as often as --watch, in the same order.",
            metavar="TARGET",
        ),
    ] = None,
    guide: Annotated[
        Path | None,
        _setting(
            _GUIDE,
            "Word links, in Pharaoh format, that attention is drawn to: a line for each training "
            "pair of the dataset.",
            metavar="FILE",
        ),
    ] = None,
    guide_weight: Annotated[
        float | None, _setting(_GUIDE, "What the guide counts beside the loss; 0: nothing.")
    ] = None,
    guide_decay: Annotated[
        float | None, _setting(_GUIDE, "What its weight is multiplied by after each epoch.")
    ] = None,
    guide_units: Annotated[
        UnitName | None,
        _setting(
            _GUIDE,
            "What links count: words (words and punctuation), space (what white space separates) "
            "or pieces (tokens).",
            metavar="UNITS",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Train a model; with no options, on the last dataset prepared or the built-in corpus."""
    options = _given(locals())
    if more_epochs is not None and (not resume or epochs is not None or seeds is not None):
        raise InputError("--more-epochs goes with --resume, and without --epochs and --seeds.")
    if seeds is not None and (devices > 1 or in_job()):
        raise InputError(
            "--seeds trains runs one after another, each by one process. Leave --devices out, or "
            "train a run for each --seed."
        )
    if devices > 1 and not in_job():
        launch(devices, restarts=max_restarts)
    with loading():
        from seq2seq_cli.cli import following, resuming, training
        from seq2seq_cli.cli.series import new_series, resumed_series, train_series

    asked = training.Asked(
        dataset=dataset,
        options=options,
        preset=preset,
        config=config,
        watch=training.watched_sentences(watch or [], watch_target or []),
        guide=guide,
    )
    if seeds is not None:
        series = (
            resumed_series(run, asked, count=seeds, quiet=quiet)
            if resume
            else new_series(run, asked, count=seeds, force=force, quiet=quiet)
        )
        train_series(series, quiet=quiet, json=json)
        return
    with joined() as job:
        begun = training.begun_by(job, run)
        if begun is not None:
            opened = resuming.resume_run(
                begun, training.Asked(options={}), more_epochs=None, quiet=quiet, job=job
            )
        elif resume:
            opened = resuming.resume_run(run, asked, more_epochs=more_epochs, quiet=quiet, job=job)
        else:
            opened = training.new_run(run, asked, force=force, quiet=quiet, job=job)
        with opened as trainer:
            following.follow(trainer, quiet=quiet, json=json)


_SECTION_OF = {
    "model": (
        "attention",
        "input_feeding",
        "cell",
        "embedding_size",
        "encoder_size",
        "encoder_layers",
        "decoder_size",
        "decoder_layers",
        "attention_size",
        "attention_window",
        "dropout",
        "tie_embeddings",
        "copying",
    ),
    "training": (
        "epochs",
        "max_minutes",
        "batch_tokens",
        "batch_sentences",
        "max_length",
        "optimizer",
        "learning_rate",
        "schedule",
        "warmup_steps",
        "clip_norm",
        "label_smoothing",
        "validate_every",
        "metric",
        "patience",
        "max_bad_steps",
        "guide_weight",
        "guide_decay",
        "guide_units",
        "seed",
        "threads",
        "device",
        "precision",
    ),
}


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """The settings that were given as options, by dotted name."""
    return {
        f"{section}.{name}": value.value if isinstance(value, StrEnum) else value
        for section, names in _SECTION_OF.items()
        for name in names
        if (value := arguments[name]) is not None
    }
