"""Confidence intervals: Wilson's against published values, sacreBLEU's as it has them."""

import pytest
from sacrebleu.metrics.bleu import BLEU

from seq2seq_cli.scoring.evaluation import evaluate_lines
from seq2seq_cli.scoring.intervals import wilson_interval
from seq2seq_cli.scoring.spread import Spread, spread_of

REFERENCES = [f"the black cat number {number} sleeps here" for number in range(40)]
HYPOTHESES = [line if number % 4 else "a dog" for number, line in enumerate(REFERENCES)]


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(8, 10, 49.02, 94.33), (0, 10, 0.0, 27.75), (10, 10, 72.25, 100.0), (81, 263, 25.53, 36.62)],
)
def test_wilson_intervals(right: int, count: int, low: float, high: float) -> None:
    """The last is Newcombe's (1998) first example: 81 of 263, .2553 to .3662."""
    found = wilson_interval(right, count)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-3), pytest.approx(high, abs=5e-3))


def test_scores_get_intervals_only_on_request() -> None:
    def evaluate(confidence: bool) -> dict[str, object]:
        return evaluate_lines(
            hypotheses=HYPOTHESES,
            references=REFERENCES,
            source_lengths=[5] * 40,
            tokens=str.split,
            confidence=confidence,
        ).to_json()

    plain, found = evaluate(False), evaluate(True)
    assert not any("interval" in one for one in plain.values() if isinstance(one, dict))
    metric = BLEU(force=True)
    expected = metric.corpus_score(HYPOTHESES, [REFERENCES], n_bootstrap=1000)
    assert found["bleu"] == {
        "score": expected.score,
        "signature": str(metric.get_signature()),
        "interval": {
            "low": expected._mean - expected._ci,
            "high": expected._mean + expected._ci,
            "method": "bootstrap",
        },
    }
    assert found["exact_match"]["score"] == 75.0  # type: ignore[index]
    assert found["exact_match"]["interval"]["method"] == "Wilson"  # type: ignore[index]
    assert found["token_error_rate"] == plain["token_error_rate"]


def test_mean_and_deviation_of_a_sample() -> None:
    assert spread_of([1.0, 2.0, 6.0]) == Spread(count=3, mean=3.0, deviation=7.0**0.5)


def test_lines_of_which_some_resamples_have_nothing_right_get_intervals() -> None:
    found = evaluate_lines(
        hypotheses=["abc", "xyz", "uvw"],
        references=["abc", "123", "456"],
        source_lengths=[1, 1, 1],
        tokens=list,
        confidence=True,
    ).to_json()
    low, high = (found["chrf"]["interval"][end] for end in ("low", "high"))
    assert low == pytest.approx(0.0, abs=20) and high == pytest.approx(66.7, abs=20)


def test_intervals_stay_on_their_scales() -> None:
    """One wrong line of sixty: mean and half a width would lead to 100.6, and to -0.3 for TER."""
    references = [f"the {n} cats of line {n} sleep" for n in range(60)]
    found = evaluate_lines(
        hypotheses=["the cats", *references[1:]],
        references=references,
        source_lengths=[7] * 60,
        tokens=str.split,
        confidence=True,
    ).to_json()
    for name in ("bleu", "chrf", "ter"):
        interval = found[name]["interval"]
        assert 0.0 <= interval["low"] < found[name]["score"] < interval["high"] <= 100.0


def test_resamples_of_blank_references_alone_have_a_score() -> None:
    found = evaluate_lines(
        hypotheses=["a cat", "a dog"],
        references=["a cat", ""],
        source_lengths=[2, 2],
        tokens=str.split,
        confidence=True,
    ).to_json()
    assert found["ter"]["interval"]["low"] >= 0.0
