"""The units of a text that alignment links count, and which tokens make up each of them.

Knows nothing of links or attention. Other aligners count what white space separates (`space`); gold
links count words and punctuation (`words`); a model itself counts its tokens (`pieces`).
"""

import re
from bisect import bisect_right
from typing import Literal, get_args

from seq2seq_cli.text.encoding import Offsets
from seq2seq_cli.text.segmentation import word_spans

UnitKind = Literal["words", "space", "pieces"]
UNIT_KINDS: tuple[str, ...] = get_args(UnitKind)

_CHUNK = re.compile(r"\S+")


def unit_spans(kind: str, text: str, offsets: Offsets) -> Offsets:
    """The start and end in `text` of each unit, in order.

    Args:
        kind: one of `UNIT_KINDS`.
        text: the raw text.
        offsets: of its tokens, as encodings and decodings have them.
    """
    if kind == "pieces":
        return offsets
    if kind == "space":
        return tuple(match.span() for match in _CHUNK.finditer(text))
    return word_spans(text)


def group_tokens(kind: str, text: str, offsets: Offsets) -> list[list[int]]:
    """For each unit of `text`, the indices of the tokens that share a character with it.

    Args:
        kind: one of `UNIT_KINDS`.
        text: the raw text.
        offsets: start and end in `text` of each of its tokens, in order.

    White space at the start of a token does not count, and a token of nothing but white space, or
    of nothing, goes with the character after it. A token that covers several units is in each
    of them, so that no unit of an encoded line is without tokens.
    """
    spans = unit_spans(kind, text, offsets)
    if spans == offsets:
        return [[index] for index in range(len(offsets))]
    starts = [start for start, _ in spans]
    groups: list[list[int]] = [[] for _ in spans]
    for index, (start, end) in enumerate(offsets):
        place = start + len(text[start:end]) - len(text[start:end].lstrip())
        unit = max(bisect_right(starts, place) - 1, 0)
        while unit < len(spans) and starts[unit] < max(end, place + 1):
            if place < spans[unit][1]:
                groups[unit].append(index)
            unit += 1
    return groups
