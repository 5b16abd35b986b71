"""The units that a token error rate counts, for each kind of target tokenizer.

They are what people count, not what a model predicts: subwords are counted as words, so that models
with different vocabularies can be compared. Knows no tokenizer and no vocabulary.
"""

from collections.abc import Callable

from seq2seq_cli.text.segmentation import word_spans

SYMBOL_KINDS = ("space", "char")
"""Kinds of target tokenizer whose lines are short strings of symbols, such as phones."""


def error_units(tokenizer_kind: str) -> Callable[[str], list[str]]:
    """What splits a raw line into units of the token error rate.

    `space` gives symbols between white space (PER of phones); `char` gives characters without white
    space; every other kind gives words and punctuation characters (WER).
    """
    if tokenizer_kind == "space":
        return str.split
    if tokenizer_kind == "char":
        return _characters
    return _words


def _characters(line: str) -> list[str]:
    return [character for character in line if not character.isspace()]


def _words(line: str) -> list[str]:
    return [line[start:end] for start, end in word_spans(line)]
