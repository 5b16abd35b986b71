"""The measurement of preparation, at a size at which only its counts matter."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.made_pairs import write_pairs

ROOT = Path(__file__).resolve().parents[2]


def test_made_pairs_are_distinct_and_bring_new_words(shared_data: Path, tmp_path: Path) -> None:
    source, target = write_pairs(shared_data, tmp_path, 60_000)
    lines = [path.read_text("utf-8").splitlines() for path in (source, target)]
    assert len(lines[0]) == len(lines[1]) == 60_000
    assert len(set(zip(*lines, strict=True))) > 59_900
    first, all_ = (
        {word for line in part for word in line.split()} for part in (lines[0][:30_000], lines[0])
    )
    assert len(all_) > 1.3 * len(first)


def test_the_command_measures_all_lines(shared_data: Path, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    places = ["--data", str(shared_data), "--out", str(found), "--no-page"]
    sizes = [
        "--pairs",
        "2000",
        "--pieces",
        "300",
        "--sample",
        "500",
        "--rounds",
        "1",
        "--times",
        "2",
    ]
    subprocess.run(
        [sys.executable, "-m", "benchmarks.preparation", *sizes, *places],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    run = json.loads(found.read_text("utf-8"))
    (prepared,), (bare,) = run["rounds"].values()
    assert 1_500 < prepared["kept_pairs"] < 2_000  # some are set apart for validation and test
    assert bare["lines"] == 4_000 and bare["tokens"] > 4_000
    assert min(prepared["seconds"], bare["seconds"]) > 0
    assert min(prepared["peak_memory_bytes"], bare["peak_memory_bytes"]) > 2**20
    assert run["large"]["pairs"] == 4_000 and run["large"]["kept_pairs"] > 3_000
