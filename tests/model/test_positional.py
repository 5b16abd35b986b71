"""Windows, Gaussians and scores by position, against hand arithmetic and loops."""

import math
from collections.abc import Callable

import pytest
import torch

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.kinds import build_attention
from seq2seq_cli.model.positional import (
    LocationAttention,
    MonotonicLocalAttention,
    PredictiveLocalAttention,
    distances,
    fading,
    monotonic_centres,
    predicted_centres,
)
from seq2seq_cli.model.seq2seq import Seq2Seq

LENGTHS = torch.tensor([7, 1, 4])
MASK = torch.arange(8).unsqueeze(0) < LENGTHS.unsqueeze(1)


def softmax(scores: list[float]) -> list[float]:
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def test_a_window_moves_with_the_steps_and_stays_at_the_end() -> None:
    """D = 1 and four positions: steps 0 to 5 are centred at 0, 1, 2, 3, 3, 3."""
    steps, lengths = torch.arange(6), torch.tensor([[4]])
    assert monotonic_centres(steps, lengths).tolist() == [[0, 1, 2, 3, 3, 3]]
    attention = MonotonicLocalAttention(decoder_size=1, memory_size=1, window=1)
    mask = torch.tensor([[True, True, True, True, False]])
    scores = torch.tensor([0.0, math.log(3.0), 0.0, math.log(2.0), 9.0]).expand(1, 6, 5)
    weights = attention.weigh(scores, torch.zeros(1, 6, 1), mask, steps)
    assert weights[0, 0].tolist() == pytest.approx([0.25, 0.75, 0, 0, 0], abs=1e-15)
    assert weights[0, 1].tolist() == pytest.approx([0.2, 0.6, 0.2, 0, 0], abs=1e-15)
    assert weights[0, 2].tolist() == pytest.approx([0, 1 / 2, 1 / 6, 1 / 3, 0], abs=1e-15)
    for step in (3, 4, 5):
        assert weights[0, step].tolist() == pytest.approx([0, 0, 1 / 3, 2 / 3, 0], abs=1e-15)


def test_a_centre_is_predicted_within_the_source() -> None:
    """tanh units 0.5 and -1 under v = (2, 1) come to 0, so the centre is in the middle."""
    hidden = torch.tensor([[0.5, -1.0], [1.0, 1.0]])
    found = predicted_centres(hidden, torch.tensor([2.0, 1.0]), torch.tensor([7.0, 4.0]))
    assert found.tolist() == pytest.approx([3.5, 4 / (1 + math.exp(-3.0))], abs=1e-14)


def test_weights_fade_as_a_gaussian_of_half_the_window() -> None:
    """With D = 4, sigma is 2: a distance of 2 leaves exp(-1/2), one of 4 leaves exp(-2)."""
    distance = distances(torch.tensor([3.0]), 8)
    assert distance.tolist() == [[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0]]
    found = fading(distance, 4)[0]
    assert found[3] == 1.0
    assert found[[1, 5]].tolist() == pytest.approx([math.exp(-0.5)] * 2, abs=1e-15)
    assert found[7] == pytest.approx(math.exp(-2.0), abs=1e-15)


def test_predictive_weights_by_their_equations(seed: int) -> None:
    """Equations 9 and 10, a loop over rows, steps and positions."""
    attention = PredictiveLocalAttention(decoder_size=5, memory_size=6, attention_size=3, window=2)
    torch.nn.init.normal_(attention.requires_grad_(False).place_energy, std=2.0)
    states, values = torch.randn(3, 4, 5), torch.randn(3, 8, 6)
    scores = attention.scores(states, attention.keys(values))
    weights = attention.weigh(scores, states, MASK, torch.arange(4))
    for row, length in enumerate(LENGTHS.tolist()):
        for step in range(4):
            hidden = torch.tanh(attention.place_weight @ states[row, step])
            centre = length / (1 + math.exp(-float(attention.place_energy @ hidden)))
            near = [place for place in range(length) if centre - 2 <= place <= centre + 2]
            assert near
            content = [
                float(states[row, step] @ attention.key_weight @ values[row, place])
                for place in near
            ]
            expected = [0.0] * 8
            for place, weight in zip(near, softmax(content), strict=True):
                expected[place] = weight * math.exp(-((place - centre) ** 2) / (2 * 1.0**2))
            assert weights[row, step].tolist() == pytest.approx(expected, abs=1e-12)


def test_a_centre_is_as_exact_under_autocast(seed: int) -> None:
    attention = PredictiveLocalAttention(
        decoder_size=5, memory_size=6, attention_size=3, window=2
    ).float()
    states, mask = torch.randn(1, 4, 5).float(), torch.ones(1, 900, dtype=torch.bool)
    expected = attention.centres(states, mask)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(attention.centres(states, mask), expected)


def test_location_scores_do_not_see_the_source(seed: int) -> None:
    """Equation 8, `location`: of 5 rows, short sources take the first, long ones have no more."""
    attention = LocationAttention(decoder_size=3, positions=5)
    states = torch.randn(3, 4, 3)
    mask = attention.reach(MASK)
    assert mask.sum(dim=1).tolist() == [5, 1, 4]
    scores = attention.scores(states, attention.keys(torch.randn(3, 8, 6)))
    weights = attention.weigh(scores, states, mask, torch.arange(4))
    for row, length in enumerate([5, 1, 4]):
        for step in range(4):
            by_row = (attention.place_keys[:length] @ states[row, step]).tolist()
            expected = softmax(by_row) + [0.0] * (8 - length)
            assert weights[row, step].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["luong-local-m", "luong-local-p"])
def test_the_window_is_that_of_the_configuration(
    config: Callable[..., ModelConfig], kind: str, seed: int
) -> None:
    attention = build_attention(config(attention=kind, attention_window=2))
    states, mask = torch.randn(1, 1, 7), torch.ones(1, 50, dtype=torch.bool)
    weights = attention.weigh(torch.randn(1, 1, 50), states, mask, torch.tensor([20]))
    assert int((weights > 0).sum()) in (4, 5)


@pytest.mark.parametrize("feeding", [True, False], ids=["fed", "unfed"])
def test_a_target_much_longer_than_its_source_reads_its_end(
    model: Callable[..., Seq2Seq], feeding: bool, seed: int
) -> None:
    built = model(attention="luong-local-m", attention_window=1, input_feeding=feeding)
    source = torch.randint(3, 13, (2, 5))
    target = torch.randint(3, 17, (2, 12))
    lengths, target_lengths = torch.tensor([5, 3]), torch.tensor([12, 12])
    decoded = built(source, lengths, target, target_lengths)
    weights = decoded.packing.unpack(decoded.weights)
    read = (weights[:, -1] > 0).tolist()
    assert read == [[False, False, False, True, True], [False, True, True, False, False]]
