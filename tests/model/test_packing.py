"""Packing by hand, and its round trips."""

import pytest
import torch

from seq2seq_cli.model.packing import Packing, make_packing

CPU = torch.device("cpu")


def packing_of(lengths: list[int], width: int) -> Packing:
    return make_packing(torch.tensor(lengths), width, CPU)


def test_packing_by_hand() -> None:
    """Rows of lengths 2, 4, 1 in width 5: row 1, then 0, then 2, step by step."""
    packing = packing_of([2, 4, 1], 5)
    assert packing.counts == (3, 2, 1, 1)
    assert packing.starts == [0, 3, 5, 6]
    assert packing.order.tolist() == [1, 0, 2]
    assert packing.places.tolist() == [5, 0, 10, 6, 1, 7, 8]
    assert packing.rows.tolist() == [1, 0, 2, 1, 0, 1, 1]
    assert packing.shape == (3, 5)


def test_pack_by_hand() -> None:
    packing = packing_of([2, 4, 1], 5)
    padded = torch.tensor([[1, 2, 0, 0, 0], [3, 4, 5, 6, 0], [7, 0, 0, 0, 0]])
    packed = packing.pack(padded)
    assert packed.tolist() == [3, 1, 7, 4, 2, 5, 6]
    assert torch.equal(packing.unpack(packed), padded)


def test_rows_of_equal_length_keep_their_order() -> None:
    packing = packing_of([3, 3, 3], 3)
    assert packing.order.tolist() == [0, 1, 2]
    assert packing.counts == (3, 3, 3)


CASES = [([2, 4, 1], 5), ([3, 3, 3], 3), ([1, 1], 1), ([1, 1], 4), ([7], 7), ([1, 5, 2, 5, 3], 5)]


@pytest.mark.parametrize(("lengths", "width"), CASES)
def test_unpack_is_the_inverse_of_pack(lengths: list[int], width: int) -> None:
    packing = packing_of(lengths, width)
    packed = torch.randn(sum(lengths), 2, 3)
    padded = packing.unpack(packed)
    assert padded.shape == (len(lengths), width, 2, 3)
    assert torch.equal(packing.pack(padded), packed)
    places = torch.randperm(len(packed))[: len(packed) // 2 + 1]
    assert torch.equal(packing.locate(packing.places[places]), places)
    for row, length in enumerate(lengths):
        assert not padded[row, length:].any()


@pytest.mark.parametrize(("lengths", "width"), CASES)
def test_padding_is_dropped(lengths: list[int], width: int) -> None:
    packing = packing_of(lengths, width)
    padded = torch.randn(len(lengths), width)
    real = torch.arange(width).unsqueeze(0) < torch.tensor(lengths).unsqueeze(1)
    assert torch.equal(packing.unpack(packing.pack(padded)), padded * real)


@pytest.mark.parametrize(("lengths", "width"), CASES)
def test_restore_undoes_the_order(lengths: list[int], width: int) -> None:
    packing = packing_of(lengths, width)
    rows = torch.randn(len(lengths), 3)
    assert torch.equal(packing.restore(rows[packing.order]), rows)


@pytest.mark.parametrize(("lengths", "width"), CASES)
def test_ordered_rows_are_those_of_unpack_in_the_packings_order(
    lengths: list[int], width: int
) -> None:
    packing = packing_of(lengths, width)
    packed = torch.randn(sum(lengths), 3)
    ordered = packing.unpack_ordered(packed)
    steps = max(lengths)
    assert ordered.shape == (len(lengths), steps, 3)
    assert torch.equal(ordered, packing.unpack(packed)[packing.order][:, :steps])
    assert torch.equal(packing.pack_ordered(ordered), packed)


def test_gradients_pass_through_both_ways() -> None:
    packing = packing_of([2, 4, 1], 5)
    packed = torch.randn(7, 2, requires_grad=True)
    padded = torch.randn(3, 5, 2, requires_grad=True)
    assert torch.autograd.gradcheck(packing.unpack, packed)
    assert torch.autograd.gradcheck(packing.unpack_ordered, packed)
    assert torch.autograd.gradcheck(packing.pack, padded)
