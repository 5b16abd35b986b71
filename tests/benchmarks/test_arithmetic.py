"""Multiply-adds of small models, counted by hand."""

import pytest

from benchmarks.arithmetic import Architecture, Wiring, multiply_adds, training_operations


def model(wiring: Wiring) -> Architecture:
    return Architecture(
        embedding=2, encoder=3, decoder=5, attention=7, features=11, target_types=13, wiring=wiring
    )


@pytest.mark.parametrize(
    ("wiring", "expected"),
    [
        # memory 6; two directions of three gates of 3 units that see 2 + 3 numbers: 90
        (
            Wiring.BAHDANAU,
            {
                "encoder": 180,  # two source tokens for a target token
                "keys": 84,  # 6 to 7
                "recurrence": 195,  # 3 gates of 5 units see 2 + 6 + 5
                "query": 35,  # 5 to 7
                "scores and context": 52,  # 4 positions: 7 for a score, 6 for the context
                "readout": 143,  # 5 + 6 + 2 to 11
                "output layer": 143,  # 11 to 13
            },
        ),
        (Wiring.FED, {"recurrence": 180, "readout": 121, "query": 35, "keys": 84}),
        (
            Wiring.UNFED,
            {"recurrence": 105, "readout": 121, "query": 0, "keys": 60, "scores and context": 44},
        ),
    ],
)
def test_by_hand(wiring: Wiring, expected: dict[str, float]) -> None:
    found = multiply_adds(model(wiring), source_per_target=2.0, source_length=4.0)
    assert {name: found[name] for name in expected} == expected


def test_training_takes_two_operations_for_a_multiply_add_and_three_passes() -> None:
    whole = training_operations(model(Wiring.BAHDANAU), source_per_target=2.0, source_length=4.0)
    assert whole == 6 * (180 + 84 + 195 + 35 + 52 + 143 + 143)
