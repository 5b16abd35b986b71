"""`s2s attend`: parse, translate or force, show the alignment."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.loading import loading
from seq2seq_cli.cli.options import (
    BeamOption,
    CoveragePenaltyOption,
    DeviceName,
    DeviceOption,
    FontOption,
    ForceSaveOption,
    JsonOption,
    LengthPenaltyOption,
    MaxLengthOption,
    NBestOption,
    PrecisionOption,
    RunOption,
    SaveOption,
    ThreadsOption,
)

LONGEST_SHOWN = 300
"""Tokens of a sentence: a table of more takes long to draw, and nobody can read it."""


def attend(
    sentence: Annotated[
        str | None,
        typer.Argument(help="A source sentence (default: asks for one, again and again)."),
    ] = None,
    run: RunOption = None,
    target: Annotated[
        str | None,
        typer.Option("--target", help="Show the alignment of this target instead of searching."),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="RUN", help="A second run to show beside.")
    ] = None,
    beam: BeamOption = None,
    n_best: NBestOption = 1,
    length_penalty: LengthPenaltyOption = None,
    coverage_penalty: CoveragePenaltyOption = None,
    history: Annotated[
        bool,
        typer.Option(
            "--history", help="Show what `s2s train --watch` recorded: of this sentence, or of all."
        ),
    ] = False,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Print percentages in the cells.")
    ] = False,
    pieces: Annotated[
        bool, typer.Option("--pieces", help="Show subwords as they are, not merged into words.")
    ] = False,
    end: Annotated[
        bool, typer.Option("--end/--no-end", help="Show the row and the column of </s>.")
    ] = True,
    device: DeviceOption = DeviceName.auto,
    precision: PrecisionOption = None,
    max_length: MaxLengthOption = LONGEST_SHOWN,
    threads: ThreadsOption = 0,
    json: JsonOption = False,
    save: SaveOption = None,
    font: FontOption = None,
    force: ForceSaveOption = False,
) -> None:
    """Translate a sentence and show what each target word attended to."""
    with loading():
        from seq2seq_cli.cli.saving import check_saving

        check_saving(save, font=font, force=force)
        from seq2seq_cli.cli import attending
        from seq2seq_cli.cli.history import show_history
        from seq2seq_cli.cli.opening import open_translator, search_settings

    look = attending.LookOptions(
        numbers=numbers, pieces=pieces, end=end, json=json, max_length=max_length
    )
    place = attending.Place(path=save, font=font, force=force)
    if history:
        searching = {
            "--target": target,
            "--compare": compare,
            "--beam": beam,
            "--n-best": n_best if n_best > 1 else None,
            "--length-penalty": length_penalty,
            "--coverage-penalty": coverage_penalty,
        }
        refused = [option for option, value in searching.items() if value is not None]
        show_history(run, sentence, look, place, refused=refused)
        return
    shown: list[attending.Shown] = []
    for folder in (run, compare) if compare else (run,):
        opened, translator = open_translator(
            folder, device=device, precision=precision, threads=threads
        )
        settings = search_settings(
            opened,
            beam=beam,
            n_best=n_best,
            length_penalty=length_penalty,
            coverage_penalty=coverage_penalty,
        )
        name = attending.name_of(opened, [run.name for run in shown])
        shown.append(attending.Shown(name=name, translator=translator, settings=settings))
    attending.show(shown, sentence, target, look, place)
