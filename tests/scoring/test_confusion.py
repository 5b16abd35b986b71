"""Symbols taken for others, and the worst lines: counted by hand."""

from seq2seq_cli.scoring.confusion import aligned_symbols, count_confusions
from seq2seq_cli.scoring.strings import token_edits
from seq2seq_cli.scoring.worst import worst_by_chrf, worst_by_edits


def test_symbols_are_aligned_by_the_fewest_edits() -> None:
    assert aligned_symbols(["s", "ɛ", "t"], ["s", "e", "t"]) == [
        ("s", "s"),
        ("ɛ", "e"),
        ("t", "t"),
    ]
    assert aligned_symbols(["a", "b", "c"], ["a", "c"]) == [("a", "a"), ("b", None), ("c", "c")]
    assert aligned_symbols(["a"], ["a", "x"]) == [("a", "a"), (None, "x")]
    assert aligned_symbols([], ["x"]) == [(None, "x")]


def test_confusions_by_symbol() -> None:
    references = ["s ɛ t", "p ɛ", "ɛ", "t a", "ɔ"]
    hypotheses = ["s e t", "p e", "", "t a s", "ɔ"]
    found = count_confusions(hypotheses, references, str.split)
    worst, inserted, *rest = found.by_symbol()
    assert (worst.symbol, worst.count, worst.right, worst.errors) == ("ɛ", 3, 0, 3)
    assert worst.instead == (("e", 2), (None, 1))
    assert (inserted.symbol, inserted.errors, inserted.instead) == (None, 1, (("s", 1),))
    assert {one.symbol: one.right for one in rest} == {"a": 1, "p": 1, "s": 1, "t": 2, "ɔ": 1}
    assert not any(one.errors for one in rest)
    assert {"reference": "ɛ", "hypothesis": None, "count": 1} in found.to_json()
    assert sum(cell["count"] for cell in found.to_json()) == 10  # type: ignore[misc]


SOURCES = ["one", "two", "three", "four"]
REFERENCES = ["a b c", "a b c d", "x y", "r s t"]
HYPOTHESES = ["a b c", "a b", "p q", "r s u"]


def test_the_worst_lines_by_edits_are_never_right_ones() -> None:
    """Two edits in each of two lines: the shorter reference has more of its symbols wrong."""
    edits = token_edits(HYPOTHESES, REFERENCES, str.split)
    found = worst_by_edits(SOURCES, REFERENCES, HYPOTHESES, edits, 9)
    assert [(line.number, line.score) for line in found.lines] == [(3, 2), (2, 2), (4, 1)]
    assert found.lines[0].source == "three"
    assert len(worst_by_edits(SOURCES, REFERENCES, HYPOTHESES, edits, 1).lines) == 1


def test_the_worst_lines_by_sentence_chrf() -> None:
    found = worst_by_chrf(SOURCES, REFERENCES, HYPOTHESES, 2)
    assert [line.number for line in found.lines] == [3, 4]
    assert found.lines[0].score == 0.0
    assert worst_by_chrf(SOURCES, REFERENCES, REFERENCES, 2).lines == ()


def test_case_is_no_fault_where_it_is_ignored() -> None:
    lines, shouted = ["a cat", "two birds"], ["A CAT", "two words"]
    worst = worst_by_chrf(lines, lines, shouted, 1, lowercase=True)
    assert [line.hypothesis for line in worst.lines] == ["two words"]
    worst = worst_by_chrf(lines, lines, shouted, 1)
    assert [line.hypothesis for line in worst.lines] == ["A CAT"]
