"""The guide's loss: by hand, against its definition through every path, and where logs end."""

import math
import secrets
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.config import ModelConfig, TrainingConfig
from seq2seq_cli.model.decoder import Decoded
from seq2seq_cli.model.packing import make_packing
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.training.guide import guide_weight
from seq2seq_cli.training.links import BatchLinks, TokenLinks
from seq2seq_cli.training.loss import attention_loss, batch_loss, guided_loss

WIRINGS: dict[str, dict[str, Any]] = {
    "bahdanau": {"attention": "bahdanau"},
    "bahdanau deep": {"attention": "bahdanau", "decoder_layers": 2},
    "luong-dot": {"attention": "luong-dot"},
    "luong-general lstm": {"attention": "luong-general", "cell": "lstm"},
    "luong-general unfed": {"attention": "luong-general", "input_feeding": False},
    "luong-concat": {"attention": "luong-concat"},
    "luong-local-p": {"attention": "luong-local-p"},
    "luong-concat unfed deep": {
        **{"attention": "luong-concat", "input_feeding": False, "decoder_layers": 2}
    },
}
every_wiring = pytest.mark.parametrize("wiring", WIRINGS.values(), ids=WIRINGS)


@pytest.fixture(params=[11, None], ids=["fixed", "fresh"])
def random(request: pytest.FixtureRequest) -> Iterator[np.random.Generator]:
    """Numbers in float64, with a fixed seed, then with one that differs in each run."""
    chosen = request.param or secrets.randbelow(2**31)
    print(f"seed {chosen}")
    torch.manual_seed(chosen)
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield np.random.default_rng(chosen)
    torch.set_default_dtype(dtype)


def packed(weights: list[list[float]], lengths: list[int]) -> Decoded:
    packing = make_packing(torch.tensor(lengths), max(lengths), torch.device("cpu"))
    return Decoded(
        features=torch.zeros(sum(lengths), 1),
        weights=torch.tensor(weights, dtype=torch.float64, requires_grad=True),
        packing=packing,
    )


def links_of(found: list[tuple[int, int, int]], tokens: int) -> BatchLinks:
    places, columns, sharing = (torch.tensor(one) for one in zip(*found, strict=True))
    return BatchLinks(places=places, columns=columns, sharing=sharing, tokens=tokens)


def test_two_pairs_by_hand() -> None:
    """Pair 0 has one token, pair 1 two: packed, they are its first, pair 0's, and its second.

    Pair 0 looks at source 1; the second token of pair 1 at sources 0 and 2; its first is free.
    """
    decoded = packed([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25]], [1, 2])
    links = links_of([(0, 1, 1), (3, 0, 2), (3, 2, 2)], tokens=2)
    loss = attention_loss(decoded, links)
    assert loss.item() == pytest.approx(-(math.log(0.8) + 0.5 * (math.log(0.5) + math.log(0.25))))
    loss.backward()
    expected = [[0, 0, 0], [0, -1 / 0.8, 0], [-0.5 / 0.5, 0, -0.5 / 0.25]]
    assert decoded.weights.grad is not None
    assert decoded.weights.grad.tolist() == [pytest.approx(row) for row in expected]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_weight_of_nothing_costs_much_and_breaks_nothing(dtype: torch.dtype) -> None:
    decoded = packed([[0.0, 1.0]], [1])
    weights = decoded.weights.detach().to(dtype).requires_grad_()
    decoded = Decoded(features=decoded.features, weights=weights, packing=decoded.packing)
    loss = attention_loss(decoded, links_of([(0, 0, 1)], tokens=1))
    loss.backward()
    assert 80 < loss.item() < 1_000
    assert weights.grad is not None
    assert bool(torch.isfinite(weights.grad).all())


def random_case(random: np.random.Generator) -> tuple[Batch, BatchLinks, Tensor]:
    """Pairs of unequal length with random links, and those as (batch, target, source)."""
    sizes = random.integers(1, 6, size=(4, 2))
    batch = make_batch(
        *([random.integers(4, 9, size=n) for n in column] for column in sizes.T), range(4)
    )
    wanted = np.zeros((4, batch.target_in.size(1), batch.source.size(1)))
    targets, sources, ends = [], [], [0]
    for row, (source, target) in enumerate(sizes):
        linked = np.argwhere(random.random((target, source)) < 0.4) if row else np.zeros((0, 2))
        for one, other in linked.astype(int):
            wanted[row, one, other] = 1.0
        targets += linked[:, 0].tolist()
        sources += linked[:, 1].tolist()
        ends.append(len(targets))
    links = TokenLinks(
        offsets=np.array(ends),
        targets=np.array(targets, dtype=np.uint16),
        sources=np.array(sources, dtype=np.uint16),
    )
    shares = wanted / np.maximum(wanted.sum(axis=2, keepdims=True), 1.0)
    return batch, links.of_batch(batch), torch.from_numpy(shares)


def build(**wiring: Any) -> Seq2Seq:
    sizes = {"embedding_size": 5, "encoder_size": 3, "attention_size": 11, "dropout": 0.0}
    sizes["decoder_size"] = 6 if wiring["attention"] == "luong-dot" else 7
    model = Seq2Seq(
        source_vocabulary_size=9, target_vocabulary_size=9, config=ModelConfig(**sizes, **wiring)
    )
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return model


def gradients(model: Seq2Seq, loss: Tensor) -> list[Tensor]:
    parameters = list(model.parameters())
    return list(torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True))


@every_wiring
def test_values_and_gradients_are_those_of_the_definition(
    wiring: dict[str, Any], random: np.random.Generator
) -> None:
    """Against the plain loop under autograd, with padding, for the loss and the guide together."""
    model = build(**wiring)
    batch, links, shares = random_case(random)
    options: dict[str, Any] = {"smoothing": 0.1, "precision": "fp32"}
    smoothed, plain, guide = guided_loss(model, batch, links, **options)
    memory = model.encode(batch.source, batch.source_lengths)
    features, weights, _ = model.decoder.forward_plainly(batch.target_in, memory)
    logs = torch.where(shares > 0, weights, torch.ones_like(weights)).log()
    expected = -(shares * logs).sum()
    assert links.tokens == int((shares.sum(dim=2) > 0).sum())
    torch.testing.assert_close(guide, expected, rtol=1e-12, atol=1e-12)
    unguided = batch_loss(model, batch, **options)
    assert (smoothed.item(), plain.item()) == tuple(one.item() for one in unguided)
    real = torch.arange(batch.target_in.size(1)) < batch.target_lengths.unsqueeze(1)
    entropy = torch.nn.functional.cross_entropy(
        model.logits(features[real]), batch.target_out[real], reduction="sum", label_smoothing=0.1
    )
    found = gradients(model, smoothed + 0.7 * guide)
    for one, other in zip(found, gradients(model, entropy + 0.7 * expected), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)


@every_wiring
def test_in_bfloat16_it_is_near(wiring: dict[str, Any], random: np.random.Generator) -> None:
    model = build(**wiring).float()
    batch, links, _ = random_case(random)
    guides = [
        guided_loss(model, batch, links, smoothing=0.1, precision=precision)[2]
        for precision in ("fp32", "bf16")
    ]
    torch.testing.assert_close(guides[1], guides[0], rtol=0.05, atol=0.05)
    flat = [torch.cat([grad.flatten() for grad in gradients(model, one)]) for one in guides]
    assert torch.nn.functional.cosine_similarity(flat[0], flat[1], dim=0) > 0.99


def test_the_weight_decays_by_the_epoch() -> None:
    config = TrainingConfig(guide_weight=2.0, guide_decay=0.5)
    assert [guide_weight(config, epoch) for epoch in (1, 2, 4)] == [2.0, 1.0, 0.25]
    first = TrainingConfig(guide_weight=2.0, guide_decay=0.0)
    assert [guide_weight(first, epoch) for epoch in (1, 2, 3)] == [2.0, 0.0, 0.0]
