"""Ranges of source lengths, and the scores of the lines in each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.scoring.buckets import MOST_BUCKETS, Bucket, length_ranges, score_buckets
from seq2seq_cli.scoring.strings import exact_matches, token_edits


def test_steps_of_five_where_each_has_enough_lines() -> None:
    lengths = [3] * 10 + [6] * 5 + [10] * 6 + [11] * 12
    assert length_ranges(lengths) == [(1, 5), (6, 10), (11, 11)]


def test_neighbours_are_merged_until_they_have_enough() -> None:
    lengths = [5] * 4 + [6] * 4 + [15] * 4 + [18] * 30 + [23] * 3 + [42] * 2
    assert length_ranges(lengths) == [(1, 15), (16, 42)]


def test_enough_grows_with_the_number_of_lines() -> None:
    assert length_ranges([1] * 24 + [6] * 976) == [(1, 6)]
    assert length_ranges([1] * 25 + [6] * 975) == [(1, 5), (6, 6)]
    assert length_ranges([1] * 50 + [6] * 100_000) == [(1, 5), (6, 6)]


def test_empty_steps_are_left_out() -> None:
    assert length_ranges([2] * 20 + [31] * 20) == [(1, 5), (31, 31)]


def test_lines_without_tokens_go_into_the_first_range() -> None:
    assert length_ranges([0] * 3 + [4] * 10 + [9] * 10) == [(0, 5), (6, 9)]
    assert length_ranges([0, 0]) == [(0, 0)]


def test_few_lines_make_one_range() -> None:
    assert length_ranges([7]) == [(6, 7)]
    assert length_ranges([]) == []


def test_steps_grow_where_there_would_be_too_many_ranges() -> None:
    lengths = [length for length in range(1, 101) for _ in range(50)]
    assert length_ranges(lengths) == [(start, start + 9) for start in range(1, 100, 10)]


@given(st.lists(st.integers(min_value=0, max_value=2_000), min_size=1, max_size=300))
def test_every_line_is_in_exactly_one_range(lengths: list[int]) -> None:
    ranges = length_ranges(lengths)
    assert 1 <= len(ranges) <= MOST_BUCKETS
    for length in lengths:
        assert sum(shortest <= length <= longest for shortest, longest in ranges) == 1
    assert ranges[-1][1] == max(lengths)


def score(lengths: list[int], hypotheses: list[str], references: list[str]) -> tuple[Bucket, ...]:
    return score_buckets(
        source_lengths=lengths,
        hypotheses=hypotheses,
        references=references,
        matches=exact_matches(hypotheses, references),
        edits=token_edits(hypotheses, references, str.split),
    )


def test_each_bucket_scores_its_own_lines() -> None:
    # Lines of both lengths are mixed: short ones right, of the long ones 1 word in 5 wrong in half.
    lengths = [4, 8] * 10
    hypotheses = ["a b c d e", "a b c d e"] * 5 + ["a b c d e", "a b c d x"] * 5
    references = ["a b c d e"] * 20
    short, long = score(lengths, hypotheses, references)
    assert (short.shortest, short.longest, short.count) == (1, 5, 10)
    assert (short.bleu, short.exact_match, short.token_error_rate) == (pytest.approx(100), 100, 0)
    assert (long.shortest, long.longest, long.count) == (6, 8, 10)
    assert (long.exact_match, long.token_error_rate) == (50.0, 10.0)
    # n-grams right: 45 of 50, 35 of 40, 25 of 30, 15 of 20
    expected = 100 * (45 / 50 * 35 / 40 * 25 / 30 * 15 / 20) ** 0.25
    assert long.bleu == pytest.approx(expected)


def test_bleu_is_undefined_where_references_are_too_short_for_it() -> None:
    assert score([2], ["a b"], ["a b"])[0].bleu is None
    assert score([2], ["a"], ["a b c d"])[0].bleu == 0.0
