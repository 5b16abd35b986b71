"""What `s2s attend --history` does: show what training recorded of the sentences it watched.

Imports torch: the command imports this module when it runs.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from seq2seq_cli.cli.attending import LookOptions, Place
from seq2seq_cli.cli.conditions import line_of
from seq2seq_cli.cli.opening import find_run
from seq2seq_cli.cli.output import print_json
from seq2seq_cli.cli.saving import saved_at_end
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import Run
from seq2seq_cli.text.visible import visible
from seq2seq_cli.training.events import AttentionWatched
from seq2seq_cli.training.history import read_history
from seq2seq_cli.views.console import can_draw_unicode, human_console, print_message
from seq2seq_cli.views.event_lines import quoted
from seq2seq_cli.views.facts import hypothesis_facts
from seq2seq_cli.views.notes import unknown_note
from seq2seq_cli.views.picture import Picture, SaveOptions
from seq2seq_cli.views.watched import heading, moment, watched_view

History = list[list[AttentionWatched]]
"""The looks at each watched sentence, oldest first."""


def show_history(
    folder: Path | None,
    sentence: str | None,
    look: LookOptions,
    place: Place,
    *,
    features: list[str],
    refused: list[str],
) -> None:
    """Print the tables of all watched sentences of a run, or of one, oldest first, and save them.

    Args:
        folder: the run; None: the last one
        sentence: the only one to show; None: all
        look: how to show them
        place: where to save them
        features: those of the sentence
        refused: options that were given and have no meaning here

    Raises:
        InputError: if there is no history, or not of this sentence, or it is damaged.
    """
    if refused:
        raise InputError(
            f"--history shows what was recorded and searches for nothing. Leave out {refused[0]}."
        )
    run = Run.open(find_run(folder))
    if sentence is not None:
        sentence = line_of([(_name(run), run.source)], sentence, features)
    history = open_history(run, sentence, pieces=look.pieces)
    options = SaveOptions(
        numbers=look.numbers,
        show_end=look.end,
        log_probs=all(looks[0].target is not None for looks in history),
        several=sentence is None,
        font=place.font,
    )
    with saved_at_end(place.path, options, force=place.force) as pictures:
        pictures.extend(history_pictures(run, history))
        _print(run, history, look)


def _print(run: Run, history: History, look: LookOptions) -> None:
    if look.json:
        print_json({"run": _name(run), "watched": [_facts(looks) for looks in history]})
        return
    console = human_console()
    for looks in history:
        _show(console, looks, look)


def open_history(run: Run, sentence: str | None = None, *, pieces: bool = False) -> History:
    """What a run recorded, in the order in which sentences were first watched.

    Raises:
        InputError: if there is nothing, or nothing of `sentence`; or if it is damaged.
    """
    found: dict[tuple[str, str | None], list[AttentionWatched]] = {}
    for event in read_history(run.folder):
        at_level = replace(event, alignment=event.by_piece) if pieces and event.by_piece else event
        found.setdefault((event.sentence, event.target), []).append(at_level)
    if not found:
        raise InputError(
            f"{run.folder} has no history: no sentence was watched in a validation. Train with "
            '`s2s train --watch "SENTENCE"`, or go on with '
            f'`s2s train --resume --run {quoted(run.folder)} --watch "SENTENCE"`.'
        )
    chosen = [looks for key, looks in found.items() if sentence in (None, key[0])]
    if not chosen:
        watched = ", ".join(dict.fromkeys(f'"{visible(known)}"' for known, _ in found))
        raise InputError(f"this sentence was not watched. {run.folder} has a history of {watched}.")
    return chosen


def history_pictures(run: Run, history: History) -> list[Picture]:
    """The same as pictures: those of one sentence after each other, oldest first."""
    return [
        Picture(
            sentence=event.sentence,
            run=_name(run),
            rank=1,
            moment=moment(event),
            text=event.text,
            score=event.score,
            alignment=event.alignment,
            unknown=event.unknown,
        )
        for looks in history
        for event in looks
    ]


def _name(run: Run) -> str:
    return f"{run.folder.name} ({run.config.model.attention})"


def _show(console: Console, looks: list[AttentionWatched], look: LookOptions) -> None:
    unicode = can_draw_unicode(console)
    console.print()
    console.print(heading(looks[-1], unicode=unicode))
    for word, closest in looks[-1].unknown.items():
        print_message(console, unknown_note(word, closest, unicode=unicode))
    for event in looks:
        console.print()
        console.print(
            watched_view(
                event,
                console,
                numbers=look.numbers,
                show_end=look.end,
                unit="pieces" if look.pieces else "words",
                title=moment(event),
            )
        )


def _facts(looks: list[AttentionWatched]) -> dict[str, Any]:
    moments = [{"step": one.step, "epoch": one.epoch, **hypothesis_facts(one)} for one in looks]
    last = looks[-1]
    return {
        "source": last.sentence,
        "target": last.target,
        "unknown": last.unknown,
        "moments": moments,
    }
