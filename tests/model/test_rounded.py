"""The quick output layer of a search against the exact one."""

import math

import pytest
import torch

from seq2seq_cli.model.rounded import COLUMNS, MARGIN, RoundedOutput

WITHOUT = (0, 2)


@pytest.mark.parametrize("words", [4, COLUMNS, COLUMNS + 1, 5 * COLUMNS, 40 * COLUMNS + 7])
@pytest.mark.parametrize(("slots", "count"), [(1, 1), (1, 30), (3, 6), (5, 40)])
def test_the_likeliest_have_their_exact_totals(
    words: int, slots: int, count: int, seed: int
) -> None:
    weight, bias = torch.randn(words, 24) / 4, torch.randn(words)
    features, alive = torch.randn(4 * slots, 24), torch.randn(4, slots)
    rounded = RoundedOutput(weight, bias, torch.bfloat16)(features)
    rows, tokens, totals = rounded.likeliest(alive, count, without=WITHOUT)
    assert rows.shape == tokens.shape == totals.shape
    exact = (features @ weight.t() + bias).log_softmax(dim=1).view(4, slots, words)
    exact = exact + alive.unsqueeze(2)
    exact[:, :, list(WITHOUT)] = -math.inf
    usable = min(count, slots * (words - len(WITHOUT)))
    for group in range(4):
        is_one = totals[group].isfinite()
        assert usable <= int(is_one.sum()) <= count + MARGIN
        found = list(zip(rows[group][is_one].tolist(), tokens[group][is_one].tolist(), strict=True))
        assert len(set(found)) == len(found)
        expected = [float(exact[group, row, token]) for row, token in found]
        assert totals[group][is_one].tolist() == pytest.approx(expected, abs=0.01)
        best = exact[group].flatten().topk(usable).values
        assert torch.allclose(totals[group].topk(usable).values, best, atol=0.02)


def test_tokens_that_tie_when_rounded_are_told_apart() -> None:
    """Eight scores from 100 to 100.007 are all 100 in bfloat16."""
    weight = torch.zeros(64, 2)
    weight[8:16, 0] = 100 + 0.001 * torch.arange(8)
    output = RoundedOutput(weight, torch.zeros(64), torch.bfloat16)
    rounded = output(torch.tensor([[1.0, 0.0]]))
    _, tokens, totals = rounded.likeliest(torch.zeros(1, 1), 2, without=WITHOUT)
    assert tokens[0, totals[0].argmax()] == 15
    expected = weight[:, 0].log_softmax(dim=0)[15]
    assert float(totals.max()) == pytest.approx(float(expected), abs=0.005)


def test_rows_that_cannot_go_on_are_never_chosen() -> None:
    output = RoundedOutput(torch.randn(40, 3), torch.randn(40), torch.bfloat16)
    alive = torch.tensor([[-math.inf, -1.0]])
    rows, _, totals = output(torch.randn(2, 3)).likeliest(alive, 9, without=WITHOUT)
    assert rows[totals.isfinite()].tolist() == [1] * int(totals.isfinite().sum())
    assert int(totals.isfinite().sum()) >= 9
