"""How long commands take to start and to be done, beside bare `import torch`.

    python -m benchmarks.start_up [--rounds N]

Commands take turns, each in a fresh process, after one turn that warms the disk. The run that
`attend` shows is trained for some seconds on the built-in corpus. `python -m benchmarks` takes the
same figures.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.page import table

REPOSITORY = Path(__file__).parents[1]
SENTENCE = "The old teacher does not see the black cats."
TRAINING_MINUTES = "0.3"
S2S = [sys.executable, "-m", "seq2seq_cli"]
COMPLETION = {"_S2S_COMPLETE": "complete_bash", "COMP_WORDS": "s2s att", "COMP_CWORD": "1"}
YARDSTICK = "import torch"

Command = tuple[list[str], dict[str, str]]
"""What is typed, and the environment's variables that go with it."""


def start_up(*, rounds: int) -> dict[str, float]:
    """Median seconds of each command, and of bare `import torch`."""
    with tempfile.TemporaryDirectory() as folder:
        run = _trained_run(Path(folder))
        commands = commands_with(run)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, command in commands.items():
                seconds = wall_time(command, Path(folder))
                if number:
                    times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


def commands_with(run: Path) -> dict[str, Command]:
    """All that is timed, by its name; `run` is what is attended with."""
    return {
        YARDSTICK: ([sys.executable, "-c", "import torch"], {}),
        "s2s --help": ([*S2S, "--help"], {}),
        "_S2S_COMPLETE=complete_bash s2s": (S2S, COMPLETION),
        's2s attend "SENTENCE"': ([*S2S, "attend", SENTENCE, "--run", str(run)], {}),
    }


def render(seconds: dict[str, float]) -> str:
    """Wall times, also as multiples of that of bare `import torch`, as a Markdown table."""
    rows = [
        [f"`{name}`", f"{found:.2f} s", f"{found / seconds[YARDSTICK]:.2f}"]
        for name, found in seconds.items()
    ]
    return table(["command", "wall time", f"times `{YARDSTICK}`"], rows, words=1)


def _trained_run(folder: Path) -> Path:
    run = folder / "run"
    training = ["train", "data", "--run", str(run), "--max-minutes", TRAINING_MINUTES]
    for arguments in (["prepare", "demo", "--out", "data"], training):
        wall_time(([*S2S, *arguments], {}), folder)
    return run


def wall_time(command: Command, folder: Path) -> float:
    """Seconds from the start of a process to its end.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    arguments, variables = command
    changed = {**os.environ, "PYTHONPATH": str(REPOSITORY), **variables}
    start = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True, cwd=folder, env=changed)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start_up", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    print(render(start_up(rounds=parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
