"""The tensors that the next step depends on: weights, their average, optimizer, random states.

Knows nothing of files or counters.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.training.average import WeightAverage
from seq2seq_cli.training.checkpoint import check_fit, pack_optimizer, unpack_optimizer

RANDOM = "random."


class TrainingState:
    """Gives the tensors by the names that checkpoints have for them, and puts them back."""

    def __init__(
        self,
        model: nn.Module,
        average: WeightAverage,
        optimizer: torch.optim.Optimizer,
        device: torch.device,
    ) -> None:
        self.model, self.average, self.optimizer = model, average, optimizer
        self.device = device

    def tensors(self) -> dict[str, Tensor]:
        """All of them as they are now; those of the model are its own, not copies."""
        random = {f"{RANDOM}{name}": state for name, state in random_states(self.device).items()}
        return self._weights() | pack_optimizer(self.optimizer) | random

    def restore(self, tensors: dict[str, Tensor], path: Path) -> None:
        """Put back what `tensors` gave.

        Raises:
            InputError: if they are of another model; `path` is where they are from.
        """
        weights = self._weights()
        check_fit(tensors, {**weights, f"{RANDOM}cpu": torch.get_rng_state()}, path)
        for name, value in weights.items():
            value.copy_(tensors[name])
        unpack_optimizer(self.optimizer, tensors)
        states = {
            name.removeprefix(RANDOM): state
            for name, state in tensors.items()
            if name.startswith(RANDOM)
        }
        set_random_states(states, self.device)

    def _weights(self) -> dict[str, Tensor]:
        weights = {f"model.{name}": value.data for name, value in self.model.named_parameters()}
        return weights | {f"average.{name}": value for name, value in self.average.values.items()}


def random_states(device: torch.device) -> dict[str, Tensor]:
    """The states of the random numbers of the processor and of `device`, by its kind."""
    states = {"cpu": torch.get_rng_state()}
    if device.type != "cpu":
        states[device.type] = cast(Tensor, torch.get_device_module(device).get_rng_state())
    return states


def set_random_states(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Put back what `random_states` gave; a device that it knew nothing of keeps its own."""
    torch.set_rng_state(states["cpu"])
    if device.type != "cpu" and device.type in states:
        torch.get_device_module(device).set_rng_state(states[device.type])


def build_optimizer(model: nn.Module, training: TrainingConfig) -> torch.optim.Optimizer:
    """The optimizer of a run, its state empty."""
    kind = torch.optim.AdamW if training.optimizer == "adamw" else torch.optim.Adam
    return kind(
        model.parameters(),
        lr=training.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=training.weight_decay,
        fused=True,
    )
