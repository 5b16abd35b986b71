"""How the curves of a chart are told apart: a mark, a dash and a colour for each, in this order.

Each differs from its neighbours in all three, so that a chart reads without colour. Knows nothing
of what is drawn.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The look of one curve."""

    filled: str
    """In a terminal, at a point that can be relied on."""
    hollow: str
    """The same at a point that few lines stand behind."""
    letter: str
    """In a terminal without Unicode."""
    stroke: str
    """The line in a terminal without Unicode, a character."""
    dash: tuple[int, ...]
    """Dots drawn and left out, in turn; empty: all are drawn."""
    shape: str
    """In a picture: `circle`, `square`, `triangle`, `diamond` or `wedge`."""
    terminal_colour: str
    picture_colour: str
    """On white; its contrast is 4.5 at least (WCAG 2.1), so that text may have it."""


_SHAPES = (
    ("●", "○", "o", "circle"),
    ("■", "□", "#", "square"),
    ("▲", "△", "^", "triangle"),
    ("◆", "◇", "x", "diamond"),
    ("▼", "▽", "v", "wedge"),
)
_DASHES: tuple[tuple[str, tuple[int, ...]], ...] = (
    (".", ()),
    (":", (6, 4)),
    ("-", (1, 2)),
    ("'", (8, 3, 1, 3)),
)
_COLOURS = (
    ("cyan", "#0b5fa5"),
    ("yellow", "#b34700"),
    ("magenta", "#8e3a80"),
    ("green", "#1d7044"),
    ("red", "#b3261e"),
    ("blue", "#3d3d46"),
)


def mark_of(index: int) -> Mark:
    """The look of the curve that comes `index`-th, from 0; the 61st looks like the first."""
    filled, hollow, letter, shape = _SHAPES[index % len(_SHAPES)]
    stroke, dash = _DASHES[index % len(_DASHES)]
    terminal, picture = _COLOURS[index % len(_COLOURS)]
    return Mark(
        filled=filled,
        hollow=hollow,
        letter=letter,
        stroke=stroke,
        dash=dash,
        shape=shape,
        terminal_colour=terminal,
        picture_colour=picture,
    )
