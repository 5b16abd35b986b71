"""Several systems by source length, in ranges that all share."""

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.by_length import compare_by_length, source_lengths
from seq2seq_cli.scoring.translation import bleu, chrf

SHORT, LONG = "a b c d", "a b c d e f g h"
SOURCES = [SHORT, LONG] * 10
REFERENCES = ["le chat noir dort", "le vieux chat noir dort sur le lit"] * 10
WRONG = ["le chat noir dort", "le vieux chien noir dort sur le lit"] * 10


def test_each_range_is_scored_by_its_own_lines() -> None:
    found = compare_by_length(SOURCES, REFERENCES, {"right": REFERENCES, "wrong": WRONG})
    ranges = [(one.shortest, one.longest, one.count, one.mean_length) for one in found.ranges]
    assert ranges == [(1, 5, 10, 4.0), (6, 8, 10, 8.0)]
    assert (found.metric, found.unit, found.count) == ("bleu", "words", 20)
    assert found.curves["right"].by_range == (pytest.approx(100), pytest.approx(100))
    short, long = found.curves["wrong"].by_range
    assert short == pytest.approx(100)
    assert long == bleu(WRONG[1::2], REFERENCES[1::2]).score < 100
    assert found.curves["wrong"].score == bleu(WRONG, REFERENCES)
    assert found.signature == bleu(WRONG, REFERENCES).signature


def test_other_metrics() -> None:
    exact = compare_by_length(SOURCES, REFERENCES, {"it": WRONG}, metric="exact_match")
    assert exact.curves["it"].by_range == (100.0, 0.0)
    assert exact.curves["it"].score.score == 50.0
    assert exact.signature is None
    letters = compare_by_length(SOURCES, REFERENCES, {"it": WRONG}, metric="chrf", lowercase=True)
    assert letters.curves["it"].by_range[1] == chrf(WRONG[1::2], REFERENCES[1::2]).score
    assert letters.signature is not None
    assert "case:lc" in letters.signature


def test_ranges_without_enough_words_for_bleu_have_no_score() -> None:
    found = compare_by_length(["a b"] * 3, ["le chat"] * 3, {"it": ["le chat"] * 3})
    assert found.curves["it"].by_range == (None,)


def test_few_lines_are_fewer_than_fifty() -> None:
    sources = ["a b"] * 50 + ["a b c d e f g"] * 49
    found = compare_by_length(sources, sources, {"it": sources}, metric="exact_match")
    assert [(one.count, one.has_few_lines) for one in found.ranges] == [(50, False), (49, True)]


def test_lengths_are_words_of_the_raw_line() -> None:
    assert source_lengths(["The  cat, asleep.", "", "l'ami dort"]) == ("words", [3, 0, 2])


def test_where_most_lines_are_one_word_characters_are_counted() -> None:
    assert source_lengths(["chat", "pomme de terre", "lit "]) == ("characters", [4, 12, 3])
    assert source_lengths(["猫が眠る", "犬"]) == ("characters", [4, 1])
    assert source_lengths(["one", "two words"]) == ("words", [1, 2])


def test_numbers_of_lines_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match="found 19 hypotheses and 20 references"):
        compare_by_length(SOURCES, REFERENCES, {"it": WRONG[1:]})
    with pytest.raises(InputError, match="There are no lines to score"):
        compare_by_length([], [], {"it": []})
