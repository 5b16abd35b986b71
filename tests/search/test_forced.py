"""Forced decoding agrees with the search whose result it is given."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.search.beam import beam_search
from seq2seq_cli.search.forced import force_attention, force_targets
from seq2seq_cli.search.greedy import greedy_search
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.text.vocabulary import EOS

SETTINGS = SearchSettings(beam=4, n_best=4, coverage_penalty=0.3, max_length_extra=3)
LENGTHS = [5, 1, 3, 7, 2]
WIRINGS: dict[str, dict[str, Any]] = {
    "none": {"attention": "none"},
    "bahdanau lstm": {"attention": "bahdanau", "cell": "lstm"},
    "bahdanau deep": {"attention": "bahdanau", "decoder_layers": 2},
    "luong-dot unfed": {"attention": "luong-dot", "input_feeding": False},
    "luong-general": {"attention": "luong-general"},
    "luong-concat": {"attention": "luong-concat"},
    "luong-local-m": {"attention": "luong-local-m", "attention_window": 1},
    "luong-local-p unfed": {
        "attention": "luong-local-p",
        "attention_window": 2,
        "input_feeding": False,
    },
    "location": {"attention": "location", "attention_positions": 4},
    "bahdanau copying": {"attention": "bahdanau", "copying": True},
    "luong-general copying": {"attention": "luong-general", "copying": True},
}
every_wiring = pytest.mark.parametrize("wiring", WIRINGS.values(), ids=WIRINGS)


def pairs(source: Tensor, targets: list[Hypothesis]) -> Batch:
    """The sources with these targets, both without `</s>`; an unended target will get one."""
    sources = [row[: length - 1].tolist() for row, length in zip(source, LENGTHS, strict=True)]
    wanted = [[token for token in target.ids if token != EOS] for target in targets]
    return make_batch(sources, wanted, range(len(sources)))


def assert_agrees(forced: Hypothesis, searched: Hypothesis) -> None:
    length = len(searched.ids)
    assert forced.ids[:length] == searched.ids
    np.testing.assert_allclose(forced.log_probs[:length], searched.log_probs, rtol=0, atol=1e-11)
    np.testing.assert_allclose(forced.weights[:length], searched.weights, rtol=0, atol=1e-11)
    if searched.ids[-1] == EOS:
        assert len(forced.ids) == length
        assert forced.score == pytest.approx(searched.score, abs=1e-11)
    else:
        assert len(forced.ids) == length + 1
        assert forced.ids[-1] == EOS


@every_wiring
def test_the_greedy_output_forced_is_the_greedy_output(
    model: Callable[..., Any],
    random_sources: Callable[[list[int]], tuple[Tensor, Tensor]],
    wiring: dict[str, Any],
    seed: int,
) -> None:
    built = model(**wiring)
    source, lengths = random_sources(LENGTHS)
    greedy = greedy_search(built, source, lengths, SETTINGS)
    forced = force_targets(built, pairs(source, greedy), SETTINGS)
    for found, expected in zip(forced, greedy, strict=True):
        assert_agrees(found, expected)


@every_wiring
def test_each_of_the_n_best_forced_has_its_score(
    model: Callable[..., Any],
    random_sources: Callable[[list[int]], tuple[Tensor, Tensor]],
    wiring: dict[str, Any],
    seed: int,
) -> None:
    built = model(**wiring)
    source, lengths = random_sources(LENGTHS)
    n_best = beam_search(built, source, lengths, SETTINGS)
    for rank in range(4):
        chosen = [found[rank] for found in n_best]
        forced = force_targets(built, pairs(source, chosen), SETTINGS)
        for found, expected in zip(forced, chosen, strict=True):
            assert_agrees(found, expected)


def test_probabilities_of_all_targets_of_a_length_sum_to_one(
    model: Callable[..., Any], seed: int
) -> None:
    """The last token of a target of two: what it gives to all tokens is 1."""
    built = model(target_words=7)
    total = 0.0
    for token in range(7):
        if token != EOS:
            batch = make_batch([[4, 5]], [[token]], [0])
            (found,) = force_targets(built, batch, SETTINGS)
            total += float(np.exp(found.log_probs[0]))
    (empty,) = force_targets(built, make_batch([[4, 5]], [[]], [0]), SETTINGS)
    assert empty.ids == (EOS,)
    assert empty.weights.shape == (1, 3)
    assert total + float(np.exp(empty.log_probs[0])) == pytest.approx(1.0, abs=1e-12)


def test_bfloat16_keeps_search_and_forced_decoding_together(
    model: Callable[..., Any],
    random_sources: Callable[[list[int]], tuple[Tensor, Tensor]],
    seed: int,
) -> None:
    """Rounded operands may differ a little; rounded log-probabilities would differ by 1 in 100."""
    built = model(attention="bahdanau").float()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.mul_(0.3)
    source, lengths = random_sources(LENGTHS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        greedy = greedy_search(built, source, lengths, SETTINGS)
        forced = force_targets(built, pairs(source, greedy), SETTINGS)
    for found, expected in zip(forced, greedy, strict=True):
        length = len(expected.ids)
        differences = np.abs(found.log_probs[:length] - expected.log_probs)
        assert differences.max() < 0.02
        assert np.median(differences) < 0.004
        np.testing.assert_allclose(expected.weights.sum(axis=1), 1.0, rtol=0, atol=1e-6)


@every_wiring
def test_attention_alone_is_that_of_forced_targets_in_any_batch(
    model: Callable[..., Any],
    random_sources: Callable[[list[int]], tuple[Tensor, Tensor]],
    wiring: dict[str, Any],
    seed: int,
) -> None:
    """Together, one by one, and beside a pair that brings much padding to both sides."""
    built = model(**wiring)
    source, lengths = random_sources(LENGTHS)
    batch = pairs(source, greedy_search(built, source, lengths, SETTINGS))
    expected = [found.weights for found in force_targets(built, batch, SETTINGS)]
    together = force_attention(built, batch)
    for found, weights in zip(together, expected, strict=True):
        np.testing.assert_array_equal(found, weights)
    for row, weights in enumerate(expected):
        left = source[row, : LENGTHS[row] - 1].tolist()
        right = batch.target_out[row, : len(weights) - 1].tolist()
        assert weights.shape == (len(right) + 1, len(left) + 1)
        (alone,) = force_attention(built, make_batch([left], [right], [0]))
        np.testing.assert_allclose(alone, weights, rtol=0, atol=1e-12)
        padded = force_attention(built, make_batch([[4] * 29, left], [[5] * 23, right], [0, 1]))
        np.testing.assert_allclose(padded[1], weights, rtol=0, atol=1e-12)


def test_attention_alone_has_no_output_layer(model: Callable[..., Any]) -> None:
    built = model()
    batch = make_batch([[4, 5]], [[4]], [0])
    (expected,) = force_targets(built, batch, SETTINGS)
    with torch.no_grad():
        built.output_bias.fill_(float("nan"))
    built.scores = None
    (found,) = force_attention(built, batch)
    np.testing.assert_array_equal(found, expected.weights)
