"""Exact match and edit rates against values counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.strings import (
    LineEdits,
    character_edits,
    error_rate,
    exact_match,
    exact_matches,
    share,
    token_edits,
)


def test_exact_match_ignores_runs_of_white_space_only() -> None:
    references = ["le chat dort", "le chat dort", "le chat dort", "le chat dort", ""]
    hypotheses = ["le chat dort", " le  chat\u00a0dort ", "Le chat dort", "le chatdort", " "]
    assert exact_matches(hypotheses, references) == [True, True, False, False, True]
    assert exact_match(hypotheses, references) == pytest.approx(60.0)


def test_unicode_composition_counts() -> None:
    assert exact_matches(["e\u0301te\u0301"], ["\u00e9t\u00e9"]) == [False]


def test_token_edits_by_hand() -> None:
    hypotheses = ["ʃ a t", "b ɔ̃ ʒ u ʁ", "", "p a"]
    references = ["ʃ a", "b ɔ ʒ u", "s ɛ l", ""]
    # one insertion; one substitution and one insertion; three deletions; two insertions
    assert token_edits(hypotheses, references, str.split) == [
        LineEdits(edits=1, length=2),
        LineEdits(edits=2, length=4),
        LineEdits(edits=3, length=3),
        LineEdits(edits=2, length=0),
    ]


def test_tokens_of_many_characters_are_one_unit() -> None:
    assert token_edits(["chien noir"], ["chat noir"], str.split) == [LineEdits(1, 2)]


def test_character_edits_by_hand() -> None:
    # "kitten" to "sitting": two substitutions and an insertion; a missing space is one edit.
    assert character_edits(["kitten", " ab  c ", "abc"], ["sitting", "ab c", "ab c"]) == [
        LineEdits(3, 7),
        LineEdits(0, 4),
        LineEdits(1, 4),
    ]


def test_the_error_rate_is_of_sums_not_a_mean_of_rates() -> None:
    assert error_rate([LineEdits(1, 1), LineEdits(0, 9)]) == pytest.approx(10.0)


def test_the_error_rate_may_exceed_100() -> None:
    assert error_rate([LineEdits(3, 2)]) == pytest.approx(150.0)


def test_empty_references() -> None:
    assert error_rate([LineEdits(2, 0), LineEdits(0, 4)]) == pytest.approx(50.0)
    assert error_rate([LineEdits(0, 0)]) == 0.0
    assert error_rate([LineEdits(2, 0)]) == 100.0
    assert error_rate([]) == 0.0


def test_share() -> None:
    assert share([True, False, False, True]) == 50.0
    assert share([]) == 0.0


def test_different_counts_name_both() -> None:
    with pytest.raises(InputError, match="found 1 hypotheses and 2 references"):
        exact_matches(["a"], ["a", "b"])
    with pytest.raises(InputError, match="found 2 hypotheses and 1 references"):
        character_edits(["a", "b"], ["a"])


def edit_distance(first: list[str], second: list[str]) -> int:
    """The textbook table of Wagner and Fischer, to check the library's fast one."""
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, start=1):
        last, row[0] = row[0], i
        for j, right in enumerate(second, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1]


tokens = st.lists(st.sampled_from(["a", "aa", "b", "ɔ̃", "\U0001f600"]), max_size=12)


@given(tokens, tokens)
def test_edits_are_those_of_the_textbook(first: list[str], second: list[str]) -> None:
    (found,) = token_edits([" ".join(first)], [" ".join(second)], str.split)
    assert found == LineEdits(edit_distance(first, second), len(second))
