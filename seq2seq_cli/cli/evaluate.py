"""`s2s evaluate`: parse, decode, score, write and show."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.link_options import (
    LINKS_PANEL,
    CombineOption,
    MethodName,
    MethodOption,
    ReverseOption,
    ShiftOption,
    ThresholdOption,
    UnitName,
)
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
    gold: Annotated[
        Path | None,
        typer.Option(
            "--gold",
            metavar="FILE",
            rich_help_panel=LINKS_PANEL,
            help="Gold links of the pairs, a line each: 0-0 sure, 1p2 possible (default: those of "
            "the split, where it has any).",
            show_default=False,
        ),
    ] = None,
    one_based: Annotated[
        bool,
        typer.Option("--one-based", rich_help_panel=LINKS_PANEL, help="--gold counts from 1."),
    ] = False,
    units: Annotated[
        UnitName | None,
        typer.Option(
            "--units",
            rich_help_panel=LINKS_PANEL,
            help="What gold links count: words, what white space separates, or the run's own "
            "tokens (default: words; what is between spaces for the tokenizer space).",
            show_default=False,
        ),
    ] = None,
    method: MethodOption = MethodName.mutual,
    threshold: ThresholdOption = None,
    shift: ShiftOption = False,
    reverse: ReverseOption = None,
    symmetrize: CombineOption = None,
    device: DeviceOption = DeviceName.auto,
    precision: PrecisionOption = None,
    threads: ThreadsOption = 0,
    json: JsonOption = False,
) -> None:
    """Translate a split and score it: BLEU, chrF, TER, exact match and error rates.

    Where there are gold links, the alignment error rate of the references,
    too (Och and Ney 2003), for each label of the pairs where there are any.
    """
    with loading():
        from seq2seq_cli.cli import alignment_error, evaluating
        from seq2seq_cli.cli.aligners import LinkChoices
        from seq2seq_cli.cli.opening import open_translator, search_settings

    choices = alignment_error.GoldChoices(
        file=gold,
        one_based=one_based,
        links=LinkChoices(
            method=method,
            threshold=threshold,
            shift=shift,
            units=units,
            reverse=reverse,
            combine=symmetrize,
        ),
    )
    chosen = evaluating.one_run(run_folder, run)
    opened, translator = open_translator(
        chosen, device=device, precision=precision, threads=threads
    )
    settings = search_settings(
        opened, beam=beam, length_penalty=length_penalty, coverage_penalty=coverage_penalty
    )
    texts = evaluating.texts_to_score(opened, data=data, splits=split, src=src, ref=ref)
    texts = alignment_error.with_gold(texts, choices)
    aligner = alignment_error.open_alignment_error(
        opened, translator, texts, choices, device=device, precision=precision
    )
    evaluating.score_and_show(
        opened,
        translator,
        settings,
        texts,
        bleu_tokenizer=bleu_tokenizer.value,
        lowercase=lowercase,
        as_json=json,
        alignment_of=aligner.score if aligner else lambda text: None,
    )
