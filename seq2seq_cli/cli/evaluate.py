"""`s2s evaluate`: parse, decode, score, write and show."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.loading import loading
from seq2seq_cli.cli.options import (
    BeamOption,
    CoveragePenaltyOption,
    DataOption,
    DeviceName,
    DeviceOption,
    JsonOption,
    LengthPenaltyOption,
    PrecisionOption,
    RunOption,
    ThreadsOption,
)


class BleuTokenizer(StrEnum):
    """How sacreBLEU tokenizes for BLEU."""

    default = "13a"
    intl = "intl"
    char = "char"
    zh = "zh"
    ja = "ja-mecab"
    ko = "ko-mecab"
    none = "none"


def evaluate(
    run_folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="RUN", help="Run folder (default: the last one trained).", show_default=False
        ),
    ] = None,
    run: RunOption = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            help="Split of the dataset; `all`: all but train. Repeatable (default: test).",
        ),
    ] = None,
    src: Annotated[
        Path | None, typer.Option("--src", help="Sources to score instead of a split.")
    ] = None,
    ref: Annotated[Path | None, typer.Option("--ref", help="Their references.")] = None,
    data: DataOption = None,
    beam: BeamOption = None,
    length_penalty: LengthPenaltyOption = None,
    coverage_penalty: CoveragePenaltyOption = None,
    bleu_tokenizer: Annotated[
        BleuTokenizer, typer.Option("--bleu-tokenizer", help="sacreBLEU's tokenizer.")
    ] = BleuTokenizer.default,
    lowercase: Annotated[
        bool, typer.Option("--lowercase", help="Ignore case in BLEU and chrF.")
    ] = False,
    device: DeviceOption = DeviceName.auto,
    precision: PrecisionOption = None,
    threads: ThreadsOption = 0,
    json: JsonOption = False,
) -> None:
    """Translate a split and score it: BLEU, chrF, TER, exact match and error rates."""
    with loading():
        from seq2seq_cli.cli import evaluating
        from seq2seq_cli.cli.opening import open_translator, search_settings

    chosen = evaluating.one_run(run_folder, run)
    opened, translator = open_translator(
        chosen, device=device, precision=precision, threads=threads
    )
    settings = search_settings(
        opened, beam=beam, length_penalty=length_penalty, coverage_penalty=coverage_penalty
    )
    texts = evaluating.texts_to_score(opened, data=data, splits=split, src=src, ref=ref)
    evaluating.score_and_show(
        opened,
        translator,
        settings,
        texts,
        bleu_tokenizer=bleu_tokenizer.value,
        lowercase=lowercase,
        as_json=json,
    )
