"""What `s2s attend` does once its options are parsed.

Imports torch: the command imports this module when it runs.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.text import Text

from seq2seq_cli.cli.conditions import line_of
from seq2seq_cli.cli.lines import clipped, decode_line
from seq2seq_cli.cli.output import print_json
from seq2seq_cli.cli.saving import saved_at_end
from seq2seq_cli.cli.systems import System
from seq2seq_cli.errors import InputError
from seq2seq_cli.search.attend import Attended, attend
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.vocabulary import UNK
from seq2seq_cli.views.attention_table import alignment_view
from seq2seq_cli.views.comparison import comparison_view
from seq2seq_cli.views.console import can_colour, can_draw_unicode, human_console, print_message
from seq2seq_cli.views.facts import sentence_facts
from seq2seq_cli.views.notes import hypothesis_header, unknown_note
from seq2seq_cli.views.picture import Picture, SaveOptions

PROMPT = "sentence> "


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A run or an ensemble that is shown, and how it searches."""

    name: str
    translator: Translator
    settings: SearchSettings


@dataclass(frozen=True, kw_only=True)
class LookOptions:
    """How alignments are shown."""

    numbers: bool
    pieces: bool
    end: bool
    json: bool
    max_length: int
    """Tokens of a sentence, or of a given target, that are read"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where what is shown is saved."""

    path: Path | None
    font: str | None
    force: bool


def name_of(system: System, taken: list[str]) -> str:
    """What a system is called beside others: its folders with the kind of attention."""
    folders = [run.folder.absolute() for run in system.runs]
    short = " + ".join(folder.name for folder in folders)
    full = " + ".join(f"{folder.parent.name}/{folder.name}" for folder in folders)
    names = [f"{name} ({system.attention})" for name in (short, full)]
    return next((name for name in names if name not in taken), f"{names[1]} again")


def show(
    runs: list[Shown],
    sentence: str | None,
    target: str | None,
    look: LookOptions,
    place: Place,
    *,
    features: list[str],
) -> None:
    """Show one sentence, or those that are asked for, and save all of them where that is wanted.

    `features` are those of every sentence, where the runs read features.
    """
    options = SaveOptions(
        numbers=look.numbers,
        show_end=look.end,
        log_probs=target is not None,
        several=sentence is None,
        font=place.font,
    )
    with saved_at_end(place.path, options, force=place.force) as pictures:
        if sentence is not None:
            pictures.extend(show_sentence(runs, _line(runs, sentence, features), target, look))
        else:
            for line_pictures in ask_again_and_again(runs, target, look, features):
                pictures.extend(line_pictures)


def _line(runs: list[Shown], sentence: str, features: list[str]) -> str:
    return line_of([(run.name, run.translator.source) for run in runs], sentence, features)


def show_sentence(
    runs: list[Shown], line: str, target: str | None, look: LookOptions
) -> list[Picture]:
    """Translate, or force, and print the alignment of each hypothesis by each run."""
    reader, most = runs[0].translator, look.max_length
    line = clipped(line, reader.source, most, "the sentence")
    if target is not None:
        target = clipped(target, reader.target, most, "the target")
    found = [
        attend(run.translator, line, run.settings, target=target, pieces=look.pieces)
        for run in runs
    ]
    pictures = _pictures(runs, line, found)
    if look.json:
        print_json(sentence_facts(pictures))
        return pictures
    console = human_console()
    unicode = can_draw_unicode(console)
    for word, closest in _unknown(found).items():
        print_message(console, unknown_note(word, closest, unicode=unicode))
    for word, closest in _unknown_targets(runs, target).items():
        print_message(console, f"target: {unknown_note(word, closest, unicode=unicode)}")
    if len(runs) == 1:
        _show_one(console, found[0], look, forced=target is not None)
    else:
        _show_side_by_side(console, runs, found, look)
    return pictures


def _show_one(
    console: Console, found: tuple[Attended, ...], look: LookOptions, *, forced: bool
) -> None:
    unicode = can_draw_unicode(console)
    for rank, one in enumerate(found, start=1):
        console.print()
        number = rank if len(found) > 1 else None
        console.print(hypothesis_header(one.text, one.score, number, unicode=unicode))
        console.print()
        console.print(
            alignment_view(
                one.alignment,
                width=console.width,
                colour=can_colour(console),
                unicode=unicode,
                numbers=look.numbers,
                show_end=look.end,
                log_probs=forced,
                unit="pieces" if look.pieces else "words",
            )
        )


def _show_side_by_side(
    console: Console, runs: list[Shown], found: list[tuple[Attended, ...]], look: LookOptions
) -> None:
    unicode = can_draw_unicode(console)
    for ranked in zip(*found, strict=False):
        console.print()
        for run, one in zip(runs, ranked, strict=True):
            header = hypothesis_header(one.text, one.score, unicode=unicode)
            console.print(Text.assemble((f"{run.name}: ", "dim"), header))
        console.print()
        console.print(
            comparison_view(
                [(run.name, one.alignment) for run, one in zip(runs, ranked, strict=True)],
                width=console.width,
                colour=can_colour(console),
                unicode=unicode,
                numbers=look.numbers,
                show_end=look.end,
                unit="pieces" if look.pieces else "words",
            )
        )


def ask_again_and_again(
    runs: list[Shown], target: str | None, look: LookOptions, features: list[str]
) -> Iterator[list[Picture]]:
    """Ask for sentences until the end of input; a blank one is passed over."""
    for line in _typed():
        if not line.strip():
            continue
        try:
            yield show_sentence(runs, _line(runs, line, features), target, look)
        except InputError as error:
            print_message(human_console(stderr=True), f"error: {error}")


def _typed() -> Iterator[str]:
    """Lines from a person, with a prompt, or from a pipe, without."""
    if not sys.stdin.isatty():
        for number, raw in enumerate(sys.stdin.buffer, start=1):
            yield decode_line(raw, number)
        return
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    while True:
        try:
            yield _ask()
        except EOFError:
            print(file=sys.stderr)
            return
        except KeyboardInterrupt:
            print(file=sys.stderr)  # what is said next begins a line
            raise


def _ask() -> str:
    """One line from a terminal; the prompt stays out of output that goes elsewhere."""
    if sys.stdout.isatty():
        return input(PROMPT)
    print(PROMPT, end="", file=sys.stderr, flush=True)
    return input()


def _unknown(found: list[tuple[Attended, ...]]) -> dict[str, tuple[str, ...]]:
    return {word: closest for ranked in found for word, closest in ranked[0].unknown.items()}


def _unknown_targets(runs: list[Shown], target: str | None) -> dict[str, tuple[str, ...]]:
    """Words of a given target that a run has never seen, each with the closest known ones."""
    if target is None:
        return {}
    unknown = {}
    for side in (run.translator.target for run in runs):
        ids, encoding = side.encode_with_offsets(target)
        for id_, (start, end) in zip(ids, encoding.offsets, strict=True):
            if id_ == UNK:
                unknown[target[start:end]] = tuple(side.closest(target[start:end]))
    return unknown


def _pictures(runs: list[Shown], line: str, found: list[tuple[Attended, ...]]) -> list[Picture]:
    return [
        Picture(
            sentence=line,
            run=run.name,
            rank=rank,
            moment="",
            text=one.text,
            score=one.score,
            alignment=one.alignment,
            unknown=one.unknown,
        )
        for run, ranked in zip(runs, found, strict=True)
        for rank, one in enumerate(ranked, start=1)
    ]
