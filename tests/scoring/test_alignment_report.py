"""The alignment error of labelled pairs, counted by hand."""

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import Links, parse_links
from seq2seq_cli.scoring.alignment_report import (
    AlignmentReport,
    check_sizes,
    read_gold,
    report_alignment,
)

GOLD = ("0-0 1-1", "0-0 0p1", "0-0 1-0", "")
LABELS = (("x",), ("x", "y"), ("y",), ("z",))
SIZES = ((2, 2), (1, 2), (2, 1), (1, 1))
FOUND = ("0-0 0-1", "0-0 0-1", "0-0", "0-0")


def links(text: str) -> Links:
    return parse_links(text, origin="test", line_number=1)[1]


@pytest.fixture
def report() -> AlignmentReport:
    gold = read_gold(GOLD, LABELS, origin="gold")
    return report_alignment([links(line) for line in FOUND], gold, SIZES, signature="by:hand")


def test_the_whole(report: AlignmentReport) -> None:
    """A has 6 links, S 5; A has 3 of S and 4 of P."""
    assert report.scores.precision == pytest.approx(100 * 4 / 6)
    assert report.scores.recall == pytest.approx(100 * 3 / 5)
    assert report.scores.aer == pytest.approx(100 * (1 - (3 + 4) / (6 + 5)))
    assert (report.pairs, report.signature) == (4, "by:hand")


def test_the_oracle_has_one_link_for_each_target_word(report: AlignmentReport) -> None:
    """Of six target words four have a sure link, one a possible one, one none; S has 5."""
    assert report.oracle == pytest.approx(100 * (1 - (4 + 5) / (6 + 5)))


def test_labels_come_widest_gap_first_and_only_with_a_sure_link(report: AlignmentReport) -> None:
    x, y = report.by_label
    assert (x.label, x.pairs) == ("x", 2)
    assert x.aer == pytest.approx(100 * (1 - (2 + 3) / (4 + 3)))
    assert x.oracle == pytest.approx(0.0)
    assert x.gap == pytest.approx(x.aer)
    assert (y.label, y.pairs) == ("y", 2)
    assert y.aer == pytest.approx(100 * (1 - (2 + 3) / (3 + 3)))
    assert y.oracle == pytest.approx(y.aer)
    assert y.gap == pytest.approx(0.0)


def test_json_has_the_score_and_a_line_for_each_label(report: AlignmentReport) -> None:
    facts = report.to_json()
    assert list(facts) == [
        *("score", "signature", "precision", "recall", "f1", "oracle", "pairs", "by_label")
    ]
    assert facts["score"] == report.scores.aer
    gold = read_gold(GOLD, None, origin="gold")
    plain = report_alignment([links(line) for line in FOUND], gold, SIZES, signature="")
    assert "by_label" not in plain.to_json()


def test_gold_that_leads_outside_its_pair_is_named() -> None:
    gold = read_gold(["0-0", "1p0"], None, origin="gold")
    check_sizes(gold, [(1, 1), (2, 1)], "gold")
    with pytest.raises(InputError, match=r"^gold, line 2: a link joins source word 1 and target"):
        check_sizes(gold, [(1, 1), (1, 1)], "gold")


def test_gold_without_sure_links_has_no_error_rate() -> None:
    gold = read_gold(["0p0"], [("x",)], origin="gold")
    with pytest.raises(InputError, match="no sure link"):
        report_alignment([links("0-0")], gold, [(1, 1)], signature="")
