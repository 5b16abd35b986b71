"""How much arithmetic a model must do for one target token, counted from its equations.

Counts the products of matrices and of attention, two operations for each multiply-add; leaves out
what grows slower (biases, gates' non-linearities, dropout, the optimizer). Backward takes two
products for each product of forward. Knows nothing of what a toolkit really computes.
"""

from dataclasses import dataclass
from enum import StrEnum

FORWARD_AND_BACKWARD = 3
OPERATIONS_PER_MULTIPLY_ADD = 2
GRU_GATES = 3


class Wiring(StrEnum):
    """How attention and recurrence depend on each other."""

    BAHDANAU = "bahdanau"
    """Additive scores of the previous state, context into the recurrence, a deep output layer."""
    FED = "fed"
    """Additive scores of the new state; the attentional vector is fed back: OpenNMT-py, Joey NMT,
    `luong-concat` with input feeding."""
    UNFED = "unfed"
    """`luong-general`: inner products of the new state, and nothing is fed back."""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Sizes of a bidirectional GRU encoder and a GRU decoder of one layer each."""

    embedding: int
    encoder: int
    """Hidden units in each direction."""
    decoder: int
    attention: int
    features: int
    """Width of what the output layer sees."""
    target_types: int
    wiring: Wiring


def multiply_adds(
    model: Architecture, *, source_per_target: float, source_length: float
) -> dict[str, float]:
    """Multiply-adds of the forward pass for one target token, by part of the model.

    Args:
        model: the sizes
        source_per_target: source tokens for each target token, `</s>` counted on both sides
        source_length: mean number of source positions that a target token attends to
    """
    memory = 2 * model.encoder
    encoder = 2 * GRU_GATES * model.encoder * (model.embedding + model.encoder)
    additive = model.wiring != Wiring.UNFED
    keys = model.attention if additive else model.decoder
    fed = {Wiring.BAHDANAU: memory, Wiring.FED: model.decoder, Wiring.UNFED: 0}[model.wiring]
    recurrence = GRU_GATES * model.decoder * (model.embedding + fed + model.decoder)
    seen = model.decoder + memory + (model.embedding if model.wiring == Wiring.BAHDANAU else 0)
    return {
        "encoder": encoder * source_per_target,
        "keys": memory * keys * source_per_target,
        "recurrence": float(recurrence),
        "query": float(model.decoder * keys) if additive else 0.0,
        "scores and context": source_length * (keys + memory),
        "readout": float(seen * model.features),
        "output layer": float(model.features * model.target_types),
    }


def training_operations(
    model: Architecture, *, source_per_target: float, source_length: float
) -> float:
    """Floating-point operations of a training step for one target token."""
    forward = multiply_adds(model, source_per_target=source_per_target, source_length=source_length)
    return FORWARD_AND_BACKWARD * OPERATIONS_PER_MULTIPLY_ADD * sum(forward.values())
