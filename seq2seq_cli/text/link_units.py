"""What alignment links count on one side of a pair: words, what white space separates, or tokens.

A unit is a span of the raw line, so that runs with different tokenizers count alike. Knows nothing
of links or weights.
"""

from typing import get_args

from seq2seq_cli.config import LinkUnit
from seq2seq_cli.text.encoding import Offsets
from seq2seq_cli.text.segmentation import pieces_by_span, word_spans
from seq2seq_cli.text.symbols import SpaceTokenizer

LINK_UNITS: tuple[LinkUnit, ...] = get_args(LinkUnit)


def usual_unit(tokenizer_kind: str, *, of_gold: bool = False) -> LinkUnit:
    """What links count where nobody says it: what `s2s attend` shows, words or single symbols.

    Those are the tokens of `char` and `space`, and else words. Links that people made (`of_gold`)
    count words of a line of characters, too.
    """
    symbols = ("space",) if of_gold else ("space", "char")
    return "pieces" if tokenizer_kind in symbols else "words"


def unit_spans(unit: LinkUnit, text: str, offsets: Offsets) -> Offsets:
    """The start and end in `text` of each unit; `offsets` are those of its tokens."""
    if unit == "pieces":
        return offsets
    return word_spans(text) if unit == "words" else SpaceTokenizer().encode(text).offsets


def pieces_of_units(
    text: str, offsets: Offsets, units: Offsets, leading_features: int = 0
) -> list[list[int]]:
    """For each unit of `text` the indices of its tokens, one at least where there are tokens.

    Features, which may come before the tokens whose `offsets` are given, belong to no unit.

    A unit in which no token begins, such as the second of two Han characters in one token, has
    the token that the unit before it ends with. Units of one place, such as the letters that a
    syllable was decomposed into, have the same tokens.
    """
    if leading_features:
        groups = pieces_of_units(text, offsets, units)
        return [[leading_features + index for index in group] for group in groups]
    if units == offsets:
        return [[index] for index in range(len(offsets))]
    if len(distinct := tuple(dict.fromkeys(units))) < len(units):
        groups = pieces_of_units(text, offsets, distinct)
        by_unit = dict(zip(distinct, groups, strict=True))
        return [list(by_unit[unit]) for unit in units]
    groups = pieces_by_span(text, offsets, units)
    for place, group in enumerate(groups):
        if not group and place > 0:
            groups[place] = groups[place - 1][-1:]
    return groups
