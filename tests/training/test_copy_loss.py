"""The loss of a model that copies against the mixture of all tokens under autograd."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from seq2seq_cli.model.copying import Copying, mixture
from seq2seq_cli.model.products import CHUNK_ROWS
from seq2seq_cli.text.vocabulary import PAD
from seq2seq_cli.training.copy_loss import copy_loss

WIDTH, WORDS, SOURCE, SENTENCES = 3, 11, 5, 4
Inputs = tuple[Tensor, ...]


@pytest.fixture(autouse=True)
def exact_arithmetic() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def draw(rows: int) -> tuple[Inputs, Tensor, Tensor, Tensor]:
    """Features, output layer, gates and attention scores; ids with repetitions; rows; targets."""
    chance = torch.Generator().manual_seed(rows)
    shapes = ((rows, WIDTH), (WORDS, WIDTH), (WORDS,), (rows,), (rows, SOURCE))
    inputs = tuple(torch.randn(*shape, generator=chance).requires_grad_() for shape in shapes)
    ids = torch.randint(4, 8, (SENTENCES, SOURCE), generator=chance)
    ids[0, 1], ids[1, 3:] = PAD, PAD
    sentences = torch.randint(0, SENTENCES, (rows,), generator=chance)
    targets = torch.randint(2, WORDS, (rows,), generator=chance)
    return inputs, ids, sentences, targets


def copying_of(inputs: Inputs, ids: Tensor, sentences: Tensor) -> Copying:
    weights = inputs[4].softmax(dim=1).masked_fill(ids[sentences] == PAD, 0.0)
    return Copying(gate=3 * inputs[3], weights=weights, ids=ids, sentences=sentences)


def found_loss(
    inputs: Inputs, ids: Tensor, sentences: Tensor, targets: Tensor, smoothing: float
) -> tuple[Tensor, Tensor]:
    copying = copying_of(inputs, ids, sentences)
    return copy_loss(*inputs[:3], copying, targets, smoothing=smoothing)


def reference(
    inputs: Inputs, ids: Tensor, sentences: Tensor, targets: Tensor, smoothing: float
) -> Tensor:
    """PyTorch's own loss of the log-probabilities of all tokens."""
    features, weight, bias, *_ = inputs
    logits = features @ weight.t() + bias
    log_probs = mixture(logits, copying_of(inputs, ids, sentences))
    return torch.nn.functional.cross_entropy(
        log_probs, targets, reduction="sum", label_smoothing=smoothing
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("rows", [1, 7, CHUNK_ROWS, 2 * CHUNK_ROWS + 3])
def test_values_and_gradients_are_those_of_the_mixture(rows: int, smoothing: float) -> None:
    inputs, *rest = draw(rows)
    expected = reference(inputs, *rest, smoothing)
    wanted = torch.autograd.grad(3.0 * expected, inputs)
    smoothed, plain = found_loss(inputs, *rest, smoothing)
    found = torch.autograd.grad(3.0 * smoothed, inputs)
    torch.testing.assert_close(smoothed, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(plain, reference(inputs, *rest, 0.0).detach(), rtol=1e-12, atol=0)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradients_pass_autograds_check(smoothing: float) -> None:
    inputs, *rest = draw(4)
    assert torch.autograd.gradcheck(lambda *them: found_loss(them, *rest, smoothing)[0], inputs)


def test_without_gradients_the_figures_are_the_same() -> None:
    case = draw(CHUNK_ROWS + 5)
    trained = found_loss(*case, 0.1)
    with torch.no_grad():
        scored = found_loss(*case, 0.1)
    for one, other in zip(trained, scored, strict=True):
        torch.testing.assert_close(one.detach(), other, rtol=1e-12, atol=0)
        assert one.dtype == other.dtype == torch.float64


def test_one_token_by_hand() -> None:
    """Even vocabulary of 4, p_gen .5: .5 / 4 + .5 * .8 = .525 for the target, else .125 and .225.

    Smoothed by .2: .8 log .525 + .05 (2 log .125 + log .525 + log .225).
    """
    copying = Copying(
        gate=torch.zeros(1),
        weights=torch.tensor([[0.6, 0.2, 0.2]]),
        ids=torch.tensor([[2, 3, 2]]),
        sentences=torch.tensor([0]),
    )
    layer = torch.zeros(4, 1), torch.zeros(4)
    found = copy_loss(torch.ones(1, 1), *layer, copying, torch.tensor([2]), smoothing=0.2)
    others = 2 * math.log(0.125) + math.log(0.225)
    assert float(found[1]) == pytest.approx(-math.log(0.525), abs=1e-12)
    expected = -0.85 * math.log(0.525) - 0.05 * others
    assert float(found[0]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("gate", [-200.0, 200.0])
def test_a_gate_that_is_sure_has_finite_figures_in_float32(gate: float) -> None:
    """A target that is not in the source, and one that has no weight there."""
    gates = torch.full((2,), gate, dtype=torch.float32, requires_grad=True)
    weights = torch.tensor([[1.0, 0.0]] * 2, dtype=torch.float32, requires_grad=True)
    ids, sentences = torch.tensor([[4, 5]]), torch.tensor([0, 0])
    copying = Copying(gate=gates, weights=weights, ids=ids, sentences=sentences)
    layer = torch.zeros(7, 1, dtype=torch.float32), torch.zeros(7, dtype=torch.float32)
    features = torch.ones(2, 1, dtype=torch.float32)
    smoothed, plain = copy_loss(features, *layer, copying, torch.tensor([6, 5]), smoothing=0.1)
    found = torch.autograd.grad(smoothed, (gates, weights))
    assert math.isfinite(float(smoothed)) and math.isfinite(float(plain))
    assert all(one.isfinite().all() for one in found)


def test_rounded_products_change_little() -> None:
    inputs, *rest = draw(40)
    narrow = tuple(one.detach().float().requires_grad_() for one in inputs)
    exact, _ = found_loss(narrow, *rest, 0.1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded, _ = found_loss(narrow, *rest, 0.1)
    wanted, found = (torch.autograd.grad(one, narrow) for one in (exact, rounded))
    assert float(rounded) == pytest.approx(float(exact), rel=0.01)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == torch.float32
        torch.testing.assert_close(one, other, rtol=0.05, atol=0.05)
