"""Words as labels of a table: harmless, measured in terminal cells, cut to fit.

A label is shown through `visible`, so that no control reaches the terminal. Words that run from
right to left are fenced by left-to-right marks, so that a terminal that reorders text reorders
them alone and leaves their neighbours, numbers among them, in place. Knows nothing of tables.
"""

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

from seq2seq_cli.text.visible import visible

ELLIPSIS = "…"
ASCII_ELLIPSIS = "~"
DOTTED_CIRCLE = "◌"
LEFT_TO_RIGHT_MARK = "\u200e"
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Emoji presentation and skin tones: terminals do not agree on how many cells they add.
UNSTABLE = dict.fromkeys([0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)])
MOST_MARKS = 8
"""Combining marks kept on one base character; more would spill over neighbouring lines."""


def make_label(token: str, *, unicode: bool = True) -> str:
    """A token as one line of harmless text, without direction marks.

    Where the terminal has no Unicode, what is not ASCII is written as escapes, such as `\\xe9`.
    A label that begins with a combining mark gets a dotted circle to carry it; emoji lose their
    skin tones, so that the table stays aligned everywhere.
    """
    shown = visible(token.translate(UNSTABLE))
    if not unicode:
        return shown.encode("ascii", "backslashreplace").decode("ascii")
    if shown and cell_len(shown[0]) == 0:
        shown = DOTTED_CIRCLE + shown
    return "".join(letters(shown))


def fit(label: str, cells: int, *, unicode: bool = True) -> str:
    """Cut a label to at most `cells` terminal cells, with an ellipsis where something went."""
    if cell_len(label) <= cells:
        return label
    ellipsis = ELLIPSIS if unicode else ASCII_ELLIPSIS
    return _prefix(label, cells - 1) + ellipsis if cells > 0 else ""


def fence(label: str) -> str:
    """Keep a right-to-left label from reordering what stands beside it; adds no width."""
    if runs_right_to_left(label):
        return f"{LEFT_TO_RIGHT_MARK}{label}{LEFT_TO_RIGHT_MARK}"
    return label


def runs_right_to_left(label: str) -> bool:
    """Whether some of it does."""
    return any(unicodedata.bidirectional(character) in RIGHT_TO_LEFT for character in label)


def direction(text: str) -> str:
    """`rtl` or `ltr`: the direction of the first character that has one."""
    for character in text:
        found = unicodedata.bidirectional(character)
        if found in ("L", "R", "AL"):
            return "ltr" if found == "L" else "rtl"
    return "ltr"


def right_aligned(label: str, cells: int) -> str:
    """The label fenced and padded on its left to `cells` cells; it must fit."""
    return " " * (cells - cell_len(label)) + fence(label)


def can_stand(label: str) -> bool:
    """Whether it may be written letter under letter: letters that join, or go around others, not.

    Those are the scripts from right to left, and those with spacing vowel signs (Devanagari).
    """
    joins = (unicodedata.category(character) == "Mc" for character in label)
    return not runs_right_to_left(label) and not any(joins)


def letters(label: str) -> Iterator[str]:
    """Base characters with the zero-width ones that follow them, at most `MOST_MARKS` each."""
    cluster = ""
    for character in label:
        if cluster and cell_len(character) == 0:
            if len(cluster) <= MOST_MARKS:
                cluster += character
        else:
            if cluster:
                yield cluster
            cluster = character
    if cluster:
        yield cluster


def _prefix(label: str, cells: int) -> str:
    kept = ""
    for cluster in letters(label):
        if cell_len(kept + cluster) > cells:
            break
        kept += cluster
    return kept
