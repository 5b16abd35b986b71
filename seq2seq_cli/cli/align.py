"""`s2s align`: parse, force the targets, print the links."""

from enum import StrEnum
from typing import Annotated

import typer

from seq2seq_cli.cli.job import in_job, joined
from seq2seq_cli.cli.launching import launch
from seq2seq_cli.cli.link_options import (
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
    DataOption,
    DeviceName,
    DeviceOption,
    DevicesOption,
    EnsembleOption,
    JsonOption,
    MaxLengthOption,
    PrecisionOption,
    RunsOption,
    ThreadsOption,
)


class LinkFormat(StrEnum):
    """How the links of a pair are written in a line."""

    pharaoh = "pharaoh"
    talp = "talp"
    json = "json"
    probabilities = "probabilities"


_PAIRS = "Pairs"


def align(
    tsv: Annotated[
        str | None,
        typer.Argument(
            metavar="TSV",
            help="A TSV of source and target, or - for standard input. Files may be plain, gz, bz2 "
            "or xz.",
            show_default=False,
        ),
    ] = None,
    run: RunsOption = None,
    ensemble: EnsembleOption = False,
    tsv_option: Annotated[
        str | None,
        typer.Option("--tsv", metavar="FILE", rich_help_panel=_PAIRS, help="The TSV, by option."),
    ] = None,
    src_col: Annotated[
        str,
        typer.Option(rich_help_panel=_PAIRS, help="Source: a number from 1, or a header's name."),
    ] = "1",
    tgt_col: Annotated[str, typer.Option(rich_help_panel=_PAIRS, help="Target.")] = "2",
    feature_col: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=_PAIRS,
            help="Features of the source, where the data was prepared with such columns "
            "(default: the columns from 3 on). Repeatable.",
            show_default=False,
        ),
    ] = None,
    src: Annotated[
        str | None,
        typer.Option("--src", metavar="FILE", rich_help_panel=_PAIRS, help="Sources."),
    ] = None,
    tgt: Annotated[
        str | None,
        typer.Option(
            "--tgt", metavar="FILE", rich_help_panel=_PAIRS, help="Targets, line by line."
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option("--split", rich_help_panel=_PAIRS, help="A split of the run's dataset."),
    ] = None,
    data: DataOption = None,
    method: MethodOption = MethodName.mutual,
    threshold: ThresholdOption = None,
    shift: ShiftOption = False,
    units: Annotated[
        UnitName | None,
        typer.Option(
            "--units",
            help="What links count: words, what white space separates (as eflomal, fast_align and "
            "Moses do), or the run's own tokens (default: words; single symbols for the "
            "tokenizers char and space).",
            show_default=False,
        ),
    ] = None,
    reverse: ReverseOption = None,
    symmetrize: CombineOption = None,
    format_: Annotated[
        LinkFormat,
        typer.Option(
            "--format",
            help="pharaoh: 0-0 1-2, counted from 0. probabilities: 0-0:0.9312. talp: 1-1 2p3, "
            "counted from 1, p where --reverse does not agree. json: words, links and weights.",
        ),
    ] = LinkFormat.pharaoh,
    device: DeviceOption = DeviceName.auto,
    max_length: MaxLengthOption = 3 * MAX_LENGTH,  # forcing is quicker than searching
    precision: PrecisionOption = None,
    threads: ThreadsOption = 0,
    devices: DevicesOption = 1,
    json: JsonOption = False,
) -> None:
    """Align the words of given pairs by attention: one line of links for each pair.

    Nothing else is printed to standard output. A pair with a blank side is a
    blank line. The links come from forced decoding; the defaults are those
    with the lowest alignment error rate on the built-in validation set.
    """
    if devices > 1 and not in_job():
        launch(devices, restarts=0)
    with loading():
        from seq2seq_cli.cli import aligning
        from seq2seq_cli.cli.aligners import LinkChoices, make_aligner
        from seq2seq_cli.cli.pairs import NamedPairs, read_chunks
        from seq2seq_cli.cli.systems import open_one_system, open_translator
        from seq2seq_cli.corpus.sources import Columns

    with joined(waiting=True) as job:
        named = NamedPairs(
            tsv=aligning.one_tsv(tsv, tsv_option),
            columns=Columns(source=src_col, target=tgt_col, features=tuple(feature_col or ())),
            src=src,
            tgt=tgt,
            split=split,
            data=data,
        )
        choices = LinkChoices(
            method=method,
            threshold=threshold,
            shift=shift,
            units=units,
            reverse=reverse,
            combine=symmetrize,
        )
        system = open_one_system(run, ensemble=ensemble)
        translator = open_translator(
            system, device=device, precision=precision, threads=threads, job=job
        )
        aligner = make_aligner(
            system, translator, choices, device=device, precision=precision, job=job
        )
        written = LinkFormat.json if json else format_
        chunks = read_chunks(named, system.first) if job.is_first else iter(())
        clipped = aligning.clipped_pairs(chunks, translator, max_length)
        aligning.align_stream(aligner, clipped, written.value, job)
