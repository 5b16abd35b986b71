"""Commands on a dataset whose training split is in shards."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seq2seq_cli.batching.sampler import window_order

S2S = Callable[..., Result]
TINY = (
    *("--threads", "1", "--embedding-size", "4", "--encoder-size", "4", "--decoder-size", "8"),
    *("--attention-size", "4", "--batch-sentences", "32", "--epochs", "1", "--metric", "loss"),
)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def shards(
    copy_data: Path, tmp_path_factory: pytest.TempPathFactory, shard_dataset: Callable[..., Path]
) -> Path:
    return shard_dataset(copy_data, tmp_path_factory.mktemp("cli") / "shards", pairs=100)


def test_a_run_is_trained_gone_on_with_and_scored(s2s: S2S, shards: Path) -> None:
    result = s2s("train", shards, "--run", "r", *TINY, "--watch", "bada gide")
    assert result.exit_code == 0, result.output
    assert "529 training and " in flat(result.stderr)
    assert "at most 1 epochs of about " in flat(result.stderr)
    more = s2s("train", "--resume", "--run", "r", "--more-epochs", "1", "--json")
    assert more.exit_code == 0, more.output
    steps = json.loads(more.stdout)["steps"]
    assert steps == 2 * (5 * 4 + 1), "four batches for each hundred pairs, one for the rest"
    assert s2s("evaluate", "r", "--beam", "1").exit_code == 0


def test_damage_ends_the_run_and_says_how_to_go_on(s2s: S2S, shards: Path) -> None:
    shutil.copytree(shards, "data")
    second = window_order(6, seed=1, epoch=1)[1]
    damaged = Path("data", f"train.{second:05d}.source.tokens.npy")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\1")
    result = s2s("train", "data", "--run", "r", *TINY, "--seed", "1")
    assert result.exit_code == 2
    assert f"error: {damaged}: its bytes 0 to" in flat(result.stderr)
    assert "prepare the dataset" in flat(result.stderr)
    assert "Then go on with: s2s train --resume --run r" in flat(result.stderr)
    shutil.copy(shards / damaged.name, damaged)
    more = s2s("train", "--resume", "--run", "r", "--json")
    assert more.exit_code == 0, more.output
    assert json.loads(more.stdout)["steps"] == 5 * 4 + 1


def test_another_cut_is_another_dataset(s2s: S2S, shards: Path, copy_data: Path) -> None:
    assert s2s("train", shards, "--run", "r", *TINY, "--quiet").exit_code == 0
    result = s2s("train", copy_data, "--resume", "--run", "r", "--more-epochs", "1")
    assert result.exit_code == 2
    assert "is not the dataset that r was trained on" in flat(result.stderr)


def test_what_reads_a_split_whole_says_what_to_read_instead(
    s2s: S2S, shards: Path, copy_run: Path
) -> None:
    result = s2s("evaluate", "--run", copy_run, "--data", shards, "--split", "train")
    assert (result.exit_code, result.stdout) == (2, "")
    said = result.stderr.replace("\n", "")
    assert "its split train is in 6 shards and is not read as a whole" in said
    files = [f"{shards}/train.00000.{side}.txt" for side in ("source", "target")]
    assert f"--src {files[0]} --ref {files[1]}." in said
    Path("links.txt").write_text("0-0\n" * 529)
    result = s2s("train", shards, "--run", "r", *TINY, "--guide", "links.txt")
    assert result.exit_code == 2
    said = flat(result.stderr)
    assert "--guide: the 529 training pairs" in said
    assert "Prepare fewer pairs to guide attention, or leave --guide out." in said
    assert not Path("r").exists()


def test_align_reads_the_shards_one_after_another(s2s: S2S, shards: Path, copy_run: Path) -> None:
    result = s2s("align", "--run", copy_run, "--data", shards, "--split", "train")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 529
    source = (shards / "train.00003.source.txt").read_text().splitlines()[5]
    assert len(lines[305].split()) == len(source.split())
