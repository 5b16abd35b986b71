"""Words and punctuation of a text, and which pieces belong to which word.

Knows nothing of tokens or languages: one rule for all, with what French elisions need.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import cache

from seq2seq_cli.text.encoding import Offsets

# Han, Kana and their iteration marks: written without spaces, one character is one word.
_SINGLES = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00016ff0-\U00016ff1\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
# Marks lie here; the rest of Unicode need not be searched for them.
_MARK_RANGES = (range(0x300, 0x20000), range(0xE0100, 0xE01F0))
# Soft hyphen, zero-width non-joiner and joiner: invisible parts of the word they stand in.
_INVISIBLE_PARTS = "\u00ad\u200c\u200d"


def word_spans(text: str) -> Offsets:
    """The start and end of each word and punctuation character of `text`, in order.

    A word is a run of letters, digits and combining marks. Hyphens between letters or digits, and
    apostrophes between letters, stay inside (`est-ce`, `don't`), but an elision ends after its
    apostrophe: at most two letters before it, or one of qu, jusqu, lorsqu, puisqu, quoiqu
    (`l'` `ami`, `qu'` `il`), unless an English contraction follows (`it's`, `I'm`). Each Han and
    Kana character is a word, and so is every other character that is no white space, with the
    marks that follow it.
    """
    return tuple(match.span() for match in word_pattern().finditer(text))


def group_pieces(text: str, offsets: Offsets, leading_features: int = 0) -> list[list[int]]:
    """For each word of `text` that has pieces, the indices of its pieces, in order.

    Args:
        text: the raw text, without columns of features.
        offsets: start and end in `text` of each piece, in order, as encodings and decodings have.
        leading_features: how many of the first are features: each is a group of its own.

    Pieces belong to words as `pieces_by_span` says. Every index is in exactly one group.
    """
    if leading_features:
        groups = group_pieces(text, offsets[leading_features:])
        moved = [[leading_features + index for index in group] for group in groups]
        return [*([index] for index in range(leading_features)), *moved]
    words = word_spans(text)
    if not words:
        return [list(range(len(offsets)))] if offsets else []
    return [group for group in pieces_by_span(text, offsets, words) if group]


def pieces_by_span(text: str, offsets: Offsets, spans: Offsets) -> list[list[int]]:
    """For each of `spans`, in order, the indices of its pieces; maybe none.

    A piece belongs to the span in which its first character that is no space lies. An empty piece
    belongs to the span at its place, else goes with the piece before it, or after it.
    """
    starts = [start for start, _ in spans]
    groups: list[list[int]] = [[] for _ in spans]
    waiting: list[int] = []
    last = -1
    for index, (start, end) in enumerate(offsets):
        place = start + len(text[start:end]) - len(text[start:end].lstrip())
        span = bisect_right(starts, place) - 1
        if span < 0 or place >= spans[span][1]:
            span = last
        if span < 0:
            waiting.append(index)
            continue
        groups[span].extend([*waiting, index])
        waiting, last = [], span
    if groups:
        groups[0].extend(waiting)
    return groups


@cache
def word_pattern() -> re.Pattern[str]:
    """The pattern whose matches are the words and punctuation of a text; compiled at first use."""
    marks = f"[{_mark_class()}]"
    run = rf"[^\W_{_SINGLES}]+(?:{marks}+[^\W_{_SINGLES}]*)*"
    letter = rf"[^\W\d_{_SINGLES}]"
    contraction = r"(?:s|m|d|t|re|ve|ll)(?![^\W_])"
    elision = (
        rf"(?:(?:jusqu|lorsqu|puisqu|quoiqu)|(?:{letter}{marks}*){{1,2}})"
        rf"['’](?=[^\W\d_])(?!{contraction})"
    )
    inner = rf"(?:[-‐‑]|(?<!\d)['’](?={letter}))"
    return re.compile(
        rf"(?i:{elision})|{run}(?:{inner}{run})*|\S{marks}*",
    )


def _mark_class() -> str:
    """The inside of a character class with every combining mark, as ranges."""
    marks = sorted(
        {
            code
            for codes in _MARK_RANGES
            for code in codes
            if unicodedata.category(chr(code))[0] == "M"
        }
        | set(map(ord, _INVISIBLE_PARTS))
    )
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
