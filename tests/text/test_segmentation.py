"""Words, punctuation, and which piece belongs to which word."""

import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.text.segmentation import _mark_class, group_pieces, word_spans


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dog, he said.", ["The", "dog", ",", "he", "said", "."]),
        ("l'ami L’été d'un", ["l'", "ami", "L’", "été", "d'", "un"]),
        (
            "qu'il Jusqu'à lorsqu'on puisqu'elle",
            ["qu'", "il", "Jusqu'", "à", "lorsqu'", "on", "puisqu'", "elle"],
        ),
        ("don't aujourd'hui quelqu'un", ["don't", "aujourd'hui", "quelqu'un"]),
        ("d'aujourd'hui qu'l'ami", ["d'", "aujourd'hui", "qu'", "l'", "ami"]),
        ("it's I'm we're he'd", ["it's", "I'm", "we're", "he'd"]),
        ("est-ce vingt-deux n'est-ce", ["est-ce", "vingt-deux", "n'", "est-ce"]),
        ("-a b- --c d--e", ["-", "a", "b", "-", "-", "-", "c", "d", "-", "-", "e"]),
        ("'quoted' l' rock'", ["'", "quoted", "'", "l", "'", "rock", "'"]),
        ("3.5 1,000 5'11 B-52", ["3", ".", "5", "1", ",", "000", "5", "'", "11", "B-52"]),
        ("snake_case a@b.c", ["snake", "_", "case", "a", "@", "b", ".", "c"]),
        ("東京タワーへrun2", ["東", "京", "タ", "ワ", "ー", "へ", "run2"]),
        ("e\u0301te\u0301 l'e\u0301te\u0301", ["e\u0301te\u0301", "l'", "e\u0301te\u0301"]),
        ("हिन्दी สวัสดี co\u00adop", ["हिन्दी", "สวัสดี", "co\u00adop"]),
        ("❤\ufe0f👍🏽 \u0301x", ["❤\ufe0f", "👍", "🏽", "\u0301", "x"]),
        ("a\u00a0b\u2028c\x1fd \x1b[0m", ["a", "b", "c", "d", "\x1b", "[", "0m"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_every_combining_mark_belongs_to_the_word_before_it() -> None:
    marks = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)).startswith("M")
    ]
    assert len(marks) > 2_000
    assert words("a" + "".join(marks) + "b") == ["a" + "".join(marks) + "b"]
    assert len(_mark_class()) < 10_000


@given(st.text(st.characters() | st.sampled_from("ab'’-\u0301東qu_ 1")))
def test_words_cover_everything_but_white_space(text: str) -> None:
    spans = word_spans(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join(words(text)) == "".join(text.split())


def test_pieces_join_the_word_their_first_character_is_in() -> None:
    #       0123456789
    text = "un chat, l'ami"
    offsets = ((0, 2), (2, 5), (5, 7), (7, 8), (9, 10), (10, 11), (11, 12), (12, 14))
    assert group_pieces(text, offsets) == [[0], [1, 2], [3], [4, 5], [6, 7]]


def test_empty_pieces_join_the_word_at_their_place_or_a_neighbour() -> None:
    text = "ab cd"
    assert group_pieces(text, ((0, 0), (0, 2), (3, 3), (3, 5), (5, 5))) == [[0, 1], [2, 3, 4]]
    assert group_pieces(text, ((2, 2), (3, 5))) == [[0, 1]]
    assert group_pieces(" ab", ((0, 0), (1, 3))) == [[0, 1]]
    assert group_pieces("", ((0, 0), (0, 0))) == [[0, 1]]
    assert group_pieces("", ()) == []
    assert group_pieces("ab", ()) == []


@given(st.text("a '.-", max_size=20), st.data())
def test_every_piece_is_in_exactly_one_group(text: str, data: st.DataObject) -> None:
    bounds = data.draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    offsets = tuple(pairwise(bounds))
    groups = group_pieces(text, offsets)
    assert [index for group in groups for index in group] == list(range(len(offsets)))
    assert all(groups)
