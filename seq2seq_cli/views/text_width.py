"""How wide text is in a proportional font that is not known, and where it is broken into lines.

An estimate by kinds of letters, after the widths of DejaVu Sans, one of the widest of the usual
fonts: what is laid out by it has room in others as well.
"""

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

NARROW, ORDINARY, CAPITAL, WIDE, FULL = 0.38, 0.63, 0.78, 0.98, 1.0
_NARROW = frozenset(" fijlrtI.,;:!|'()[]/\\-‹›·")
_WIDE = frozenset("mwMWOQ%@&#^œŒæÆĦŵŴωшщжюмфыШЩЖЮМФЫ…—→⟨⟩")


def text_width(text: str, size: float) -> float:
    """The width of `text` in the units of `size`, the size of the font."""
    return size * sum(map(_ems, text))


def wrap(text: str, size: float, width: float) -> Iterator[str]:
    """Lines no wider than `width`, broken at spaces, or inside of what is too wide for a line."""
    line = ""
    for word in text.split():
        together = f"{line} {word}" if line else word
        if text_width(together, size) <= width:
            line = together
            continue
        if line:
            yield line
        *full, line = _cut(word, size, width)
        yield from full
    if line:
        yield line


def _cut(word: str, size: float, width: float) -> list[str]:
    parts = [""]
    for character in word:
        if parts[-1] and text_width(parts[-1] + character, size) > width:
            parts.append("")
        parts[-1] += character
    return parts


def _ems(character: str) -> float:
    if cell_len(character) != 1:
        return FULL * min(1, cell_len(character))
    if character in _NARROW:
        return NARROW
    if character in _WIDE:
        return WIDE
    return CAPITAL if unicodedata.category(character) in ("Lu", "So", "Sm") else ORDINARY
