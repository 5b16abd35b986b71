"""Scores, weights and contexts against loops, hand arithmetic and autograd."""

import math
from collections.abc import Callable

import pytest
import torch

from seq2seq_cli.config import ATTENTION_KINDS, ModelConfig
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.attention import (
    AdditiveAttention,
    DotAttention,
    GeneralAttention,
    Memory,
    additive_score,
    additive_score_of_powers,
    attention_weights,
    context_vectors,
    dot_score,
    powers,
)
from seq2seq_cli.model.kinds import NoAttention, build_attention
from seq2seq_cli.model.positional import (
    LocationAttention,
    MonotonicLocalAttention,
    PredictiveLocalAttention,
)

BATCH, TARGET, SOURCE, WIDTH = 2, 3, 5, 7


def test_dot_score_of_small_numbers() -> None:
    query = torch.tensor([[[1.0, 2.0]]])
    keys = torch.tensor([[[3.0, 4.0], [0.0, -1.0], [0.5, 0.25]]])
    assert dot_score(query, keys).tolist() == [[[11.0, -2.0, 1.0]]]


def test_additive_score_of_small_numbers() -> None:
    query = torch.tensor([[[0.5, -0.5]]])
    keys = torch.tensor([[[0.5, 0.5], [0.0, 1.0]]])
    scores = additive_score(query, keys, torch.tensor([2.0, 3.0]))
    expected = [2 * math.tanh(1.0) + 3 * math.tanh(0.0), 2 * math.tanh(0.5) + 3 * math.tanh(0.5)]
    assert scores[0, 0].tolist() == pytest.approx(expected, abs=1e-15)


def test_scores_of_powers_are_additive_scores(seed: int) -> None:
    query, keys = 3 * torch.randn(BATCH, TARGET, WIDTH), 3 * torch.randn(BATCH, SOURCE, WIDTH)
    energy = torch.randn(WIDTH)
    expected = additive_score(query, keys, energy)
    found = additive_score_of_powers(powers(query), powers(keys), energy)
    assert torch.allclose(found, expected, rtol=0, atol=1e-13)
    rounded = additive_score_of_powers(powers(query.float()), powers(keys.float()), energy.float())
    assert torch.allclose(rounded.double(), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_scores_of_powers_saturate_where_tanh_does(dtype: torch.dtype) -> None:
    query = torch.tensor([[[1e30, -1e30, 60.0, -60.0, 60.0, 0.0]]], dtype=dtype)
    keys = torch.tensor([[[1e30, -1e30, 50.0, -1e4, -30.0, 1e5]]], dtype=dtype)
    found = [
        float(additive_score_of_powers(powers(query), powers(keys), energy))
        for energy in torch.eye(6, dtype=torch.float32)
    ]
    assert found == pytest.approx([1.0, -1.0, 1.0, -1.0, 1.0, 1.0], abs=1e-7)


def test_dot_score_is_a_loop_over_positions(seed: int) -> None:
    query, keys = torch.randn(BATCH, TARGET, WIDTH), torch.randn(BATCH, SOURCE, WIDTH)
    found = dot_score(query, keys)
    assert found.shape == (BATCH, TARGET, SOURCE)
    for row in range(BATCH):
        for step in range(TARGET):
            for place in range(SOURCE):
                expected = float((query[row, step] * keys[row, place]).sum())
                assert float(found[row, step, place]) == pytest.approx(expected, abs=1e-12)


def test_additive_score_is_a_loop_over_positions(seed: int) -> None:
    query, keys = torch.randn(BATCH, TARGET, WIDTH), torch.randn(BATCH, SOURCE, WIDTH)
    energy = torch.randn(WIDTH)
    found = additive_score(query, keys, energy)
    assert found.shape == (BATCH, TARGET, SOURCE)
    for row in range(BATCH):
        for step in range(TARGET):
            for place in range(SOURCE):
                units = zip(query[row, step], keys[row, place], energy, strict=True)
                expected = sum(float(v) * math.tanh(float(s + h)) for s, h, v in units)
                assert float(found[row, step, place]) == pytest.approx(expected, abs=1e-12)


def test_weights_of_small_numbers() -> None:
    scores = torch.tensor([[[0.0, math.log(3.0), 50.0]]])
    weights = attention_weights(scores, torch.tensor([[True, True, False]]))
    assert weights[0, 0].tolist() == pytest.approx([0.25, 0.75, 0.0], abs=1e-15)
    assert weights[0, 0, 2] == 0.0


def test_weights_are_zero_at_padding_and_sum_to_one(seed: int) -> None:
    lengths = torch.tensor([5, 1, 3])
    mask = torch.arange(SOURCE).unsqueeze(0) < lengths.unsqueeze(1)
    weights = attention_weights(30 * torch.randn(3, TARGET, SOURCE), mask)
    padding = (~mask).unsqueeze(1).expand_as(weights)
    assert torch.all(weights[padding] == 0.0)
    assert torch.allclose(weights.sum(dim=2), torch.ones(3, TARGET), rtol=0, atol=1e-14)
    assert torch.all(weights[1, :, 0] == 1.0)


def test_weights_of_rounded_scores_sum_to_one_too(seed: int) -> None:
    scores = torch.randn(2, TARGET, 67).to(torch.bfloat16)
    weights = attention_weights(scores, torch.ones(2, 67, dtype=torch.bool))
    assert torch.allclose(weights.sum(dim=2), torch.ones(2, TARGET, dtype=torch.float32), atol=1e-6)


def test_context_of_small_numbers() -> None:
    weights = torch.tensor([[[0.25, 0.75, 0.0]]])
    values = torch.tensor([[[4.0, 8.0], [0.0, 4.0], [100.0, 100.0]]])
    assert context_vectors(weights, values).tolist() == [[[1.0, 5.0]]]


def test_general_score_is_bilinear(seed: int) -> None:
    attention = GeneralAttention(decoder_size=7, memory_size=6)
    states, values = torch.randn(BATCH, TARGET, 7), torch.randn(BATCH, SOURCE, 6)
    found = attention.scores(states, attention.keys(values))
    expected = torch.einsum("btd,dm,bsm->bts", states, attention.key_weight, values)
    assert torch.allclose(found, expected, rtol=0, atol=1e-12)


def test_dot_kind_scores_the_memory_itself(seed: int) -> None:
    attention = DotAttention(decoder_size=6, memory_size=6)
    states, values = torch.randn(BATCH, TARGET, 6), torch.randn(BATCH, SOURCE, 6)
    found = attention.scores(states, attention.keys(values))
    assert torch.allclose(found, torch.einsum("btd,bsd->bts", states, values), rtol=0, atol=1e-12)


def test_concat_score_is_one_layer_over_state_and_memory_joined(seed: int) -> None:
    """Luong et al. 2015, eq. 8: `v . tanh(W [s; h])`."""
    attention = AdditiveAttention(decoder_size=7, memory_size=6, attention_size=11)
    states, values = torch.randn(BATCH, TARGET, 7), torch.randn(BATCH, SOURCE, 6)
    joint = torch.cat([attention.query_weight, attention.key_weight], dim=1)
    pairs = torch.cat(
        [
            states.unsqueeze(2).expand(BATCH, TARGET, SOURCE, 7),
            values.unsqueeze(1).expand(BATCH, TARGET, SOURCE, 6),
        ],
        dim=3,
    )
    expected = torch.tanh(pairs @ joint.t()) @ attention.energy
    found = attention.scores(states, attention.keys(values))
    assert torch.allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ATTENTION_KINDS[1:])
def test_a_step_weighs_as_it_does_within_a_whole_target(
    config: Callable[..., ModelConfig], kind: str, seed: int
) -> None:
    settings = config(attention=kind, attention_window=2, attention_positions=3)
    attention = build_attention(settings)
    states = torch.randn(BATCH, TARGET, settings.decoder_size)
    keys = attention.keys(torch.randn(BATCH, SOURCE, 6))
    mask = attention.reach(torch.tensor([[True] * 5, [True, True, False, False, False]]))
    whole = attention.weigh(attention.scores(states, keys), states, mask, torch.arange(TARGET))
    assert bool(whole.any())
    for step in range(TARGET):
        state = states[:, step : step + 1]
        scores = attention.prepared_scores(state, attention.prepare(keys))
        alone = attention.weigh(scores, state, mask, torch.tensor([step]))
        assert torch.allclose(whole[:, step : step + 1], alone, rtol=0, atol=1e-12)


def test_no_attention_has_nothing_to_match() -> None:
    attention = NoAttention()
    keys = attention.keys(torch.randn(BATCH, SOURCE, 6))
    assert keys.shape == (BATCH, SOURCE, 0)
    scores = attention.scores(torch.randn(BATCH, TARGET, 7), keys)
    assert torch.equal(scores, torch.zeros(BATCH, TARGET, SOURCE))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("none", NoAttention),
        ("bahdanau", AdditiveAttention),
        ("luong-dot", DotAttention),
        ("luong-general", GeneralAttention),
        ("luong-concat", AdditiveAttention),
        ("luong-local-m", MonotonicLocalAttention),
        ("luong-local-p", PredictiveLocalAttention),
        ("location", LocationAttention),
    ],
)
def test_each_kind_has_its_score(
    config: Callable[..., ModelConfig], kind: str, expected: type
) -> None:
    assert type(build_attention(config(attention=kind))) is expected


def test_dot_refuses_unequal_sizes_and_names_the_remedy(
    config: Callable[..., ModelConfig],
) -> None:
    with pytest.raises(InputError) as caught:
        build_attention(config(attention="luong-dot", decoder_size=7, encoder_size=3))
    message = str(caught.value)
    assert "decoder_size is 7" in message
    assert "--decoder-size 6" in message
    assert "--attention luong-general" in message


def test_memory_rows_may_repeat() -> None:
    rows = torch.arange(3.0)
    memory = Memory(
        keys=rows.view(3, 1, 1),
        values=10 * rows.view(3, 1, 1),
        mask=torch.tensor([[True], [False], [True]]),
        summary=100 * rows.view(3, 1),
    )
    chosen = memory.select(torch.tensor([2, 2, 1]))
    assert chosen.keys.flatten().tolist() == [2.0, 2.0, 1.0]
    assert chosen.values.flatten().tolist() == [20.0, 20.0, 10.0]
    assert chosen.mask.flatten().tolist() == [True, True, False]
    assert chosen.summary.flatten().tolist() == [200.0, 200.0, 100.0]


def test_gradients_of_scores_weights_and_contexts(seed: int) -> None:
    query = torch.randn(2, 2, 3, requires_grad=True)
    keys = torch.randn(2, 5, 3, requires_grad=True)
    values = torch.randn(2, 5, 2, requires_grad=True)
    energy = torch.randn(3, requires_grad=True)
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])

    def additive(*tensors: torch.Tensor) -> torch.Tensor:
        weights = attention_weights(additive_score(tensors[0], tensors[1], tensors[2]), mask)
        return context_vectors(weights, tensors[3])

    def dot(*tensors: torch.Tensor) -> torch.Tensor:
        weights = attention_weights(dot_score(tensors[0], tensors[1]), mask)
        return context_vectors(weights, tensors[2])

    assert torch.autograd.gradcheck(additive, (query, keys, energy, values))
    assert torch.autograd.gradcheck(dot, (query, keys, values))
