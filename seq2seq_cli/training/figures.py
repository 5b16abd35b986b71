"""The figures of steps: what the sums since the last report come to.

Knows nothing of how a step is made.
"""

import math

from seq2seq_cli.training.checkpoint import Progress
from seq2seq_cli.training.events import StepDone

STEPS_OF_A_MEAN = 50


def step_event(
    progress: Progress,
    *,
    learning_rate: float,
    gradient_norm: float,
    seconds: float,
    steps: int,
    max_minutes: float,
) -> StepDone:
    """What is told of the step that was just done.

    Args:
        seconds: of training so far
        steps: of all epochs
        max_minutes: most of them, 0 for no limit
    """
    recent = progress.recent
    tokens = max(1, recent.tokens)
    return StepDone(
        step=progress.step,
        epoch=progress.epoch,
        step_in_epoch=progress.batches_before + progress.batch,
        loss=recent.smoothed / tokens,
        perplexity=math.exp(min(recent.plain / tokens, 50.0)),
        learning_rate=learning_rate,
        gradient_norm=gradient_norm,
        tokens_per_second=recent.tokens / max(recent.seconds, 1e-9),
        seconds=seconds,
        seconds_left=_seconds_left(seconds, progress.step, steps, max_minutes),
        guide_loss=recent.guide / recent.guided_tokens if recent.guided_tokens else None,
    )


def _seconds_left(seconds: float, step: int, steps: int, max_minutes: float) -> float:
    by_steps = seconds / step * max(0, steps - step)
    if not max_minutes:
        return by_steps
    return min(by_steps, max(0.0, max_minutes * 60 - seconds))
