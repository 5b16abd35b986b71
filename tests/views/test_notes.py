"""Sentences around tables: harmless and exact."""

from seq2seq_cli.views.notes import hypothesis_header, unknown_note


def test_unknown_words_are_named_with_the_closest() -> None:
    note = unknown_note("blakc", ["black", "block"])
    assert note == "“blakc” is not in the vocabulary; closest: black, block"
    assert unknown_note("\x1b[1m", []) == "“␛[1m” is not in the vocabulary"
    assert unknown_note("é", [], unicode=False) == '"\\xe9" is not in the vocabulary'


def test_hypotheses_have_rank_and_score() -> None:
    assert hypothesis_header("[b] Le chat.", -0.12345, 2).plain == "2. [b] Le chat.  score -0.123"
    assert hypothesis_header("Le chat.", -0.5).plain == "Le chat.  score -0.500"
