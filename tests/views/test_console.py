"""Consoles print text as it is, and know what they can show."""

import io
import subprocess
import sys

from rich.color import ColorSystem
from rich.console import Console

from seq2seq_cli.views.console import (
    can_colour,
    can_draw_unicode,
    colours_of,
    human_console,
    print_message,
)


def console_for(encoding: str, **environment: str) -> tuple[Console, io.BytesIO]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    terminal = environment.pop("terminal", "yes") == "yes"
    return Console(file=file, force_terminal=terminal, width=20, _environ=environment), raw


def test_nothing_is_interpreted() -> None:
    console = human_console(stderr=True)
    with console.capture() as capture:
        print_message(console, "[red]:smile: 1\x1b[31m\nnext\ttab")
    assert capture.get() == "[red]:smile: 1␛[31m\nnext␉tab\n"
    assert console.stderr


def test_a_pipe_gets_lines_unwrapped_and_ascii_where_it_must() -> None:
    console, raw = console_for("ascii", terminal="no")
    print_message(console, "été " + "word " * 10)
    console.file.flush()
    assert raw.getvalue() == b"\\xe9t\\xe9 " + b"word " * 10 + b"\n"


def test_unicode_follows_the_encoding() -> None:
    assert can_draw_unicode(console_for("utf-8")[0])
    assert not can_draw_unicode(console_for("latin-1")[0])


def test_colours_follow_the_terminal_and_the_reader() -> None:
    assert colours_of(console_for("utf-8", TERM="xterm-256color")[0]) is ColorSystem.EIGHT_BIT
    assert colours_of(console_for("utf-8", TERM="xterm")[0]) is ColorSystem.STANDARD
    true_colour = console_for("utf-8", TERM="xterm", COLORTERM="truecolor")[0]
    assert colours_of(true_colour) is ColorSystem.TRUECOLOR
    assert not can_colour(console_for("utf-8", TERM="xterm", NO_COLOR="1")[0])
    assert not can_colour(console_for("utf-8", TERM="dumb")[0])
    assert not can_colour(console_for("utf-8", TERM="xterm", terminal="no")[0])


def test_views_import_neither_torch_nor_the_live_display() -> None:
    modules = "attention_table, comparison, console, event_lines, notes, training"
    code = (
        f"import sys; from seq2seq_cli.views import {modules}; "
        "print([name for name in ('torch', 'rich.live', 'rich.panel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
