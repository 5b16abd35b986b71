"""Cells against PyTorch's own, and their derivative against autograd."""

import pytest
import torch
from torch import Tensor

from seq2seq_cli.model.cells import CELLS, Cell, GRUCell, LSTMCell

BATCH, FIRST, SECOND, HIDDEN = 5, 3, 2, 7


def random_cell(kind: type[Cell]) -> Cell:
    cell = kind(input_sizes=(FIRST, SECOND), hidden_size=HIDDEN)
    for parameter in cell.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return cell


def random_state(cell: Cell) -> tuple[Tensor, ...]:
    return tuple(torch.randn(BATCH, HIDDEN) for _ in range(cell.state_parts))


def in_torch_order(weight: Tensor) -> Tensor:
    """PyTorch has the LSTM's gates as input, forget, new, output."""
    enter, forget, leave, new = weight.chunk(4)
    return torch.cat([enter, forget, new, leave])


def test_gru_is_torchs_with_the_same_weights(seed: int) -> None:
    cell = random_cell(GRUCell)
    peer = torch.nn.GRUCell(FIRST + SECOND, HIDDEN)
    with torch.no_grad():
        peer.weight_ih.copy_(torch.cat(list(cell.input_weights), dim=1))
        peer.weight_hh.copy_(cell.hidden_weight)
        peer.bias_ih.copy_(cell.input_bias)
        peer.bias_hh.copy_(cell.hidden_bias)
    first, second = torch.randn(BATCH, FIRST), torch.randn(BATCH, SECOND)
    (hidden,) = random_state(cell)
    (found,) = cell(cell.project(first) + cell.project(second, 1), (hidden,))
    expected = peer(torch.cat([first, second], dim=1), hidden)
    assert torch.allclose(found, expected, rtol=0, atol=1e-13)


def test_lstm_is_torchs_with_the_same_weights(seed: int) -> None:
    cell = random_cell(LSTMCell)
    peer = torch.nn.LSTMCell(FIRST + SECOND, HIDDEN)
    with torch.no_grad():
        peer.weight_ih.copy_(in_torch_order(torch.cat(list(cell.input_weights), dim=1)))
        peer.weight_hh.copy_(in_torch_order(cell.hidden_weight))
        peer.bias_ih.copy_(in_torch_order(cell.input_bias))
        peer.bias_hh.copy_(in_torch_order(cell.hidden_bias))
    first, second = torch.randn(BATCH, FIRST), torch.randn(BATCH, SECOND)
    state = random_state(cell)
    found = cell(cell.project(first) + cell.project(second, 1), state)
    expected = peer(torch.cat([first, second], dim=1), state)
    assert torch.allclose(found[0], expected[0], rtol=0, atol=1e-13)
    assert torch.allclose(found[1], expected[1], rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", sorted(CELLS))
def test_retreat_is_the_derivative_of_advance(name: str, seed: int) -> None:
    kind = CELLS[name]
    width = kind.gates * HIDDEN
    projected = torch.randn(BATCH, width, requires_grad=True)
    recurrent = torch.randn(BATCH, width, requires_grad=True)
    state = tuple(torch.randn(BATCH, HIDDEN, requires_grad=True) for _ in range(kind.state_parts))
    after, _ = kind.advance(projected, recurrent, state)
    grads = tuple(torch.randn(BATCH, HIDDEN) for _ in after)
    wanted = torch.autograd.grad(
        after, (projected, recurrent, *state), grads, allow_unused=True, materialize_grads=True
    )
    with torch.no_grad():
        _, saved = kind.advance(projected, recurrent, state)
        into_input, into_recurrent, previous = kind.retreat(grads, saved)
    for found, expected in zip((into_input, into_recurrent, *previous), wanted, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-12)


def test_the_bias_comes_with_the_first_input_alone() -> None:
    cell = random_cell(GRUCell)
    assert torch.equal(cell.project(torch.zeros(1, FIRST))[0], cell.input_bias)
    assert torch.equal(cell.project(torch.zeros(1, SECOND), 1), torch.zeros(1, 3 * HIDDEN))


def test_a_new_lstm_forgets_little() -> None:
    cell = LSTMCell(input_sizes=(FIRST,), hidden_size=HIDDEN)
    enter, forget, leave, new = cell.input_bias.chunk(4)
    assert torch.equal(forget, torch.ones(HIDDEN))
    assert not torch.cat([enter, leave, new, cell.hidden_bias]).any()


@pytest.mark.parametrize("name", sorted(CELLS))
def test_recurrent_weights_begin_orthogonal(name: str) -> None:
    cell = CELLS[name](input_sizes=(FIRST,), hidden_size=HIDDEN)
    for block in cell.hidden_weight.chunk(cell.gates):
        assert torch.allclose(block @ block.t(), torch.eye(HIDDEN), rtol=0, atol=1e-10)
