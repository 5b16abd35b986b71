"""Figures of attention, computed by hand, and the words for attention that has collapsed."""

import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seq2seq_cli.scoring.health import AttentionHealth, attention_health

Weights = NDArray[np.float64]


def matrix(*rows: list[float]) -> Weights:
    return np.array(rows)


def measured(*matrices: Weights) -> AttentionHealth:
    health = attention_health(matrices)
    assert health is not None
    return health


# Three source tokens and </s>; two target tokens.
HAND = matrix([0.5, 0.25, 0.25, 0.0], [0.0, 0.0, 0.5, 0.5])


def test_the_figures_by_hand() -> None:
    health = measured(HAND)
    # 0.5 * 1 + 2 * 0.25 * 2 bits, and 1 bit; of at most log2(4) = 2 bits
    assert health.entropy_bits == pytest.approx((1.5 + 1.0) / 2)
    assert health.normalised_entropy == pytest.approx((0.75 + 0.5) / 2)
    assert health.coverage == pytest.approx((0.5 + 0.25 + 0.75) / 3)
    assert health.unread == 0.0
    assert health.end_mass == pytest.approx(0.25)
    assert health.monotonicity == 1.0
    # mean row .25 .125 .375 .25: half of .25 + .125 + .125 + .25, twice; at most 1 - 1/2
    assert health.variation == pytest.approx(0.375 / 0.5)
    assert health.target_tokens == 2
    assert health.collapse is None


def test_hypotheses_are_pooled_by_tokens() -> None:
    sharp = matrix([1.0, 0.0, 0.0])  # one target token, two source tokens
    health = measured(HAND, sharp)
    assert health.entropy_bits == pytest.approx((1.5 + 1.0 + 0.0) / 3)
    assert health.normalised_entropy == pytest.approx((0.75 + 0.5 + 0.0) / 3)
    assert health.coverage == pytest.approx((1.5 + 1.0) / 5)
    assert health.unread == pytest.approx(1 / 5)
    assert health.end_mass == pytest.approx(0.5 / 3)
    assert health.monotonicity == 1.0
    assert health.variation == pytest.approx(0.75)  # a single token has nothing to differ from


def test_unread_is_below_a_fifth() -> None:
    health = measured(matrix([0.2, 0.19, 0.61, 0.0]))
    assert health.unread == pytest.approx(1 / 3)


def test_steps_back_and_steps_on_the_spot() -> None:
    looks_at = [0, 0, 2, 1, 3]  # forward, forward, back, forward
    assert measured(np.eye(4)[looks_at]).monotonicity == 0.75


def test_a_hypothesis_without_tokens_leaves_its_source_unread() -> None:
    health = measured(matrix([1.0, 0.0]), np.zeros((0, 3)))
    assert health.unread == pytest.approx(2 / 3)
    assert health.target_tokens == 1


def test_each_token_looking_elsewhere_is_full_variation() -> None:
    health = measured(np.eye(6)[:5])
    assert health.variation == pytest.approx(1.0)
    assert health.entropy_bits == 0.0


def test_without_steps_or_choice_there_is_nothing_to_say() -> None:
    health = measured(matrix([0.5, 0.5]), matrix([0.9, 0.1]))
    assert health.monotonicity is None
    assert health.variation is None
    one_word = [matrix([0.9, 0.1], [0.9, 0.1])] * 50
    assert measured(*one_word).variation is None  # a source of one token: where else to look
    assert measured(*one_word).collapse is None


def test_no_attention_has_no_health() -> None:
    assert attention_health([np.zeros((3, 4))] * 2) is None
    assert attention_health([np.zeros((0, 4))]) is None
    assert attention_health([]) is None
    assert attention_health([np.full((2, 3), np.nan)]) is None


def noisy(weights: list[float], rows: int = 6) -> Weights:
    """Rows that differ from `weights` by little, as a model's do."""
    chance = np.random.default_rng(3)
    drawn = np.log(np.array(weights)) + 0.05 * chance.standard_normal((rows, len(weights)))
    powers = np.exp(drawn)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("weights", "collapse", "words"),
    [
        ([0.2, 0.2, 0.2, 0.2, 0.2], "uniform", "nearly uniform"),
        ([0.01, 0.01, 0.01, 0.02, 0.95], "end", "rests on </s>"),
        ([0.02, 0.95, 0.01, 0.01, 0.01], "one-position", "rests on one source token"),
        ([0.6, 0.3, 0.05, 0.03, 0.02], "same", "the same for every target token"),
    ],
)
def test_a_collapse_is_named_with_what_to_try(
    weights: list[float], collapse: str, words: str
) -> None:
    health = measured(*[noisy(weights)] * 5)
    assert health.variation is not None
    assert health.variation < 0.1
    assert health.collapse == collapse
    assert health.warning is not None
    assert words in health.warning
    assert "--learning-rate" in health.warning


def test_favourites_may_differ_between_sentences() -> None:
    """Each sentence has its own favourite; within one, the target token makes no difference."""
    first, second = noisy([0.95, 0.03, 0.02]), noisy([0.02, 0.95, 0.03])
    assert measured(*[first, second] * 5).collapse == "one-position"


def test_a_few_tokens_prove_nothing() -> None:
    assert measured(noisy([0.25] * 4)).collapse is None
    assert measured(*[noisy([0.25] * 4)] * 5).collapse == "uniform"


def test_sharp_and_diffuse_attention_that_moves_is_healthy() -> None:
    diffuse = 0.5 * np.eye(8) + 0.5 / 8
    for weights in (np.eye(8), diffuse):
        health = measured(*[weights] * 5)
        assert (health.collapse, health.warning) == (None, None)


def test_it_becomes_json() -> None:
    found = json.loads(json.dumps(measured(HAND).to_json(), allow_nan=False))
    assert found["entropy_bits"] == 1.25
    assert all(value is None or math.isfinite(value) for value in found.values())
