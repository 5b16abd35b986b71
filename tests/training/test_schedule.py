"""Learning rates by hand."""

import math

import pytest

from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.training.schedule import Schedule


def rates(steps: list[int], total: int = 100, **settings: object) -> list[float]:
    config = TrainingConfig(**{"learning_rate": 0.8, **settings})  # type: ignore[arg-type]
    schedule = Schedule(config, total_steps=total)
    return [schedule.learning_rate(step) for step in steps]


def test_constant() -> None:
    assert rates([1, 50, 1_000], schedule="constant") == [0.8, 0.8, 0.8]


def test_warm_up_is_linear_and_reaches_the_rate_at_its_last_step() -> None:
    found = rates([1, 2, 4, 5], schedule="constant", warmup_steps=4)
    assert found == pytest.approx([0.2, 0.4, 0.8, 0.8])


def test_linear_ends_at_zero() -> None:
    found = rates([20, 60, 100, 150], schedule="linear", warmup_steps=20)
    assert found == pytest.approx([0.8, 0.4, 0.0, 0.0])


def test_linear_while_warming_up() -> None:
    assert rates([10], schedule="linear", warmup_steps=20) == pytest.approx([0.4])


def test_cosine() -> None:
    found = rates([20, 40, 60, 100], schedule="cosine", warmup_steps=20)
    expected = [0.8, 0.4 * (1 + math.cos(math.pi / 4)), 0.4, 0.0]
    assert found == pytest.approx(expected)


def test_inverse_square_root_of_the_step() -> None:
    found = rates([2, 4, 16, 64], schedule="inverse-sqrt", warmup_steps=4)
    assert found == pytest.approx([0.4, 0.8, 0.4, 0.2])
    assert rates([1, 4], schedule="inverse-sqrt") == pytest.approx([0.8, 0.4])


def test_plateau_comes_down_after_its_patience() -> None:
    config = TrainingConfig(
        learning_rate=0.8, schedule="plateau", decay_patience=1, decay_factor=0.5
    )
    schedule = Schedule(config, total_steps=100)
    found = []
    for improved in (True, False, False, False, True, False, False):
        schedule.validated(improved=improved)
        found.append(schedule.learning_rate(1))
    assert found == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2])


def test_plateau_without_patience_comes_down_at_once() -> None:
    config = TrainingConfig(
        learning_rate=0.8, schedule="plateau", decay_patience=0, decay_factor=0.1
    )
    schedule = Schedule(config, total_steps=100)
    schedule.validated(improved=False)
    assert schedule.learning_rate(1) == pytest.approx(0.08)


def test_other_schedules_take_no_notice_of_validations() -> None:
    schedule = Schedule(TrainingConfig(learning_rate=0.8, schedule="constant"), total_steps=9)
    for _ in range(9):
        schedule.validated(improved=False)
    assert schedule.learning_rate(5) == 0.8
