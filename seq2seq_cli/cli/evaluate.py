"""`s2s evaluate`: parse, decode, score, write and show."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.job import in_job, joined
from seq2seq_cli.cli.launching import launch
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
    DevicesOption,
    EnsembleOption,
    JsonOption,
    LengthPenaltyOption,
    MaxLengthOption,
    PrecisionOption,
    RunsOption,
    ThreadsOption,
)

_LENGTH = "Quality by length"
_CLOSER = "A closer look"


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
    ensemble: EnsembleOption = False,
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
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="RUN",
            rich_help_panel=_CLOSER,
            help="A run to compare with on the same lines: is the difference more than chance?",
            show_default=False,
        ),
    ] = None,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence", rich_help_panel=_CLOSER, help="Add 95 % confidence intervals to scores."
        ),
    ] = False,
    confusions: Annotated[
        bool,
        typer.Option(
            "--confusions",
            rich_help_panel=_CLOSER,
            help="Show which target symbols (phones, characters, words) are taken for which.",
        ),
    ] = False,
    worst: Annotated[
        int,
        typer.Option(
            "--worst", metavar="N", min=0, rich_help_panel=_CLOSER, help="Show the N worst lines."
        ),
    ] = 0,
    unknown: Annotated[
        bool,
        typer.Option(
            "--unknown",
            rich_help_panel=_CLOSER,
            help="Show the words that the vocabularies lack, and what became of them.",
        ),
    ] = False,
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
    devices: DevicesOption = 1,
    json: JsonOption = False,
) -> None:
    """Translate a split and score it: BLEU, chrF, TER, exact match and error rates.

    Where there are gold links, the alignment error rate of the references, too
    (Och and Ney 2003), for each label of the pairs where there are any.
    Several runs are scored in turn, with their mean and standard deviation, or,
    with --by-length, compared in one chart; with --ensemble they decode together.
    """
    if devices > 1 and not in_job():
        launch(devices, restarts=0)
    with loading():
        from seq2seq_cli.cli import alignment_error, evaluating
        from seq2seq_cli.cli import by_length as lengths
        from seq2seq_cli.cli.aligners import LinkChoices
        from seq2seq_cli.cli.output import print_json
        from seq2seq_cli.cli.reports import Requests
        from seq2seq_cli.cli.systems import open_baseline, open_systems
        from seq2seq_cli.cli.texts import check_same_lines, texts_of_systems

    with joined() as job:
        asked = {
            "--baseline": baseline,
            "--confidence": confidence,
            "--confusions": confusions,
            "--worst": worst,
            "--unknown": unknown,
        }
        lengths.check_options(
            by_length=by_length, metric=metric, save=save, force=force, others=asked
        )
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
        named = [*([] if run_folder is None else [run_folder]), *(run or [])]
        systems = open_systems(named, ensemble=ensemble)
        others = [] if baseline is None else [open_baseline(baseline, systems)]
        texts = texts_of_systems([*systems, *others], data=data, splits=split, src=src, ref=ref)
        if by_length or others:
            check_same_lines([*systems, *others], texts)
        how = evaluating.DecodingOptions(
            device=device,
            precision=precision,
            threads=threads,
            beam=beam,
            length_penalty=length_penalty,
            coverage_penalty=coverage_penalty,
            max_length=max_length,
            job=job,
        )
        own_texts = [alignment_error.with_gold(own, choices) for own in texts[: len(systems)]]
        each = evaluating.each_system(systems, own_texts, how)
        tokenizer = bleu_tokenizer.value
        if by_length:
            lengths.compare_and_show(
                each,
                metric=(metric or LengthMetricName.bleu).value,
                save=save,
                as_json=json,
                bleu_tokenizer=tokenizer,
                lowercase=lowercase,
            )
            return
        requests = Requests(
            confidence=confidence,
            confusions=confusions,
            worst=worst,
            unknown=unknown,
            baseline=evaluating.baseline_of(others, texts[len(systems) :], how),
        )
        found = {}
        for one in each:
            aligner = alignment_error.open_alignment_error(
                one.system,
                one.translator,
                one.texts,
                choices,
                device=device,
                precision=precision,
                job=job,
            )
            found[one.system.path] = evaluating.score_and_show(
                one,
                bleu_tokenizer=tokenizer,
                lowercase=lowercase,
                as_json=json,
                requests=requests,
                alignment_of=aligner.score if aligner else lambda text: None,
            )
        if json:
            print_json(found if len(found) > 1 else found[systems[0].path], indent=2)
        else:
            evaluating.show_means(list(found.values()), own_texts)
