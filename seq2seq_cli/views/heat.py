"""One cell of a heat map and the scale that explains it, in whatever a terminal can show.

With colour the weight is the background; without, a shade character; without Unicode, an ASCII
character. Knows nothing of words or of where a cell stands.
"""

from dataclasses import dataclass

from rich.color import ColorSystem
from rich.style import Style
from rich.text import Text

from seq2seq_cli.views.layout import lead
from seq2seq_cli.views.palette import LEVELS, cell_style, level

SHADES = " ░▒▓█"
ASCII_SHADES = " :-=+#%@"
FIRST_SHADE = 5
"""Weights below this many percent are drawn empty where there is no colour."""
SCALE_CELLS = 20


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the terminal can show and what the reader asked for."""

    system: ColorSystem | None
    """The colours of the terminal; None: none."""
    unicode: bool = True
    numbers: bool = False
    """Percentages in the cells."""

    @property
    def mark(self) -> str:
        """The sign of the strongest cell of a row."""
        return "●" if self.unicode else "*"

    @property
    def dot(self) -> str:
        """The sign of a cell with next to nothing in it."""
        return "·" if self.unicode else "."


def heat_cell(weight: float, *, strongest: bool, cells: int, look: Look) -> Text:
    """A cell of `cells` terminal cells: background, percentage if asked for, mark."""
    words = _number(weight, cells, look) if look.numbers else _fill(weight, cells, look)
    if strongest:
        at = lead(cells) - (1 if look.numbers else 0)
        words = words[:at] + look.mark + words[at + 1 :]
    style = Style.null() if look.system is None else cell_style(weight, look.system)
    faint = look.numbers and not strongest and level(weight) == 0
    return Text(words, style + Style(bold=strongest or None, dim=faint or None))


def shade(weight: float, look: Look) -> str:
    """The character whose ink grows with the weight."""
    ramp = SHADES if look.unicode else ASCII_SHADES
    percent = level(weight)
    if percent < FIRST_SHADE:
        return ramp[0]
    steps = len(ramp) - 1
    return ramp[1 + min(steps - 1, (percent - FIRST_SHADE) * steps // (LEVELS - FIRST_SHADE))]


def scale(look: Look, cells: int = SCALE_CELLS) -> Text:
    """The scale from 0% to 100%, at most `cells` wide between its ends."""
    if look.system is None and look.numbers:
        return Text("cells in percent")
    bar = Text()
    for step in range(cells):
        weight = step / (cells - 1)
        if look.system is None:
            bar.append(shade(weight, look))
        else:
            bar.append(" ", cell_style(weight, look.system))
    return Text.assemble("0% ", bar, " 100%")


def _fill(weight: float, cells: int, look: Look) -> str:
    """Spaces on colour; shades without it, and a dot in what is empty, to lead the eye."""
    if look.system is not None:
        return " " * cells
    filling = shade(weight, look)
    at = lead(cells)
    return filling * cells if filling != " " else " " * at + look.dot + " " * (cells - at - 1)


def _number(weight: float, cells: int, look: Look) -> str:
    """The percentage, its two last digits from the column's lead on; a dot below one half."""
    percent = level(weight)
    digits = f"{percent:>2}" if percent else f" {look.dot}"
    return f"{' ' * lead(cells)}{digits}".ljust(cells)
