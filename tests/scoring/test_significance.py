"""Whether two systems differ: exact p by hand, and sacreBLEU's tests within what they can say."""

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.significance import PairedTest

from seq2seq_cli.scoring.significance import (
    Difference,
    compare_lines,
    exact_match_difference,
    sign_test,
)
from seq2seq_cli.scoring.translation import bleu

REFERENCES = [f"the {a} {b} sleeps in the {c} house" for a in "abcde" for b in "fgh" for c in "ijk"]
HALF_WRONG = [line if number % 2 else f"xx {line[:-9]}" for number, line in enumerate(REFERENCES)]


def by_name(differences: tuple[Difference, ...]) -> dict[str, Difference]:
    return {one.metric: one for one in differences}


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 2 / 32),
        (0, 6, 2 / 64),
        (8, 1, 2 * (1 + 9) / 512),
        (7, 2, 2 * (1 + 9 + 36) / 512),
        (3, 3, 1.0),
        (4, 3, 1.0),
        (5_000, 5_000, 1.0),
        (3_000, 0, 0.0),
    ],
)
def test_the_sign_test_by_hand(wins: int, losses: int, p: float) -> None:
    assert sign_test(wins, losses) == pytest.approx(p, abs=1e-300)


def test_exact_match_counts_the_lines_that_one_has_right() -> None:
    references = [*"abcdefghij"]
    ours, theirs = [*"abcdefghix"], [*"abxxxxxxxj"]
    found = exact_match_difference(ours, theirs, references)
    assert (found.score, found.baseline, found.discordant) == (90.0, 30.0, (7, 1))
    assert found.p_values == {"exact": pytest.approx(2 * (1 + 8) / 256)}
    assert found.verdict == "chance"
    assert exact_match_difference(theirs, ours, references).gain == -60.0


def test_a_clear_difference_is_found_with_sacrebleus_own_p() -> None:
    compared = compare_lines(hypotheses=REFERENCES, baseline=HALF_WRONG, references=REFERENCES)
    found = by_name(compared)
    assert [one.verdict for one in found.values()] == ["better"] * 4
    assert found["bleu"].score == pytest.approx(100.0)
    assert found["bleu"].baseline == pytest.approx(bleu(HALF_WRONG, REFERENCES).score)
    assert found["ter"].gain == found["ter"].baseline > 0
    systems = [("baseline", HALF_WRONG), ("system", REFERENCES)]
    for test, kind in (("bootstrap", "bs"), ("randomization", "ar")):
        paired = PairedTest(systems, {"bleu": BLEU(force=True)}, [REFERENCES], test_type=kind)
        signatures, scores = paired()
        assert found["bleu"].p_values[test] == scores["BLEU"][1].p_value
        assert found["bleu"].signatures[test] == str(signatures["BLEU"])
        assert f"|{kind}:" in found["bleu"].signatures[test]


def test_of_many_lines_there_are_fewer_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """sacreBLEU holds all of them at once."""
    many = {"bs": 150 * len(REFERENCES), "ar": 1}
    monkeypatch.setattr("seq2seq_cli.scoring.significance.MOST_RESAMPLED", many)
    found = compare_lines(hypotheses=REFERENCES, baseline=HALF_WRONG, references=REFERENCES)
    assert "|bs:150|" in found[0].signatures["bootstrap"]
    assert "|ar:100|" in found[0].signatures["randomization"]
    assert {one.verdict for one in found} == {"better"}


def test_the_worse_system_is_called_worse() -> None:
    found = compare_lines(hypotheses=HALF_WRONG, baseline=REFERENCES, references=REFERENCES)
    assert [one.verdict for one in found] == ["worse"] * 4


def test_one_line_proves_nothing() -> None:
    """sacreBLEU's randomization calls it significant: no shuffle gives a larger difference."""
    almost = [*REFERENCES[:-1], "quite another line altogether"]
    found = compare_lines(hypotheses=REFERENCES, baseline=almost, references=REFERENCES)
    assert {one.p_values.get("randomization", 1.0) for one in found} == {1.0}
    assert "better" not in {one.verdict for one in found}


def test_equal_systems_do_not_differ() -> None:
    found = compare_lines(hypotheses=HALF_WRONG, baseline=HALF_WRONG, references=REFERENCES)
    assert {p for one in found for p in one.p_values.values()} == {1.0}
    assert {one.verdict for one in found} == {"chance"}


def test_tests_that_disagree_are_said_to() -> None:
    one = Difference(
        metric="bleu", score=2.0, baseline=1.0, p_values={"a": 0.01, "b": 0.06}, signatures={}
    )
    assert one.verdict == "unclear"


def test_one_line_alone_tells_nothing() -> None:
    found = compare_lines(hypotheses=["a"], baseline=["b"], references=["a"])
    assert {p for one in found for p in one.p_values.values()} == {1.0}
    assert {one.verdict for one in found} == {"chance"}


def test_lines_of_one_word_are_no_more_different_by_ter_than_by_exact_match() -> None:
    """Of 100 words 8 are right here alone and 2 in the baseline alone: p = 0.109 by hand."""
    references = [f"word{n}" for n in range(100)]
    ours = [line if n not in (0, 1) else "wrong" for n, line in enumerate(references)]
    theirs = [line if not 2 <= n < 10 else "wrong" for n, line in enumerate(references)]
    found = by_name(compare_lines(hypotheses=ours, baseline=theirs, references=references))
    exact = 2 * (1 + 10 + 45) / 1024
    assert found["exact_match"].p_values["exact"] == pytest.approx(exact)
    assert found["ter"].p_values["randomization"] == pytest.approx(exact, abs=0.015)
    assert found["ter"].verdict != "better"
