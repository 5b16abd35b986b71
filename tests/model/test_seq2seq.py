"""The whole network: tied weights, their count, and the memory it hands over."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from seq2seq_cli.model.bahdanau import BahdanauDecoder
from seq2seq_cli.model.luong import LuongDecoder
from seq2seq_cli.model.seq2seq import Seq2Seq

Build = Callable[..., Seq2Seq]
KINDS = ("none", "bahdanau", "luong-dot", "luong-general", "luong-concat")


@pytest.mark.parametrize("kind", KINDS)
def test_tied_embeddings_share_their_storage(model: Build, kind: str) -> None:
    tied = model(attention=kind, tie_embeddings=True)
    assert tied.output_weight is tied.decoder.embedding.weight
    loose = model(attention=kind, tie_embeddings=False)
    assert loose.output_weight.data_ptr() != loose.decoder.embedding.weight.data_ptr()


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_features_times_output_weights(model: Build, kind: str, seed: int) -> None:
    for tied in (True, False):
        built = model(attention=kind, tie_embeddings=tied)
        features = torch.randn(2, 3, built.decoder.feature_size)
        expected = torch.einsum("btf,vf->btv", features, built.output_weight) + built.output_bias
        assert torch.allclose(built.logits(features), expected, rtol=0, atol=1e-12)
        with torch.no_grad():
            assert torch.allclose(built.logits(features), expected, rtol=0, atol=1e-12)
            assert torch.allclose(built.logits(features[0]), expected[0], rtol=0, atol=1e-12)


def test_parameters_by_hand(model: Build) -> None:
    """Embedding 5, encoder 3 each way, decoder 7, attention 11; 13 source and 17 target words."""
    encoder = 13 * 5 + 2 * (3 * 3 * (5 + 3) + 2 * 3 * 3)
    decoder = (
        17 * 5  # embedding, which is the output weight too
        + 3 * 7 * (5 + 6 + 7)  # token, context and hidden state into three gates
        + 2 * 3 * 7  # biases
        + 11 * (7 + 6 + 1)  # W, U and v
        + (6 * 7 + 7)  # bridge
        + 5 * (7 + 1 + 5 + 6)  # readout: state with bias, token, context
    )
    assert model(attention="bahdanau").parameter_count() == encoder + decoder + 17
    loose = model(attention="bahdanau", tie_embeddings=False)
    assert loose.parameter_count() == encoder + decoder + 17 + 17 * 5


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"attention": "luong-general", "tie_embeddings": True}, 5),
        ({"attention": "luong-general", "tie_embeddings": False}, 7),
        ({"attention": "luong-general", "embedding_size": 7}, 7),
        ({"attention": "bahdanau", "tie_embeddings": False}, 5),
    ],
)
def test_features_are_as_wide_as_the_output_layer(
    model: Build, settings: dict[str, Any], size: int
) -> None:
    built = model(**settings)
    assert built.decoder.feature_size == size
    assert built.output_weight.shape == (17, size)


def test_each_kind_has_its_wiring(model: Build) -> None:
    for kind in KINDS:
        expected = LuongDecoder if kind.startswith("luong") else BahdanauDecoder
        assert type(model(attention=kind).decoder) is expected


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_depend_on_padding_or_neighbours(
    model: Build, kind: str, seed: int
) -> None:
    built = model(attention=kind)
    source = torch.randint(1, 13, (3, 7))
    lengths = torch.tensor([5, 1, 3])
    memory = built.encode(source, lengths)
    assert memory.mask.sum(dim=1).tolist() == [5, 1, 3]
    for row, length in enumerate(lengths.tolist()):
        assert memory.mask[row, :length].all()
        alone = built.encode(source[row : row + 1, :length], lengths[row : row + 1])
        assert torch.allclose(memory.keys[row, :length], alone.keys[0], rtol=0, atol=1e-12)
        assert torch.allclose(memory.values[row, :length], alone.values[0], rtol=0, atol=1e-12)
        assert torch.allclose(memory.summary[row], alone.summary[0], rtol=0, atol=1e-12)


def test_the_same_seed_makes_the_same_model(config: Callable[..., Any]) -> None:
    def weights() -> dict[str, torch.Tensor]:
        torch.manual_seed(7)
        built = Seq2Seq(source_vocabulary_size=13, target_vocabulary_size=17, config=config())
        return built.state_dict()

    first, second = weights(), weights()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_model_has_no_weight_left_unset(
    config: Callable[..., Any], kind: str, cell: str
) -> None:
    built = Seq2Seq(
        source_vocabulary_size=13,
        target_vocabulary_size=17,
        config=config(attention=kind, cell=cell),
    )
    for name, parameter in built.named_parameters():
        assert float(parameter.detach().abs().max()) < 5.0, name
        assert "bias" in name or float(parameter.detach().std()) > 0.01, name


@pytest.mark.parametrize("kind", KINDS)
def test_log_probabilities_are_not_rounded_under_autocast(
    model: Build, kind: str, seed: int
) -> None:
    built = model(attention=kind).float()
    features = torch.randn(3, built.decoder.feature_size)
    expected = built.logits(features).log_softmax(dim=1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = built.logits(features)
        assert logits.dtype == torch.float32
        assert torch.allclose(logits.log_softmax(dim=1), expected, rtol=0, atol=1e-5)
