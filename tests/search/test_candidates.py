"""The best continuations against a search through all of them."""

import math

import pytest
import torch
from torch import Tensor

from seq2seq_cli.model.rounded import COLUMNS, RoundedOutput
from seq2seq_cli.search.candidates import BLOCK, best_continuations
from seq2seq_cli.text.vocabulary import BOS, PAD


def all_continuations(logits: Tensor, alive: Tensor) -> list[list[tuple[float, int, int]]]:
    """For each sentence every total with its slot and token, best first."""
    scores = logits.log_softmax(dim=1).view(*alive.shape, -1) + alive.unsqueeze(2)
    return [
        sorted(
            (
                (total, slot, token)
                for slot, row in enumerate(sentence.tolist())
                for token, total in enumerate(row)
                if token not in (PAD, BOS)
            ),
            reverse=True,
        )
        for sentence in scores
    ]


@pytest.mark.parametrize("words", [5, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 7 * BLOCK + 13])
@pytest.mark.parametrize(("slots", "count"), [(1, 1), (3, 6), (2, 11), (7, 100)])
def test_the_best_of_all_are_found(words: int, slots: int, count: int, seed: int) -> None:
    logits = 3 * torch.randn(4 * slots, words)
    alive = torch.randn(4, slots)
    expected = all_continuations(logits, alive)
    found = best_continuations(logits.clone(), alive, count)
    assert found[0].shape == (4, min(count, slots * words))
    usable = min(count, slots * (words - 2))
    for sentence, wanted in enumerate(expected):
        slot, token, totals = (column[sentence, :usable].tolist() for column in found)
        assert list(zip(slot, token, strict=True)) == [one[1:] for one in wanted[:usable]]
        assert totals == pytest.approx([one[0] for one in wanted[:usable]], abs=1e-12)


@pytest.mark.parametrize("words", [5, COLUMNS, COLUMNS + 1, 7 * COLUMNS + 13])
@pytest.mark.parametrize(("slots", "count"), [(1, 1), (3, 6), (2, 11), (7, 100)])
def test_the_best_of_all_are_found_among_rounded_scores(
    words: int, slots: int, count: int, seed: int
) -> None:
    weight, bias = torch.randn(words, 8), torch.randn(words)
    features, alive = torch.randn(4 * slots, 8), torch.randn(4, slots)
    expected = all_continuations(features @ weight.t() + bias, alive)
    scores = RoundedOutput(weight, bias, torch.bfloat16)(features)
    found = best_continuations(scores, alive, count)
    usable = min(count, slots * (words - 2))
    for sentence, wanted in enumerate(expected):
        totals = found[2][sentence, :usable].tolist()
        assert totals == pytest.approx([one[0] for one in wanted[:usable]], abs=0.02)
        exactly = {one[1:]: one[0] for one in wanted}
        for slot, token, total in zip(
            *(column[sentence, :usable].tolist() for column in found), strict=True
        ):
            assert total == pytest.approx(exactly[slot, token], abs=0.02)


def test_dead_slots_go_on_only_where_nothing_else_does(seed: int) -> None:
    logits = torch.randn(2, 5)
    alive = torch.tensor([[-1.0, -math.inf]])
    slots, tokens, totals = best_continuations(logits, alive, 4)
    assert slots[0, :3].tolist() == [0, 0, 0]
    assert sorted(tokens[0, :3].tolist()) == [2, 3, 4]
    assert totals.isfinite().tolist() == [[True, True, True, False]]


@pytest.mark.parametrize("count", [9, 100, 252])
def test_equal_scores_come_once_each(count: int) -> None:
    slots, tokens, _ = best_continuations(torch.zeros(2, 2 * BLOCK), torch.zeros(1, 2), count)
    found = set(zip(slots[0].tolist(), tokens[0].tolist(), strict=True))
    assert len(found) == count
    assert not {PAD, BOS} & {token for _, token in found}


def test_totals_keep_what_float32_would_lose() -> None:
    """Totals of thousands of tokens are large: a step of 1e-4 would vanish beside 8,000."""
    logits = torch.tensor([[0.0, 0.0, 0.0, 1e-4]], dtype=torch.float32)
    alive = torch.tensor([[-8000.0]], dtype=torch.float64)
    _, tokens, totals = best_continuations(logits, alive, 2)
    assert tokens.tolist() == [[3, 2]]
    assert float(totals[0, 0] - totals[0, 1]) == pytest.approx(1e-4, rel=1e-3)
