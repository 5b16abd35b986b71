"""Pharaoh links and the alignment error rate, against values counted by hand."""

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import alignment_scores, parse_links


def test_sure_and_possible_links_are_read() -> None:
    sure, possible = parse_links("0-0 1p2  3-1\n", origin="gold", line_number=1)
    assert sure == {(0, 0), (3, 1)}
    assert possible == {(0, 0), (1, 2), (3, 1)}


def test_one_based_links_are_counted_from_zero() -> None:
    sure, possible = parse_links("1-1 2p10", one_based=True, origin="gold", line_number=1)
    assert (sure, possible) == ({(0, 0)}, {(0, 0), (1, 9)})


def test_an_empty_line_has_no_links() -> None:
    assert parse_links(" \n", origin="gold", line_number=1) == (frozenset(), frozenset())


@pytest.mark.parametrize("part", ["0:1", "0-", "-1-2", "1-2-3", "1P2", "٣-1", "9" * 5000 + "-1"])
def test_a_wrong_link_names_file_and_line(part: str) -> None:
    with pytest.raises(
        InputError, match=r"^gold\.txt, line 7: expected links such as 0-1"
    ) as error:
        parse_links(f"0-0 {part}", origin="gold.txt", line_number=7)
    assert part[:40] in str(error.value)
    assert len(str(error.value)) < 150


def test_a_wrong_link_is_shown_harmlessly() -> None:
    with pytest.raises(InputError) as error:
        parse_links("0-\x1b[31m", origin="gold.txt", line_number=7)
    assert "\x1b" not in str(error.value)


def test_zero_is_no_one_based_link() -> None:
    with pytest.raises(InputError, match=r"gold, line 2: link 3-0 counts from 0"):
        parse_links("3-0", one_based=True, origin="gold", line_number=2)


def links(text: str) -> frozenset[tuple[int, int]]:
    return parse_links(text, origin="test", line_number=1)[1]


def test_the_scores_by_hand() -> None:
    # A has 4 links: 2 of them sure, 1 possible, 1 neither; S has 3.
    gold = parse_links("0-0 1-1 2-2 3p2", origin="test", line_number=1)
    scores = alignment_scores([(links("0-0 1-1 3-2 0-3"), *gold)])
    assert scores.precision == pytest.approx(100 * 3 / 4)
    assert scores.recall == pytest.approx(100 * 2 / 3)
    assert scores.f1 == pytest.approx(100 * 2 * (3 / 4) * (2 / 3) / (3 / 4 + 2 / 3))
    assert scores.aer == pytest.approx(100 * (1 - (2 + 3) / (4 + 3)))


def test_links_are_summed_over_sentences() -> None:
    first = (links("0-0"), links("0-0"), links("0-0"))
    second = (links("0-1 1-0"), links("0-0 1-1 2-2"), links("0-0 1-1 2-2"))
    scores = alignment_scores([first, second])
    assert scores.precision == pytest.approx(100 / 3)
    assert scores.recall == pytest.approx(25.0)
    assert scores.aer == pytest.approx(100 * (1 - 2 / 7))


def test_the_gold_itself_has_no_errors() -> None:
    gold = parse_links("0-0 1-1 1p2", origin="test", line_number=1)
    for hypothesis in gold:
        scores = alignment_scores([(hypothesis, *gold)])
        assert (scores.precision, scores.recall, scores.f1, scores.aer) == (100, 100, 100, 0)


def test_sure_links_are_possible_whether_listed_or_not() -> None:
    listed = alignment_scores([(links("0-0 1-1"), links("0-0"), links("0-0 1-1"))])
    unlisted = alignment_scores([(links("0-0 1-1"), links("0-0"), links("1-1"))])
    assert listed == unlisted
    assert listed.precision == 100.0


def test_no_links_at_all_find_nothing() -> None:
    scores = alignment_scores([(frozenset(), links("0-0"), links("0-0"))])
    assert (scores.precision, scores.recall, scores.f1, scores.aer) == (0, 0, 0, 100)


def test_gold_without_sure_links_is_an_error() -> None:
    with pytest.raises(InputError, match="no sure link"):
        alignment_scores([(links("0-0"), frozenset(), links("0-0"))])
    with pytest.raises(InputError, match="no sure link"):
        alignment_scores([])
