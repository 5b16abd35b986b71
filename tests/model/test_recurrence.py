"""The fast recurrence against the plain loop, PyTorch's own layers, and finite differences."""

import pytest
import torch
from torch import Tensor, nn

from seq2seq_cli.model.cells import CELLS, Cell, GRUCell
from seq2seq_cli.model.fused import run_cell_fused
from seq2seq_cli.model.packing import Packing, make_packing
from seq2seq_cli.model.recurrence import run_cell, run_cell_plainly

INPUT, HIDDEN = 3, 5
LENGTHS = {
    "unequal": [2, 7, 1, 4],
    "equal": [3, 3, 3],
    "one row": [5],
    "one step": [1, 1, 1],
    "one token": [1],
    "ties": [4, 1, 4, 2, 1],
}


def random_cell(name: str) -> Cell:
    cell = CELLS[name](input_sizes=(INPUT,), hidden_size=HIDDEN)
    for parameter in cell.parameters():
        nn.init.normal_(parameter, std=0.5)
    return cell


def packing_of(lengths: list[int]) -> Packing:
    return make_packing(torch.tensor(lengths), max(lengths) + 1, torch.device("cpu"))


def random_start(cell: Cell, rows: int) -> tuple[Tensor, ...]:
    return tuple(torch.randn(rows, HIDDEN, requires_grad=True) for _ in range(cell.state_parts))


def copied(cell: Cell, peer: nn.GRU, suffix: str) -> None:
    with torch.no_grad():
        getattr(peer, f"weight_ih_{suffix}").copy_(cell.input_weights[0])
        getattr(peer, f"weight_hh_{suffix}").copy_(cell.hidden_weight)
        getattr(peer, f"bias_ih_{suffix}").copy_(cell.input_bias)
        getattr(peer, f"bias_hh_{suffix}").copy_(cell.hidden_bias)


@pytest.mark.parametrize("reverse", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize("name", sorted(CELLS))
def test_fast_and_plain_agree_in_values_and_gradients(
    name: str, lengths: list[int], reverse: bool, seed: int
) -> None:
    cell, packing = random_cell(name), packing_of(lengths)
    projected = torch.randn(sum(lengths), cell.gates * HIDDEN, requires_grad=True)
    start = random_start(cell, len(lengths))
    inputs = (projected, *start, cell.hidden_weight, cell.hidden_bias)
    grads = (torch.randn(sum(lengths), HIDDEN), torch.randn(len(lengths), HIDDEN))
    fast = run_cell(cell, projected, start, packing, reverse=reverse)
    plain = run_cell_plainly(cell, projected, start, packing, reverse=reverse)
    for found, expected in zip(fast, plain, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-12)
    found_grads = torch.autograd.grad(fast, inputs, grads)
    expected_grads = torch.autograd.grad(plain, inputs, grads)
    for found, expected in zip(found_grads, expected_grads, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_both_directions_are_torchs_gru(lengths: list[int], seed: int) -> None:
    ahead, back, packing = random_cell("gru"), random_cell("gru"), packing_of(lengths)
    peer = nn.GRU(INPUT, HIDDEN, bidirectional=True, batch_first=True)
    copied(ahead, peer, "l0")
    copied(back, peer, "l0_reverse")
    padded = torch.randn(len(lengths), max(lengths) + 1, INPUT)
    start = torch.randn(2, len(lengths), HIDDEN)
    sequences = nn.utils.rnn.pack_padded_sequence(
        padded, torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    packed, last = peer(sequences, start)
    expected, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    inputs = packing.pack(padded)
    for number, cell in enumerate((ahead, back)):
        begin = (start[number][packing.order],)
        states, final = run_cell(cell, cell.project(inputs), begin, packing, reverse=number == 1)
        part = expected[:, :, number * HIDDEN : (number + 1) * HIDDEN]
        found = packing.unpack(states)[:, : max(lengths)]
        assert torch.allclose(found, part, rtol=0, atol=1e-12)
        assert torch.allclose(packing.restore(final), last[number], rtol=0, atol=1e-12)


@pytest.mark.parametrize("reverse", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_gradients_by_finite_differences(name: str, reverse: bool, seed: int) -> None:
    cell, packing = random_cell(name), packing_of([1, 3, 2])
    projected = torch.randn(6, cell.gates * HIDDEN, requires_grad=True)
    start = random_start(cell, 3)

    def run(*tensors: Tensor) -> tuple[Tensor, Tensor]:
        return run_cell(cell, tensors[0], tensors[1 : 1 + len(start)], packing, reverse=reverse)

    weights = (cell.hidden_weight, cell.hidden_bias)
    assert torch.autograd.gradcheck(run, (projected, *start, *weights), fast_mode=True)


def test_a_row_does_not_see_its_neighbours(seed: int) -> None:
    cell = random_cell("gru")
    rows = [torch.randn(length, INPUT) for length in (2, 5, 3)]
    packing = packing_of([2, 5, 3])
    padded = nn.utils.rnn.pad_sequence([*rows, torch.zeros(6, INPUT)], batch_first=True)[:3]
    zeros = torch.zeros(3, HIDDEN)
    for reverse in (False, True):
        projected = cell.project(packing.pack(padded))
        states, _ = run_cell(cell, projected, (zeros,), packing, reverse=reverse)
        together = packing.unpack(states)
        for number, row in enumerate(rows):
            alone, _ = run_cell(
                cell, cell.project(row), (zeros[:1],), packing_of([len(row)]), reverse=reverse
            )
            assert torch.allclose(together[number, : len(row)], alone, rtol=0, atol=1e-13)


def test_gradient_of_states_alone_needs_no_gradient_of_the_final_ones(seed: int) -> None:
    cell = GRUCell(input_sizes=(INPUT,), hidden_size=HIDDEN)
    projected = torch.randn(3, 3 * HIDDEN, requires_grad=True)
    packing, start = packing_of([2, 1]), (torch.zeros(2, HIDDEN),)
    fast, _ = run_cell(cell, projected, start, packing)
    plain, _ = run_cell_plainly(cell, projected, start, packing)
    (found,) = torch.autograd.grad(fast.sum(), projected)
    (expected,) = torch.autograd.grad(plain.sum(), projected)
    assert torch.allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("reverse", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize("name", sorted(CELLS))
def test_fused_kernels_and_the_plain_loop_agree_in_values_and_gradients(
    name: str, lengths: list[int], reverse: bool, seed: int
) -> None:
    cell = CELLS[name](input_sizes=(INPUT, 2), hidden_size=HIDDEN)
    for parameter in cell.parameters():
        nn.init.normal_(parameter, std=0.5)
    packing, rows = packing_of(lengths), sum(lengths)
    parts = tuple(torch.randn(rows, size, requires_grad=True) for size in (INPUT, 2))
    start = random_start(cell, len(lengths))
    wanted = (*parts, *start, *cell.parameters())
    grads = (torch.randn(rows, HIDDEN), torch.randn(len(lengths), HIDDEN))
    fused = run_cell_fused(cell, parts, start, packing, reverse=reverse)
    projected = cell.project(parts[0]) + cell.project(parts[1], 1)
    plain = run_cell_plainly(cell, projected, start, packing, reverse=reverse)
    for found, expected in zip(fused, plain, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-12)
    for found, expected in zip(
        torch.autograd.grad(fused, wanted, grads),
        torch.autograd.grad(plain, wanted, grads),
        strict=True,
    ):
        assert torch.allclose(found, expected, rtol=0, atol=1e-11)
