"""Draws the README's picture: the terminal's own output of `s2s attend`, as SVG.

    python docs/make_picture.py RUN "SENTENCE" docs/attend.svg

The command is run with colours on; what it prints is recorded and exported as it is. The picture
is one file: it names only fonts that are installed, and loads nothing.
"""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS = 72
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
INK, PAPER = (222, 222, 228), (24, 24, 30)
NAMED_COLOURS = [PAPER, *7 * [INK]]  # what is printed names none of the eight
THEME = TerminalTheme(PAPER, INK, NAMED_COLOURS)


def printed_by_attend(run: str, sentence: str) -> Text:
    """What the command prints on a terminal of 16 million colours."""
    wanted = {"FORCE_COLOR": "1", "COLORTERM": "truecolor", "COLUMNS": str(COLUMNS)}
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | wanted
    command = [sys.executable, "-m", "seq2seq_cli", "attend", sentence, "--run", run]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return Text.from_ansi(done.stdout.strip("\n"))


def draw(sentence: str, printed: Text) -> str:
    """The SVG of a terminal with the command and its output."""
    console = Console(
        record=True, file=StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor"
    )
    console.print(Text.assemble(("$ ", "dim"), f's2s attend "{sentence}"'))
    console.print()
    console.print(printed)
    svg = console.export_svg(title="s2s", theme=THEME, unique_id="attend")
    svg = re.sub(r"@font-face\s*\{.*?\}|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family:[^;]*;", f"font-family: {FONTS};", svg)
    return re.sub(r"\n\s*\n+", "\n", svg)


def main() -> None:
    """Draw what the command line asks for."""
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    run, sentence, picture = sys.argv[1:]
    Path(picture).write_text(draw(sentence, printed_by_attend(run, sentence)), "utf-8")


if __name__ == "__main__":
    main()
