"""A few kills and disk errors; `python -m benchmarks.faults` makes hundreds."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_kills_and_disk_errors_lose_nothing(tmp_path: Path) -> None:
    results = tmp_path / "faults.json"
    command = [sys.executable, "-m", "benchmarks.faults", "--training", "3", "--preparation", "3"]
    done = subprocess.run(
        [*command, "--step", "29", "--out", str(results)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + results.read_text("utf-8")
    found = json.loads(results.read_text("utf-8"))["results"]
    assert found["kills of training"]["kills"] >= 3
    assert found["kills of preparation"]["kills"] >= 3
    assert found["kills at operations of training"]["kills"] >= 3
