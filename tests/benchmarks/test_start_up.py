"""The measurement of start-up: each command does what it is timed for."""

from pathlib import Path

from benchmarks.start_up import commands_with, render, wall_time


def test_all_commands_run(copy_run: Path, tmp_path: Path) -> None:
    commands = commands_with(copy_run)
    seconds = {name: wall_time(command, tmp_path) for name, command in commands.items()}
    assert len(seconds) == 4 and min(seconds.values()) > 0


def test_times_stand_beside_those_of_torch() -> None:
    drawn = render({"import torch": 1.25, "s2s --help": 0.25})
    assert drawn.splitlines()[2:] == [
        "| `import torch` | 1.25 s | 1.00 |",
        "| `s2s --help` | 0.25 s | 0.20 |",
    ]
