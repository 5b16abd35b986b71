"""The fused output loss against PyTorch's own, and against the definition."""

import math

import pytest
import torch
from torch import Tensor

from seq2seq_cli.training.loss import CHUNK_ROWS, output_loss


def random_case(rows: int, width: int, vocabulary: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(rows)
    draw = [
        torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in ((rows, width), (vocabulary, width), (vocabulary,))
    ]
    targets = torch.randint(0, vocabulary, (rows,), generator=generator)
    return draw[0], draw[1], draw[2], targets


def reference(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, s: float) -> Tensor:
    """Szegedy et al. 2016, section 7, word by word: the target mixed with the uniform."""
    log_probs = torch.log_softmax(features @ weight.t() + bias, dim=1)
    wanted = torch.full_like(log_probs, s / len(bias))
    wanted[torch.arange(len(targets)), targets] += 1 - s
    return -(wanted * log_probs).sum()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("rows", [1, 7, CHUNK_ROWS - 1, CHUNK_ROWS, 2 * CHUNK_ROWS + 3])
def test_values_and_gradients_are_those_of_the_definition(rows: int, smoothing: float) -> None:
    features, weight, bias, targets = random_case(rows, 5, 11)
    expected = reference(features, weight, bias, targets, smoothing)
    inputs = (features, weight, bias)
    wanted = torch.autograd.grad(3.0 * expected, inputs)
    smoothed, plain = output_loss(features, weight, bias, targets, smoothing=smoothing)
    found = torch.autograd.grad(3.0 * smoothed, inputs)
    torch.testing.assert_close(smoothed, expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(
        plain, reference(features, weight, bias, targets, 0.0).detach(), rtol=1e-12, atol=0
    )
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradients_pass_autograds_check(smoothing: float) -> None:
    *inputs, targets = random_case(4, 3, 7)

    def loss(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return output_loss(features, weight, bias, targets, smoothing=smoothing)[0]

    assert torch.autograd.gradcheck(loss, tuple(inputs))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_without_gradients_the_figures_are_the_same(smoothing: float) -> None:
    case = random_case(CHUNK_ROWS + 5, 5, 11)
    trained = output_loss(*case, smoothing=smoothing)
    with torch.no_grad():
        scored = output_loss(*case, smoothing=smoothing)
    for one, other in zip(trained, scored, strict=True):
        torch.testing.assert_close(one.detach(), other, rtol=1e-12, atol=0)
        assert one.dtype == other.dtype == torch.float64


def test_even_logits_cost_the_log_of_the_vocabulary() -> None:
    features, weight, bias = torch.ones(6, 2), torch.zeros(8, 2), torch.zeros(8)
    smoothed, plain = output_loss(features, weight, bias, torch.arange(6), smoothing=0.3)
    assert float(smoothed) == pytest.approx(6 * math.log(8), rel=1e-6)
    assert float(plain) == pytest.approx(6 * math.log(8), rel=1e-6)


def test_only_the_smoothed_figure_has_a_gradient() -> None:
    smoothed, plain = output_loss(*random_case(3, 2, 5), smoothing=0.1)
    assert smoothed.requires_grad
    assert not plain.requires_grad


def test_large_logits_do_not_overflow() -> None:
    features, weight, bias = torch.full((2, 1), 1e4), torch.tensor([[1.0], [0.5]]), torch.zeros(2)
    weight.requires_grad_()
    _, plain = output_loss(features, weight, bias, torch.tensor([0, 1]), smoothing=0.0)
    assert float(plain) == pytest.approx(5e3)
