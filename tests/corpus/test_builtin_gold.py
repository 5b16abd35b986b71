"""The oracle of one link per target word, on links counted by hand."""

import pytest

from seq2seq_cli.corpus.builtin import BuiltinPair, generate_builtin
from seq2seq_cli.corpus.builtin_gold import argmax_oracle_aer


def pair(source: str, target: str, *links: tuple[int, int, bool]) -> BuiltinPair:
    return BuiltinPair(source=source, target=target, links=links, phenomena=())


def test_one_sure_link_for_each_target_word_reaches_zero() -> None:
    assert argmax_oracle_aer([pair("a b", "c d", (0, 0, True), (1, 1, True))]) == 0


def test_second_sure_link_of_a_target_word_cannot_be_reached() -> None:
    # |A| = 1, |S| = 2, |A and S| = |A and P| = 1: 1 - 2/3
    gold = pair("a b", "c", (0, 0, True), (1, 0, True))
    assert argmax_oracle_aer([gold]) == pytest.approx(1 / 3)


def test_target_word_without_a_link_costs_a_wrong_one() -> None:
    # |A| = 2, |S| = 1, |A and S| = |A and P| = 1: 1 - 2/3
    assert argmax_oracle_aer([pair("a", "b c", (0, 0, True))]) == pytest.approx(1 / 3)


def test_possible_link_is_as_good_as_none_is_lost() -> None:
    # |A| = 2, |S| = 1, |A and S| = 1, |A and P| = 2
    assert argmax_oracle_aer([pair("a", "b c", (0, 0, True), (0, 1, False))]) == 0


def test_counts_are_summed_over_the_pairs() -> None:
    # |A| = 3, |S| = 3, |A and S| = |A and P| = 2: 1 - 4/6
    gold = [
        pair("a b", "c", (0, 0, True), (1, 0, True)),
        pair("a", "b c", (0, 0, True)),
    ]
    assert argmax_oracle_aer(gold) == pytest.approx(1 / 3)


def test_no_pairs_have_no_errors() -> None:
    assert argmax_oracle_aer([]) == 0


def test_figure_stated_in_the_readme_of_the_data() -> None:
    splits = generate_builtin(train=500, valid=50, test=50)
    assert all(argmax_oracle_aer(pairs) == 0 for pairs in splits.values())
