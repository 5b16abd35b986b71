"""Dropout drops the stated share, keeps the mean, and follows PyTorch's generator."""

import pytest
import torch

from seq2seq_cli.model.dropout import Dropout, random_bytes


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.9])
def test_the_share_is_dropped_and_the_mean_is_kept(rate: float) -> None:
    torch.manual_seed(3)
    dropped = Dropout(rate)(torch.ones(1009, 499))
    assert (dropped == 0).float().mean().item() == pytest.approx(rate, abs=0.005)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)
    assert len(dropped.unique()) == 2


def test_evaluation_and_a_rate_of_zero_change_nothing() -> None:
    units = torch.randn(7, 5)
    assert Dropout(0.5).eval()(units) is units
    assert Dropout(0.0)(units) is units


def test_the_gradient_passes_where_units_are_kept() -> None:
    torch.manual_seed(5)
    units = torch.randn(11, 13, dtype=torch.float64, requires_grad=True)
    dropped = Dropout(0.25)(units)
    dropped.sum().backward()
    assert units.grad is not None
    torch.testing.assert_close(units.grad * units.detach(), dropped.detach())


def test_the_generator_decides() -> None:
    units = torch.ones(31, 17)
    torch.manual_seed(7)
    first = Dropout(0.5)(units)
    torch.manual_seed(7)
    assert torch.equal(Dropout(0.5)(units), first)
    assert not torch.equal(Dropout(0.5)(units), first)


def test_bytes_are_even() -> None:
    torch.manual_seed(11)
    bytes_ = random_bytes(800_003)
    assert len(bytes_) == 800_003
    counts = torch.bincount(bytes_.long(), minlength=256)
    assert counts.min() > 2_700 and counts.max() < 3_550  # 3,125 on average, deviation 56
