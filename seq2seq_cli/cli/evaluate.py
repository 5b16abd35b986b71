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
    MAX_LENGTH,
    BeamOption,
    CoveragePenaltyOption,
    DataOption,
    DeviceName,
    DeviceOption,
    JsonOption,
    LengthPenaltyOption,
    MaxLengthOption,
    PrecisionOption,
    RunsOption,
    ThreadsOption,
)

_LENGTH = "Quality by length"


class BleuTokenizer(StrEnum):
    """How sacreBLEU tokenizes for BLEU."""

    default = "13a"
    intl = "intl"
    char = "char"
    zh = "zh"
    ja = "ja-mecab"
    ko = "ko-mecab"
    none = "none"


class LengthMetricName(StrEnum):
    """What is drawn by source length."""

    bleu = "bleu"
    chrf = "chrf"
    exact_match = "exact_match"


def evaluate(
    run_folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="RUN", help="Run folder (default: the last one trained).", show_default=False
        ),
    ] = None,
    run: RunsOption = None,
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
    by_length: Annotated[
        bool,
        typer.Option(
            "--by-length",
            rich_help_panel=_LENGTH,
            help="Draw quality by source length, all runs in one chart, all splits together.",
        ),
    ] = False,
    metric: Annotated[
        LengthMetricName | None,
        typer.Option(
            "--metric",
            rich_help_panel=_LENGTH,
            help="What is drawn: bleu, chrf or exact_match (default: bleu).",
            show_default=False,
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save", metavar="FILE.svg", rich_help_panel=_LENGTH, help="Write the chart as SVG."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", rich_help_panel=_LENGTH, help="Replace the file of --save.")
    ] = False,
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
    max_length: MaxLengthOption = MAX_LENGTH,
    device: DeviceOption = DeviceName.auto,
    precision: PrecisionOption = None,
    threads: ThreadsOption = 0,
    json: JsonOption = False,
) -> None:
    """Translate a split and score it: BLEU, chrF, TER, exact match and error rates.

    Where there are gold links, the alignment error rate of the references, too
    (Och and Ney 2003), for each label of the pairs where there are any.
    Several runs are scored in turn, or, with --by-length, compared in one chart.
    """
    with loading():
        from seq2seq_cli.cli import alignment_error, evaluating
        from seq2seq_cli.cli import by_length as lengths
        from seq2seq_cli.cli.aligners import LinkChoices
        from seq2seq_cli.cli.output import print_json

    lengths.check_options(by_length=by_length, metric=metric, save=save, force=force)
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
    runs = evaluating.open_runs(run_folder, run)
    texts = evaluating.texts_of_runs(runs, data=data, splits=split, src=src, ref=ref)
    each = evaluating.each_run(
        runs,
        [alignment_error.with_gold(own, choices) for own in texts],
        device=device,
        precision=precision,
        threads=threads,
        beam=beam,
        length_penalty=length_penalty,
        coverage_penalty=coverage_penalty,
        max_length=max_length,
    )
    tokenizer = bleu_tokenizer.value
    if by_length:
        lengths.check_same_lines(runs, texts)
        lengths.compare_and_show(
            each,
            metric=(metric or LengthMetricName.bleu).value,
            save=save,
            as_json=json,
            bleu_tokenizer=tokenizer,
            lowercase=lowercase,
        )
        return
    found = {}
    for one in each:
        aligner = alignment_error.open_alignment_error(
            one.run, one.translator, one.texts, choices, device=device, precision=precision
        )
        found[str(one.run.folder)] = evaluating.score_and_show(
            one,
            bleu_tokenizer=tokenizer,
            lowercase=lowercase,
            as_json=json,
            alignment_of=aligner.score if aligner else lambda text: None,
        )
    if json:
        print_json(found if len(found) > 1 else found[str(runs[0].folder)], indent=2)
