"""All scores together, as JSON, and the same figures in validation."""

import json

import numpy as np
import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.evaluation import (
    VALIDATION_METRICS,
    Evaluation,
    evaluate_lines,
    validation_score,
)

REFERENCES = [
    "le chat noir dort sur le lit .",
    "il ne mange pas la pomme rouge .",
    "les enfants jouent .",
]
HYPOTHESES = [
    "le chat noir dort sur le lit .",
    "il ne mange pas de Pomme rouge .",
    "les enfants ne jouent pas .",
]


def evaluate(lowercase: bool = False) -> Evaluation:
    return evaluate_lines(
        hypotheses=HYPOTHESES,
        references=REFERENCES,
        source_lengths=[8, 9, 4],
        tokens=str.split,
        lowercase=lowercase,
    )


def test_the_scores_by_hand() -> None:
    scores = evaluate().scores
    assert scores["exact_match"].score == pytest.approx(100 / 3)
    # two substitutions and two insertions over 8 + 8 + 4 reference words
    assert scores["token_error_rate"].score == pytest.approx(100 * 4 / 20)
    # la > de: 2, p > P: 1; "ne " and "pas ": 3 + 4, over 30 + 32 + 20 characters
    assert scores["character_error_rate"].score == pytest.approx(100 * 10 / 82)
    # as the token error rate, with one edit less: TER ignores case
    assert scores["ter"].score == pytest.approx(100 * 3 / 20)


def test_lowercase_changes_bleu_and_chrf_only() -> None:
    cased, lowercased = evaluate().scores, evaluate(lowercase=True).scores
    for name in ("bleu", "chrf"):
        assert lowercased[name].score > cased[name].score
        assert "case:lc" in (lowercased[name].signature or "")
    for name in ("ter", "exact_match", "token_error_rate", "character_error_rate"):
        assert lowercased[name] == cased[name]


def test_json_has_the_agreed_keys() -> None:
    found = json.loads(json.dumps(evaluate().to_json()))
    with_signature = ["bleu", "chrf", "ter"]
    without = ["exact_match", "token_error_rate", "character_error_rate"]
    assert list(found) == ["count", *with_signature, *without, "by_source_length"]
    assert all(set(found[name]) == {"score", "signature"} for name in with_signature)
    assert all(set(found[name]) == {"score"} for name in without)
    (bucket,) = found["by_source_length"]
    assert list(bucket) == [
        "shortest",
        "longest",
        "count",
        "bleu",
        "exact_match",
        "token_error_rate",
    ]
    assert (bucket["shortest"], bucket["longest"], bucket["count"]) == (1, 9, 3)


def test_one_bucket_with_all_lines_has_the_scores_of_all_lines() -> None:
    evaluation = evaluate()
    (bucket,) = evaluation.buckets
    assert bucket.bleu == evaluation.scores["bleu"].score
    assert bucket.exact_match == evaluation.scores["exact_match"].score
    assert bucket.token_error_rate == evaluation.scores["token_error_rate"].score


def test_lengths_may_be_a_numpy_array() -> None:
    evaluation = evaluate_lines(
        hypotheses=HYPOTHESES,
        references=REFERENCES,
        source_lengths=np.array([8, 9, 4], dtype=np.int64),
        tokens=str.split,
    )
    assert json.dumps(evaluation.to_json()) == json.dumps(evaluate().to_json())


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("metric", VALIDATION_METRICS)
def test_validation_and_evaluation_agree_exactly(metric: str, lowercase: bool) -> None:
    validated = validation_score(metric, HYPOTHESES, REFERENCES, lowercase=lowercase)
    assert 0.0 < validated < 100.0
    assert validated == evaluate(lowercase).scores[metric].score


def test_an_unknown_metric_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"Unknown metric 'meteor'.* bleu, chrf, exact_match"):
        validation_score("meteor", HYPOTHESES, REFERENCES)


def test_different_counts_name_both() -> None:
    with pytest.raises(InputError, match="found 2 hypotheses and 3 references"):
        evaluate_lines(
            hypotheses=HYPOTHESES[:2],
            references=REFERENCES,
            source_lengths=[8, 9, 4],
            tokens=str.split,
        )
    with pytest.raises(InputError, match="found 2 source lines and 3 references"):
        evaluate_lines(
            hypotheses=HYPOTHESES,
            references=REFERENCES,
            source_lengths=[8, 9],
            tokens=str.split,
        )


def test_no_lines_are_an_error() -> None:
    with pytest.raises(InputError, match="There are no lines to score"):
        evaluate_lines(hypotheses=[], references=[], source_lengths=[], tokens=str.split)
