"""`s2s translate`: lines from standard input, as many lines to standard output."""

from typing import Annotated

import typer

from seq2seq_cli.cli.job import in_job, joined
from seq2seq_cli.cli.launching import launch
from seq2seq_cli.cli.loading import loading
from seq2seq_cli.cli.options import (
    MAX_LENGTH,
    BeamOption,
    CoveragePenaltyOption,
    DeviceName,
    DeviceOption,
    DevicesOption,
    EnsembleOption,
    JsonOption,
    LengthPenaltyOption,
    MaxLengthOption,
    NBestOption,
    PrecisionOption,
    RunsOption,
    ThreadsOption,
)


def translate(
    run: RunsOption = None,
    ensemble: EnsembleOption = False,
    beam: BeamOption = None,
    n_best: NBestOption = 1,
    length_penalty: LengthPenaltyOption = None,
    coverage_penalty: CoveragePenaltyOption = None,
    replace_unknown: Annotated[
        bool,
        typer.Option(
            "--replace-unknown",
            help="Put the source word attended most in the place of an unknown target word; a run "
            "trained with --copying always does.",
        ),
    ] = False,
    max_length: MaxLengthOption = MAX_LENGTH,
    device: DeviceOption = DeviceName.auto,
    precision: PrecisionOption = None,
    threads: ThreadsOption = 0,
    devices: DevicesOption = 1,
    json: JsonOption = False,
) -> None:
    """Translate standard input line by line; nothing else is printed to standard output.

    A blank line stays blank. Where the data was prepared with --feature-col,
    those columns follow the source after tabs. With --n-best above 1, a line is: the number of
    the input line, rank, score and text, separated by tabs; with --json, one
    object for each input line.
    """
    if devices > 1 and not in_job():
        launch(devices, restarts=0)
    with loading():
        from seq2seq_cli.cli import translating
        from seq2seq_cli.cli.opening import search_settings
        from seq2seq_cli.cli.systems import open_one_system, open_translator

    with joined(waiting=True) as job:
        system = open_one_system(run, ensemble=ensemble)
        translator = open_translator(
            system, device=device, precision=precision, threads=threads, job=job
        )
        settings = search_settings(
            system.first,
            beam=beam,
            n_best=n_best,
            length_penalty=length_penalty,
            coverage_penalty=coverage_penalty,
        )
        translating.translate_stream(
            translator,
            settings,
            max_length=max_length,
            replace_unknown=replace_unknown,
            json=json,
            job=job,
        )
