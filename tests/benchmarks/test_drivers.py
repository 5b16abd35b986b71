"""The drivers of s2s itself, in processes of their own as the benchmarks run them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.contenders import DRIVERS
from benchmarks.training_speed import REPOSITORY

SIZES = {"embedding": 8, "encoder": 8, "decoder": 16, "attention": 8, "dropout": 0.1, "batch": 16}


def run(driver: str, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What a driver measures."""
    paths = folder / "job.json", folder / "result.json"
    paths[0].write_text(json.dumps(job))
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, str(DRIVERS / driver), *map(str, paths)]
    subprocess.run(command, check=True, env=environment, cwd=folder)
    return json.loads(paths[1].read_text())


def test_training_speed_counts_whole_steps(copy_data: Path, tmp_path: Path) -> None:
    job = {"dataset": str(copy_data), "sizes": SIZES, "seed": 1, "threads": 1, "settings": {}}
    found = run("s2s_training.py", job | {"warm_up": 1, "steps": 3}, tmp_path)
    assert found["steps"] == 3
    assert 3 * 16 < found["target_tokens"] <= 3 * 16 * 6  # words of a line, and its end
    assert 1.0 < found["last_loss"] < 4.0
    other = {"warm_up": 1, "steps": 3, "plain_weights": True}
    drawn = run("s2s_training.py", job | other, tmp_path)
    assert 1.0 < drawn["last_loss"] < 4.0
    assert drawn["losses"][0] != found["losses"][0]  # the same batch, and other first weights


def test_quality_over_time_has_a_result_at_each_mark(copy_data: Path, tmp_path: Path) -> None:
    """The run ends by itself before the last mark, and its best model stands for that."""
    tiny = {"model.embedding_size": 8, "model.encoder_size": 8, "model.decoder_size": 16}
    job = {"dataset": str(copy_data), "seed": 1, "threads": 1, "beams": [2, 1]}
    options = tiny | {"model.attention": "luong-dot", "training.epochs": 1}
    found = run("s2s_quality.py", job | {"marks": [0.001, 999.0], "settings": options}, tmp_path)
    assert len(found["marks"]) == 2
    rounded = options | {"training.precision": "bf16"}
    other = run("s2s_quality.py", job | {"marks": [999.0], "settings": rounded}, tmp_path)
    assert set(other["marks"][0]["float32"]) == {"1", "2"}
    for mark in found["marks"]:
        lines = mark["beams"]["2"]["lines"]
        assert lines and not any("</s>" in line for line in lines)
        assert "float32" not in mark  # so small a model is not rounded anyway
