"""The loss of a model that copies: cross-entropy of the mixture, without the mixture of all tokens.

`log P(w)` is that of the vocabulary, shifted by the share that is generated, but for the few tokens
that the source has. So the output layer gives the log-probabilities of these, of the target, and
the mean over all; the rest is arithmetic on small arrays, whose gradients PyTorch finds. The
mixture of `model.copying` under autograd is the specification, used by tests.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from seq2seq_cli.model.copying import Copying, log_of_share
from seq2seq_cli.model.products import CHUNK_ROWS, Products, aligned_rows, apply_exactly


class _OutputLogs(torch.autograd.Function):
    """Log-probabilities of some tokens in each row, (tokens, columns), and the mean over all.

    The gradient of the logits is that of the chosen tokens, less the softmax times the sum over the
    row. It needs the logits once more: they are computed again, a few hundred rows at a time.
    """

    @staticmethod
    def forward(
        ctx: Any,
        products: Products,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        columns: Tensor,
    ) -> tuple[Tensor, Tensor]:
        chosen = features.new_empty(columns.shape)
        means, normalisers = (features.new_empty(len(features)) for _ in range(2))
        for part, logits in _chunks(products, features, weight, bias):
            normalisers[part] = logits.logsumexp(dim=1)
            chosen[part] = logits.gather(1, columns[part]) - normalisers[part].unsqueeze(1)
            means[part] = logits.mean(dim=1) - normalisers[part]
        ctx.save_for_backward(features, weight, bias, columns, normalisers)
        ctx.products = products
        return chosen, means

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        features, weight, bias, columns, normalisers = ctx.saved_tensors
        products, spread = ctx.products, grads[1].unsqueeze(1) / len(weight)
        total = grads[0].sum(dim=1, keepdim=True) + grads[1].unsqueeze(1)
        into_features = products.right(weight)
        found = (torch.empty_like(features), torch.zeros_like(weight), torch.zeros_like(bias))
        for part, logits in _chunks(products, features, weight, bias):
            softmax = logits.sub_(normalisers[part].unsqueeze(1)).exp_()
            grad = softmax.mul_(-total[part]).add_(spread[part])
            grad.scatter_add_(1, columns[part], grads[0][part])
            found[0][part] = products.product(grad, into_features)
            products.add_to(found[1], grad.t(), features[part])
            found[2].add_(grad.sum(dim=0))
        return None, *found, None


def _chunks(
    products: Products, features: Tensor, weight: Tensor, bias: Tensor
) -> Iterator[tuple[slice, Tensor]]:
    """The logits of some rows at a time, in the same place, (rows, vocab)."""
    into_logits = products.right(weight.t())
    room = aligned_rows(min(CHUNK_ROWS, len(features)), len(weight), like=features)
    for start in range(0, len(features), CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        rows = features[part]
        yield part, products.add(bias, rows, into_logits, out=room[: len(rows)])


def copy_loss(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    copying: Copying,
    targets: Tensor,
    *,
    smoothing: float,
) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the mixture summed over rows, in nats.

    Args:
        features: of real tokens only, (tokens, features)
        weight: of the output layer, (vocab, features)
        bias: of the output layer, (vocab,)
        copying: of the same tokens
        targets: ids, (tokens,)
        smoothing: mass spread evenly over the vocabulary, as `output_loss` has it: the mixture is
            what is smoothed, so that it always generates a little

    Returns:
        smoothed: what training minimises; the only one with a gradient
        plain: without smoothing, as perplexity wants it
    """
    ids = copying.row_ids
    columns = torch.cat([targets.unsqueeze(1), ids], dim=1)
    logs, means = apply_exactly(_OutputLogs, features, weight, bias, columns)
    generate = copying.log_generate
    at_target = copying.weights * (ids == targets.unsqueeze(1))
    chosen = torch.logaddexp(
        generate + logs[:, 0], copying.log_copy + log_of_share(at_target.sum(dim=1))
    )
    plain = -chosen.double().sum()
    if not smoothing:
        return plain, plain.detach()
    mean = generate + means + _gain(copying, generate.unsqueeze(1) + logs[:, 1:]) / len(weight)
    return plain + smoothing * (chosen - mean).double().sum(), plain.detach()


def _gain(copying: Copying, generated: Tensor) -> Tensor:
    """What copying adds to the log-probabilities of all tokens of the source together, (tokens,).

    Args:
        copying: of the tokens
        generated: log-probability of each source token by generation alone, (tokens, source)
    """
    firsts = _first_places(copying.ids).index_select(0, copying.sentences)
    weights = torch.zeros_like(copying.weights).scatter_add(1, firsts, copying.weights)
    copied = log_of_share(weights) + copying.log_copy.unsqueeze(1)
    gain = torch.logaddexp(generated, copied) - generated
    return gain.masked_fill(weights == 0, 0.0).sum(dim=1)


def _first_places(ids: Tensor) -> Tensor:
    """For each token the first place in its row that has the same, (sentences, source)."""
    same = ids.unsqueeze(2) == ids.unsqueeze(1)
    return same.to(torch.uint8).argmax(dim=2)
