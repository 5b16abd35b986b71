"""Several models that decode together: means by hand, and no change where all members agree."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from seq2seq_cli.batching.batch import make_batch
from seq2seq_cli.config import ATTENTION_KINDS
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.beam import beam_search
from seq2seq_cli.search.ensemble import Ensemble
from seq2seq_cli.search.forced import force_attention, force_targets
from seq2seq_cli.search.greedy import greedy_search
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.text.vocabulary import EOS

Build = Callable[..., Seq2Seq]
Sources = Callable[[list[int]], tuple[Tensor, Tensor]]
SETTINGS = SearchSettings(beam=3, n_best=2, coverage_penalty=0.2)
PAIRS = ([[5, 6, 7, 8], [9, 4]], [[4, 5], [6, 7, 8]])


def same(found: Hypothesis, expected: Hypothesis) -> bool:
    """Equal to the last bit."""
    return (
        found.ids == expected.ids
        and found.score == expected.score
        and np.array_equal(found.log_probs, expected.log_probs)
        and np.array_equal(found.weights, expected.weights)
    )


def constant(model: Seq2Seq, probabilities: dict[int, float]) -> Seq2Seq:
    """The model with these probabilities of the next token, whatever it reads."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.output_bias.fill_(-math.inf)
        for token, probability in probabilities.items():
            model.output_bias[token] = math.log(probability)
    return model


def test_log_probabilities_are_averaged_and_normalised_by_hand(model: Build) -> None:
    """sqrt(.9 * .4) : sqrt(.05 * .2) : sqrt(.05 * .4) is 6 : 1 : sqrt 2, in units of a tenth."""
    first = constant(model(), {EOS: 0.9, 5: 0.05, 6: 0.05})
    second = constant(model(attention="luong-general"), {EOS: 0.4, 5: 0.2, 6: 0.4})
    (found,) = force_targets(Ensemble([first, second]), make_batch([[7]], [[5]], [0]), SETTINGS)
    whole = 6 + 1 + math.sqrt(2)
    assert found.log_probs == pytest.approx([math.log(1 / whole), math.log(6 / whole)])


def test_the_ensemble_chooses_what_no_member_would(model: Build) -> None:
    """.45 and .1 to 0 for each favourite; .45 for both's second: its mean is far above."""
    first = constant(model(), {5: 0.5, 6: 0.05, EOS: 0.45})
    second = constant(model(), {5: 0.05, 6: 0.5, EOS: 0.45})
    source, lengths = torch.tensor([[7, EOS]]), torch.tensor([2])
    assert greedy_search(first, source, lengths, SETTINGS)[0].ids[0] == 5
    assert greedy_search(second, source, lengths, SETTINGS)[0].ids[0] == 6
    (found,) = greedy_search(Ensemble([first, second]), source, lengths, SETTINGS)
    assert found.ids == (EOS,)
    whole = 0.45 + 2 * math.sqrt(0.025)
    assert found.log_probs == pytest.approx([math.log(0.45 / whole)])


@pytest.mark.parametrize("kind", ATTENTION_KINDS)
def test_a_model_with_itself_is_itself_to_the_last_bit(
    model: Build, random_sources: Sources, seed: int, kind: str
) -> None:
    one = model(attention=kind)
    both = Ensemble([one, one])
    source, lengths = random_sources([5, 2, 7, 3])
    alone = beam_search(one, source, lengths, SETTINGS)
    together = beam_search(both, source, lengths, SETTINGS)
    for found, expected in zip(together, alone, strict=True):
        assert [same(*pair) for pair in zip(found, expected, strict=True)] == [True] * len(expected)
    searched = zip(
        greedy_search(both, source, lengths, SETTINGS),
        greedy_search(one, source, lengths, SETTINGS),
        strict=True,
    )
    batch = make_batch(*PAIRS, [0, 1])
    forced = zip(
        force_targets(both, batch, SETTINGS), force_targets(one, batch, SETTINGS), strict=True
    )
    assert all(same(*pair) for pair in [*searched, *forced])


def test_search_and_forced_decoding_agree_for_unlike_members(
    model: Build, random_sources: Sources, seed: int
) -> None:
    """Members of other wirings, cells and widths: each step is the one that a whole pass takes."""
    members = [
        model(attention="bahdanau"),
        model(attention="luong-dot", cell="lstm"),
        model(attention="luong-general", decoder_size=5, tie_embeddings=False, decoder_layers=2),
    ]
    ensemble = Ensemble(members)
    source, lengths = random_sources([4, 6])
    for row, ranked in enumerate(beam_search(ensemble, source, lengths, SETTINGS)):
        for found in ranked:
            target = [id_ for id_ in found.ids if id_ != EOS]
            ids = source[row, : lengths[row] - 1].tolist()
            (forced,) = force_targets(ensemble, make_batch([ids], [target], [0]), SETTINGS)
            length = len(found.ids)
            np.testing.assert_allclose(found.log_probs, forced.log_probs[:length], atol=1e-12)
            np.testing.assert_allclose(found.weights, forced.weights[:length], atol=1e-12)


def test_attention_is_averaged_over_the_members_that_have_it(model: Build, seed: int) -> None:
    one, other, blind = model(), model(attention="luong-concat"), model(attention="none")
    batch = make_batch(*PAIRS, [0, 1])
    each = zip(force_attention(one, batch), force_attention(other, batch), strict=True)
    found = force_attention(Ensemble([one, blind, other]), batch)
    for matrix, (left, right) in zip(found, each, strict=True):
        np.testing.assert_allclose(matrix, (left + right) / 2, atol=1e-15)
        np.testing.assert_allclose(matrix.sum(axis=1), 1.0)
    assert not any(matrix.any() for matrix in force_attention(Ensemble([blind, blind]), batch))
