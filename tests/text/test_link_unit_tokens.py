"""Units that links count, and the tokens of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.config import LinkUnit
from seq2seq_cli.text.link_units import LINK_UNITS, pieces_of_units, unit_spans
from seq2seq_cli.text.segmentation import word_spans
from seq2seq_cli.text.tokenizer import Tokenizer, train_tokenizer

SENTENCE = "l'ami dort."
Offsets = tuple[tuple[int, int], ...]
PIECES: Offsets = ((0, 1), (1, 2), (2, 4), (4, 5), (6, 10), (10, 11))  # l ' am i dort .


def grouped(kind: LinkUnit, text: str, offsets: Offsets) -> list[list[int]]:
    return pieces_of_units(text, offsets, unit_spans(kind, text, offsets))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("words", [[0, 1], [2, 3], [4], [5]]),
        ("space", [[0, 1, 2, 3], [4, 5]]),
        ("pieces", [[0], [1], [2], [3], [4], [5]]),
    ],
)
def test_pieces_of_a_sentence(kind: LinkUnit, expected: list[list[int]]) -> None:
    assert grouped(kind, SENTENCE, PIECES) == expected
    assert len(unit_spans(kind, SENTENCE, PIECES)) == len(expected)


@pytest.mark.parametrize(
    ("text", "offsets", "expected"),
    [
        ("東京へ", ((0, 2), (2, 3)), [[0], [0], [1]]),
        ("ab c", ((0, 1), (1, 2), (2, 3), (3, 4)), [[0, 1], [2, 3]]),
        ("a b", ((0, 0), (0, 1), (2, 2), (2, 3)), [[0, 1], [2, 3]]),
        ("ab", ((0, 2), (2, 2)), [[0, 1]]),
        ("it's. No", ((0, 5), (6, 8)), [[0], [0], [1]]),
        ("", (), []),
    ],
    ids=["over two words", "spaces", "bare marks", "nothing after", "whole chunks", "empty"],
)
def test_tokens_that_are_no_parts_of_one_word(
    text: str, offsets: tuple[tuple[int, int], ...], expected: list[list[int]]
) -> None:
    assert grouped("words", text, offsets) == expected


TOKENIZERS = {
    **{kind: train_tokenizer(kind, []) for kind in ("word", "char", "space")},
    "bpe": train_tokenizer("bpe", ["l'ami dort, l'amie dort.", "東京 東京へ"], vocabulary_size=40),
}


@pytest.mark.parametrize("kind", LINK_UNITS)
@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)
@given(line=st.text(alphabet="ab'.,-東京 \t▁é\u0301", max_size=12))
def test_every_unit_has_tokens_and_every_token_a_unit(
    tokenizer: Tokenizer, kind: LinkUnit, line: str
) -> None:
    offsets = tokenizer.encode(line).offsets
    groups = grouped(kind, line, offsets)
    assert all(groups)
    assert {token for group in groups for token in group} == set(range(len(offsets)))
    counts = {"words": len(word_spans(line)), "space": len(line.split()), "pieces": len(offsets)}
    assert len(groups) == counts[kind]
