"""Wu et al. 2016, eq. 14, by hand; and how long a target may get."""

import math

import numpy as np
import pytest

from seq2seq_cli.config import SearchConfig
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.penalties import coverage_penalty, final_score, length_normaliser
from seq2seq_cli.search.translator import settings_of

WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.75, 0.0, 0.25]])
"""Received: 1.25, which counts as 1; .25; .5."""


def test_length_normaliser_by_hand() -> None:
    assert length_normaliser(1, 0.7) == 1.0
    assert length_normaliser(7, 1.0) == 2.0
    assert length_normaliser(7, 2.0) == 4.0
    assert length_normaliser(7, 0.5) == pytest.approx(math.sqrt(2.0))
    assert length_normaliser(50, 0.0) == 1.0


def test_coverage_penalty_by_hand() -> None:
    expected = 0.2 * (math.log(1.0) + math.log(0.25) + math.log(0.5))
    assert coverage_penalty(WEIGHTS.sum(axis=0), 0.2) == pytest.approx(expected, abs=1e-15)


def test_full_coverage_costs_nothing() -> None:
    assert coverage_penalty(np.eye(3).sum(axis=0), 5.0) == 0.0
    assert coverage_penalty(np.array([1.5, 1.5]), 5.0) == 0.0


def test_a_word_never_looked_at_costs_much_but_not_all() -> None:
    penalty = coverage_penalty(np.array([1.0, 0.0]), 1.0)
    assert penalty == pytest.approx(math.log(1e-10))


def test_no_attention_and_no_strength_are_no_penalty() -> None:
    assert coverage_penalty(np.zeros(3), 1.0) == 0.0
    assert coverage_penalty(np.array([1.0, 0.0]), 0.0) == 0.0


def test_final_score_by_hand() -> None:
    log_probs = np.log([0.5, 0.25])
    found = final_score(log_probs, WEIGHTS, alpha=1.0, beta=0.2)
    expected = math.log(0.125) / (7 / 6) + 0.2 * math.log(0.125)
    assert found == pytest.approx(expected, abs=1e-15)
    plain = final_score(log_probs, WEIGHTS, alpha=0.0, beta=0.0)
    assert plain == pytest.approx(math.log(0.125), abs=1e-15)


def test_the_longest_target() -> None:
    settings = SearchSettings(max_length_ratio=1.5, max_length_extra=4)
    assert [settings.longest(length) for length in (1, 2, 5)] == [5, 7, 11]


def test_settings_come_from_the_configuration() -> None:
    config = SearchConfig(
        beam=3,
        length_penalty=0.1,
        coverage_penalty=0.2,
        max_length_ratio=1.25,
        max_length_extra=7,
    )
    expected = SearchSettings(
        beam=3,
        n_best=1,
        length_penalty=0.1,
        coverage_penalty=0.2,
        max_length_ratio=1.25,
        max_length_extra=7,
    )
    assert settings_of(config) == expected


def test_the_beam_holds_all_that_is_asked_for() -> None:
    assert settings_of(SearchConfig(beam=3), n_best=7).beam == 7
    assert settings_of(SearchConfig(beam=3), beam=1).beam == 1
    assert settings_of(SearchConfig(beam=3), beam=2, n_best=4).beam == 4
