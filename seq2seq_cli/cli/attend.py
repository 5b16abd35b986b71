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
    EnsembleOption,
    FontOption,
    ForceSaveOption,
    JsonOption,
    LengthPenaltyOption,
    MaxLengthOption,
    NBestOption,
    PrecisionOption,
    RunsOption,
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
    run: RunsOption = None,
    ensemble: EnsembleOption = False,
    feature: Annotated[
        list[str] | None,
        typer.Option(
            "--feature",
            metavar="FEATURE",
            help="A feature of the sentence, or several with their separator, where the data was "
            "prepared with --feature-col. Repeatable.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", help="Show the alignment of this target instead of searching."),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="RUN", help="Another run to show beside.")
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
    threads: ThreadsOption = 1,
    json: JsonOption = False,
    save: SaveOption = None,
    font: FontOption = None,
    force: ForceSaveOption = False,
) -> None:
    """Translate a sentence and show what each target word attended to.

    Several runs are shown side by side, or, with --ensemble, decode together.
    """
    with loading():
        from seq2seq_cli.cli.saving import check_saving

        check_saving(save, font=font, force=force)
        from seq2seq_cli.cli import attending
        from seq2seq_cli.cli.opening import search_settings
        from seq2seq_cli.cli.systems import open_systems, open_translator

    look = attending.LookOptions(
        numbers=numbers, pieces=pieces, end=end, json=json, max_length=max_length
    )
    place = attending.Place(path=save, font=font, force=force)
    if history:
        from seq2seq_cli.cli.history import show_history

        searching = {
            "--ensemble": ensemble or None,
            "the second --run": run[1:] or None if run else None,
            "--target": target,
            "--compare": compare,
            "--beam": beam,
            "--n-best": n_best if n_best > 1 else None,
            "--length-penalty": length_penalty,
            "--coverage-penalty": coverage_penalty,
        }
        refused = [option for option, value in searching.items() if value is not None]
        folder = run[0] if run else None
        show_history(folder, sentence, look, place, features=feature or [], refused=refused)
        return
    shown: list[attending.Shown] = []
    systems = open_systems(run or [], ensemble=ensemble)
    systems += open_systems([compare], ensemble=False) if compare else []
    for system in systems:
        translator = open_translator(system, device=device, precision=precision, threads=threads)
        settings = search_settings(
            system.first,
            beam=beam,
            n_best=n_best,
            length_penalty=length_penalty,
            coverage_penalty=coverage_penalty,
        )
        name = attending.name_of(system, [one.name for one in shown])
        shown.append(attending.Shown(name=name, translator=translator, settings=settings))
    attending.show(shown, sentence, target, look, place, features=feature or [])
