"""What is counted in a token error rate."""

import pytest

from seq2seq_cli.scoring.strings import LineEdits, token_edits
from seq2seq_cli.scoring.units import error_units


def test_phones_are_split_at_white_space() -> None:
    assert error_units("space")(" b ɔ̃  ʒ u ʁ.") == ["b", "ɔ̃", "ʒ", "u", "ʁ."]


def test_characters_come_without_white_space() -> None:
    assert error_units("char")("a b\u00a0ç") == ["a", "b", "ç"]


@pytest.mark.parametrize("kind", ["word", "bpe", "unigram"])
def test_pieces_are_counted_as_words(kind: str) -> None:
    assert error_units(kind)("L'ami dort.") == ["L'", "ami", "dort", "."]


def test_a_space_before_a_full_stop_is_no_error_of_words() -> None:
    edits = token_edits(["Il dort ."], ["Il dort."], error_units("word"))
    assert edits == [LineEdits(edits=0, length=3)]
