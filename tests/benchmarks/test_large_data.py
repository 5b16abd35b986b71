"""The measurement of large datasets, at a size at which only its counts matter."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import large_data, sharded_pairs
from benchmarks.contenders import DRIVERS
from benchmarks.training_speed import environment, run_script
from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.batching.manifest import read_manifest


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of three shards of 300 pairs."""
    folder = tmp_path_factory.mktemp("large")
    base, pool = sharded_pairs.make_base(folder / "base"), folder / "pool"
    pool.mkdir()
    words = read_manifest(base).source.vocabulary_size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharded_pairs, "SHARD_PAIRS", 300)
        shards = list(sharded_pairs.make_shards(pool, 3, words))
    return sharded_pairs.make_dataset(base, folder / "two", pool, shards[:2])


def test_made_datasets_are_whole(dataset: Path) -> None:
    split = Dataset.open(dataset).split("train")
    assert split.shards.starts == [0, 300, 600]
    assert split.kinds is not None
    assert split.kinds[:, 2].sum() == 600
    lengths = np.concatenate([split.shard_lengths(number) for number in (0, 1)], axis=1)
    found, counts = np.unique(lengths, axis=1, return_counts=True)
    assert np.array_equal(split.kinds, np.column_stack([found.T, counts]))


def test_the_driver_begins_a_run_and_reads_on(dataset: Path) -> None:
    found = run_script(
        DRIVERS / "s2s_large_data.py",
        {"dataset": str(dataset), "threads": 1, "windows": 5, "began": 0.0},
        python=sys.executable,
        name="s2s train",
        environment=environment(threads=1, with_s2s=True),
    )
    assert found["train_pairs"] == 600
    assert found["windows_read"] == 2
    assert 50e6 < found["peak_at_first_step"] <= found["peak_after_windows"]


def test_lines_are_carried_on() -> None:
    figures = [name for name in large_data.FIGURES if "pairs" not in name]
    sizes = [{"train_pairs": n, **dict.fromkeys(figures, 2 + n / 1e7)} for n in (1e6, 4e6, 9e6)]
    found = large_data.extrapolated(sizes)
    assert found == pytest.approx(dict.fromkeys(figures, 12.0))


def test_sizes_follow_the_room_on_the_disk() -> None:
    assert large_data.sizes(10**12) == (4, 16, 96)
    assert large_data.sizes(10**10) == (1, 4, 16)
