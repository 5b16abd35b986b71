"""The learning rate as a function of steps and of validation scores, never of the clock.

Knows nothing of optimizers.
"""

import math
from dataclasses import dataclass

from seq2seq_cli.config import TrainingConfig


@dataclass
class Schedule:
    """Warm-up, then what `TrainingConfig.schedule` names; the fields are its whole state."""

    config: TrainingConfig
    total_steps: int
    factor: float = 1.0
    """What `plateau` has come down to."""
    stale: int = 0
    """Validations without improvement since `plateau` last acted."""

    def learning_rate(self, step: int) -> float:
        """The rate of a step, counted from 1."""
        return self.config.learning_rate * self._warmup(step) * self._decay(step)

    def _warmup(self, step: int) -> float:
        return min(1.0, step / self.config.warmup_steps) if self.config.warmup_steps else 1.0

    def _decay(self, step: int) -> float:
        kind, warmup = self.config.schedule, self.config.warmup_steps
        done = min(1.0, max(0.0, (step - warmup) / max(1, self.total_steps - warmup)))
        if kind == "inverse-sqrt":
            return math.sqrt(max(warmup, 1) / max(step, warmup, 1))
        if kind == "linear":
            return 1.0 - done
        if kind == "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * done))
        return self.factor if kind == "plateau" else 1.0

    def validated(self, *, improved: bool) -> None:
        """Tell of a validation; `plateau` comes down after `decay_patience` without improvement."""
        self.stale = 0 if improved else self.stale + 1
        if self.stale > self.config.decay_patience:
            self.factor *= self.config.decay_factor
            self.stale = 0
