"""The quick output layer of a search against the exact one."""

import pytest
import torch

from seq2seq_cli.model.rounded import COLUMNS, MARGIN, RoundedOutput

WITHOUT = (0, 2)


@pytest.mark.parametrize("words", [4, COLUMNS, COLUMNS + 1, 5 * COLUMNS, 40 * COLUMNS + 7])
@pytest.mark.parametrize("count", [1, 5, 30])
def test_the_likeliest_are_scored_exactly(words: int, count: int, seed: int) -> None:
    weight, bias = torch.randn(words, 24), torch.randn(words)
    features = torch.randn(9, 24)
    exact = features @ weight.t() + bias
    output = RoundedOutput(weight, bias, torch.bfloat16)
    tokens, scores, normaliser = output(features).likeliest(count, without=WITHOUT)
    assert scores.dtype == exact.dtype
    assert scores.shape == tokens.shape == (9, min(count + MARGIN, words))
    is_one = scores.isfinite()
    assert is_one.sum(dim=1).tolist() == [min(count + MARGIN, words - len(WITHOUT))] * 9
    assert torch.allclose(scores[is_one], exact.gather(1, tokens)[is_one], atol=1e-12)
    assert not torch.isin(tokens[is_one], torch.tensor(WITHOUT)).any()
    for row, kept in zip(tokens, is_one, strict=True):
        assert len(set(row[kept].tolist())) == int(kept.sum())
    expected = exact.logsumexp(dim=1)  # of all, those that are not wanted too
    assert torch.allclose(normaliser, expected, atol=0.01)
    exact[:, list(WITHOUT)] = -torch.inf
    best = exact.topk(min(count, words - len(WITHOUT)), dim=1)
    assert torch.equal(
        scores.topk(best.values.size(1), dim=1).values.round(decimals=9),
        best.values.round(decimals=9),
    )


def test_tokens_that_tie_when_rounded_are_told_apart() -> None:
    """Eight scores between 100 and 100.007 are all 100 in bfloat16."""
    weight = torch.zeros(64, 2)
    weight[8:16, 0] = 100 + 0.001 * torch.arange(8)
    output = RoundedOutput(weight, torch.zeros(64), torch.bfloat16)
    tokens, scores, normaliser = output(torch.tensor([[1.0, 0.0]])).likeliest(2, without=WITHOUT)
    assert tokens[0, scores[0].argmax()] == 15
    expected = weight[:, 0].logsumexp(dim=0)
    assert float(normaliser) == pytest.approx(float(expected), abs=1e-6)
