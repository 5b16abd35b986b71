"""Label-smoothed cross-entropy over real tokens, with the output layer inside.

The logits of all tokens at once would be the largest array of training;
here they live a few hundred rows at a time, and their gradient is made while they are in cache.
"""

from typing import Any

import torch
from torch import Tensor

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.model.device import computing
from seq2seq_cli.model.seq2seq import Seq2Seq

CHUNK_ROWS = 256


class _OutputLoss(torch.autograd.Function):
    """Sum over rows of the smoothed and of the plain cross-entropy."""

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float
    ) -> tuple[Tensor, Tensor]:
        grads = (torch.empty_like(features), torch.zeros_like(weight), torch.zeros_like(bias))
        smoothed = features.new_zeros((), dtype=torch.float64)
        plain = features.new_zeros((), dtype=torch.float64)
        for start in range(0, len(features), CHUNK_ROWS):
            part = slice(start, start + CHUNK_ROWS)
            rows, wanted = features[part], targets[part].unsqueeze(1)
            logits = torch.addmm(bias, rows, weight.t())
            size = logits.size(1)
            normaliser = logits.logsumexp(dim=1, keepdim=True)
            likelihood = normaliser - logits.gather(1, wanted)
            plain += likelihood.sum()
            if smoothing:
                mean = normaliser - logits.mean(dim=1, keepdim=True)
                smoothed += ((1 - smoothing) * likelihood + smoothing * mean).sum()
            gradient = logits.sub_(normaliser).exp_()
            if smoothing:
                gradient.sub_(smoothing / size)
            gradient.scatter_add_(1, wanted, rows.new_full(wanted.shape, smoothing - 1))
            torch.mm(gradient, weight, out=grads[0][part])
            grads[1].addmm_(gradient.t(), rows)
            grads[2].add_(gradient.sum(dim=0))
        ctx.save_for_backward(*grads)
        return (smoothed if smoothing else plain.clone()), plain

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        scale = grad_outputs[0]
        grads = tuple(grad * scale.to(grad) for grad in ctx.saved_tensors)
        return (*grads, None, None)


def output_loss(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, *, smoothing: float
) -> tuple[Tensor, Tensor]:
    """Cross-entropy summed over rows, in nats.

    Args:
        features: of real tokens only, (tokens, features)
        weight: of the output layer, (vocab, features)
        bias: of the output layer, (vocab,)
        targets: ids, (tokens,)
        smoothing: mass spread evenly over the vocabulary (Szegedy et al. 2016, section 7)

    Returns:
        smoothed: what training minimises; the only one with a gradient
        plain: without smoothing, as perplexity wants it
    """
    if not torch.is_grad_enabled():
        return _plain_loss(features, weight, bias, targets, smoothing)
    smoothed, plain = _OutputLoss.apply(features, weight, bias, targets, smoothing)
    return smoothed, plain.detach()


def _plain_loss(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float
) -> tuple[Tensor, Tensor]:
    """The same in terms of PyTorch's own loss: the specification of the fused one."""
    logits = torch.nn.functional.linear(features, weight, bias)
    smoothed = torch.nn.functional.cross_entropy(
        logits, targets, reduction="sum", label_smoothing=smoothing
    )
    plain = torch.nn.functional.cross_entropy(logits, targets, reduction="sum")
    return smoothed.double(), plain.double()


def batch_loss(
    model: Seq2Seq, batch: Batch, *, smoothing: float, precision: str
) -> tuple[Tensor, Tensor]:
    """Cross-entropy summed over the real target tokens of a batch, smoothed and plain, in nats."""
    with computing(precision, batch.source.device):
        decoded = model(
            batch.source, batch.source_lengths, batch.target_in, batch.target_lengths
        )
    return output_loss(
        decoded.features.to(model.output_weight.dtype),
        model.output_weight,
        model.output_bias,
        decoded.packing.pack(batch.target_out),
        smoothing=smoothing,
    )
