"""Label-smoothed cross-entropy over real tokens, with the output layer inside; the guide's too.

The logits of all tokens at once would be the largest array of training;
here they live a few hundred rows at a time, and their gradient is made while they are in cache.
"""

from typing import Any

import torch
from torch import Tensor

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.model.decoder import Decoded
from seq2seq_cli.model.device import computing
from seq2seq_cli.model.products import CHUNK_ROWS, Products, aligned_rows, apply_exactly
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.training.copy_loss import copy_loss
from seq2seq_cli.training.links import BatchLinks


class _OutputLoss(torch.autograd.Function):
    """Sum over rows of the smoothed and of the plain cross-entropy.

    With logits `z = W f + b`, the loss of a row is `log sum exp z - (1 - s) z_y - s mean(z)`, and
    its gradient by z is `softmax(z) - (1 - s) onehot(y) - s / vocab`. Only the softmax is as large
    as the logits; what the other two terms add to the gradients of W, f and b is added to those
    directly.
    """

    @staticmethod
    def forward(
        ctx: Any,
        products: Products,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        smoothing: float,
    ) -> tuple[Tensor, Tensor]:
        grads = (torch.empty_like(features), torch.zeros_like(weight), torch.zeros_like(bias))
        into_logits, from_logits = products.right(weight.t()), products.right(weight)
        normalisers = features.new_empty(len(features), dtype=torch.float64)
        room = aligned_rows(min(CHUNK_ROWS, len(features)), len(weight), like=features)
        for start in range(0, len(features), CHUNK_ROWS):
            part = slice(start, start + CHUNK_ROWS)
            rows = features[part]
            logits = products.add(bias, rows, into_logits, out=room[: len(rows)])
            largest = logits.amax(dim=1, keepdim=True)
            powers = logits.sub_(largest).exp_()
            total = powers.sum(dim=1, keepdim=True)
            normalisers[part] = (largest + total.log()).squeeze(1)
            grads[0][part] = products.product(powers, from_logits) / total
            scaled = rows / total
            products.add_to(grads[1], powers.t(), scaled)
            grads[2].add_(powers.t() @ (1 / total).squeeze(1))
        chosen = (features * weight[targets]).sum(dim=1) + bias[targets]
        means = features @ weight.mean(dim=0) + bias.mean()
        plain = (normalisers - chosen).sum()
        smoothed = plain + smoothing * (chosen - means).sum()
        _subtract_targets(grads, features, weight, targets, smoothing)
        ctx.save_for_backward(*grads)
        return smoothed, plain

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        scale = grad_outputs[0]
        features, weight, bias = (grad * scale.to(grad) for grad in ctx.saved_tensors)
        return None, features, weight, bias, None, None


def _subtract_targets(
    grads: tuple[Tensor, Tensor, Tensor],
    features: Tensor,
    weight: Tensor,
    targets: Tensor,
    smoothing: float,
) -> None:
    """Take `(1 - s) onehot(y) + s / vocab` off the gradient by the logits; changes `grads`."""
    kept, spread = 1 - smoothing, smoothing / len(weight)
    grads[0].sub_(weight[targets], alpha=kept).sub_(weight.sum(dim=0), alpha=spread)
    grads[1].index_add_(0, targets, features, alpha=-kept).sub_(features.sum(dim=0), alpha=spread)
    ones = features.new_ones(len(targets))
    grads[2].index_add_(0, targets, ones, alpha=-kept).sub_(len(targets) * spread)


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
    smoothed, plain = apply_exactly(_OutputLoss, features, weight, bias, targets, smoothing)
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
        return decoded_loss(model, _decode(model, batch), batch, smoothing=smoothing)


def guided_loss(
    model: Seq2Seq, batch: Batch, links: BatchLinks, *, smoothing: float, precision: str
) -> tuple[Tensor, Tensor, Tensor]:
    """`batch_loss`, and `attention_loss` of the same pass."""
    with computing(precision, batch.source.device):
        decoded = _decode(model, batch)
        smoothed, plain = decoded_loss(model, decoded, batch, smoothing=smoothing)
        return smoothed, plain, attention_loss(decoded, links)


def attention_loss(decoded: Decoded, links: BatchLinks) -> Tensor:
    """Cross-entropy of attention against the links, summed over linked target tokens, in nats.

    Of a target token it is the mean of `- log weight` over its links: the target distribution is
    even over its linked source tokens (Chen et al. 2016, section 3). A weight that is too small for
    its type counts as the smallest that is not, without a gradient.
    """
    weights = decoded.weights
    places = decoded.packing.locate(links.places) * weights.size(1) + links.columns
    chosen = weights.flatten().index_select(0, places)
    logs = chosen.clamp_min(torch.finfo(chosen.dtype).tiny).log()
    return -(logs / links.sharing).sum()


def _decode(model: Seq2Seq, batch: Batch) -> Decoded:
    decoded: Decoded = model(
        batch.source, batch.source_lengths, batch.target_in, batch.target_lengths
    )
    return decoded


def decoded_loss(
    model: Seq2Seq, decoded: Decoded, batch: Batch, *, smoothing: float
) -> tuple[Tensor, Tensor]:
    """`batch_loss` of a batch that the model has been through."""
    weight, bias = model.output_weight, model.output_bias
    targets, copying = decoded.packing.pack(batch.target_out), decoded.copying
    if copying is None:
        return output_loss(decoded.features, weight, bias, targets, smoothing=smoothing)
    return copy_loss(decoded.features, weight, bias, copying, targets, smoothing=smoothing)
