"""Units of links, and which tokens each has."""

import pytest

from seq2seq_cli.text.link_units import pieces_of_units, unit_spans, usual_unit
from seq2seq_cli.text.tokenizer import word_spans

TEXT = "l'ami, oui"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("words", ["l'", "ami", ",", "oui"]),
        ("space", ["l'ami,", "oui"]),
        ("pieces", ["l", "'a", "mi,", "oui"]),
    ],
)
def test_the_kinds_of_units(unit: str, expected: list[str]) -> None:
    pieces = ((0, 1), (1, 3), (3, 6), (7, 10))
    spans = unit_spans(unit, TEXT, pieces)  # type: ignore[arg-type]
    assert [TEXT[start:end] for start, end in spans] == expected


def test_tokens_belong_to_the_unit_in_which_they_begin() -> None:
    pieces = ((0, 2), (2, 4), (4, 5), (5, 6), (7, 10))
    assert pieces_of_units(TEXT, pieces, word_spans(TEXT)) == [[0], [1, 2], [3], [4]]
    assert pieces_of_units(TEXT, pieces, ((0, 6), (7, 10))) == [[0, 1, 2, 3], [4]]


def test_tokens_as_units_are_their_own_even_where_they_are_empty() -> None:
    pieces = ((0, 0), (0, 2), (2, 2))
    assert pieces_of_units("ab", pieces, pieces) == [[0], [1], [2]]


def test_units_of_one_place_have_the_same_tokens() -> None:
    """Letters of two decomposed syllables as units of a run that reads whole syllables."""
    letters = ((0, 1), (0, 1), (0, 1), (1, 2), (1, 2))
    assert pieces_of_units("한가", ((0, 1), (1, 2)), letters) == [[0], [0], [0], [1], [1]]
    assert pieces_of_units("한가", ((0, 2),), letters) == [[0]] * 5


def test_a_unit_inside_a_token_shares_it() -> None:
    text = "東京タワー x"
    words = word_spans(text)
    assert len(words) == 6
    pieces = ((0, 2), (2, 3), (3, 5), (6, 7))
    assert pieces_of_units(text, pieces, words) == [[0], [0], [1], [2], [2], [3]]


def test_the_usual_units_are_words_or_symbols() -> None:
    assert [usual_unit(kind) for kind in ("word", "bpe", "unigram")] == ["words"] * 3
    assert [usual_unit(kind) for kind in ("char", "space")] == ["pieces"] * 2
    assert usual_unit("char", of_gold=True) == "words"
    assert usual_unit("space", of_gold=True) == "pieces"
