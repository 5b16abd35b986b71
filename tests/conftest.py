"""Fixtures that every test may use."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Tests run side by side, one process for each core: one thread each.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no core waits for it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; required in CI, optional elsewhere."""
    if not SHARED_DATA.is_dir():
        message = "real data is missing: it is expected in ../shared/data beside the checkout"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED_DATA


WORDS = ("bada", "gide", "moku", "lira", "tane", "suto", "peka", "niro")
COPY_OPTIONS = (
    *("--threads", "1", "--embedding-size", "16", "--encoder-size", "24", "--decoder-size", "48"),
    *("--attention-size", "24", "--batch-sentences", "16", "--dropout", "0"),
    *("--learning-rate", "8e-3", "--seed", "1", "--device", "cpu", "--precision", "fp32"),
    *("--attention", "bahdanau", "--epochs", "9"),
)


@pytest.fixture(scope="session")
def copy_options() -> list[str]:
    """Options of `s2s train` for a model that learns to copy in seconds."""
    return list(COPY_OPTIONS)


@pytest.fixture(scope="session")
def copy_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset whose targets are its sources: made-up words, up to five of them."""
    from seq2seq_cli.batching.prepare import prepare
    from seq2seq_cli.batching.settings import PrepareSettings
    from seq2seq_cli.corpus.selection import Named, select_corpus

    folder = tmp_path_factory.mktemp("copy")
    chance = random.Random(5)
    lines = [" ".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(900)]
    table = folder / "copy.tsv"
    table.write_text("".join(f"{line}\t{line}\n" for line in lines), encoding="utf-8")
    settings = PrepareSettings(source_tokenizer="space", target_tokenizer="space")
    corpus = select_corpus(Named(source=str(table)), seed=1)
    return prepare(corpus, settings, out=folder / "copy").folder


@pytest.fixture(scope="session")
def copy_run(copy_data: Path) -> Path:
    """A run trained through the command line on the copy task; tests leave it as it is."""
    from typer.testing import CliRunner

    from seq2seq_cli.cli.app import app

    folder = copy_data.parent / "run"
    arguments = ["train", str(copy_data), "--run", str(folder), *COPY_OPTIONS]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def shard_dataset() -> Callable[..., Path]:
    """Makes copies of datasets whose training split is in shards."""
    return _sharded


def _sharded(folder: Path, out: Path, *, pairs: int, by_length: bool = False) -> Path:
    """Write `folder` to `out` with shards of so many pairs, by chance or the shortest first."""
    import numpy as np

    from seq2seq_cli.batching.dataset import Dataset
    from seq2seq_cli.batching.manifest import FILE_NAME, SHARDED_VERSION, ShardRecord
    from seq2seq_cli.sealed import checksums_of

    data = Dataset.open(folder)
    train, record = data.split("train"), data.manifest.splits["train"]
    order = np.random.default_rng(1).permutation(len(train))
    if by_length:
        order = np.lexsort((train.source_lengths, train.target_lengths))
    out.mkdir()
    for path in folder.iterdir():
        if not path.name.startswith(("train.", FILE_NAME)):
            (out / path.name).write_bytes(path.read_bytes())
    shards = []
    for number, start in enumerate(range(0, len(order), pairs)):
        part, tokens = order[start : start + pairs], {}
        for side, ids, lines in (
            ("source", train.source, train.source_lines()),
            ("target", train.target, train.target_lines()),
        ):
            rows = [ids(int(index)) for index in part]
            begin = out / f"train.{number:05d}.{side}"
            np.save(f"{begin}.tokens.npy", np.concatenate(rows))
            np.save(f"{begin}.offsets.npy", np.cumsum([0, *map(len, rows)]))
            Path(f"{begin}.txt").write_text("".join(f"{lines[i]}\n" for i in part), "utf-8")
            tokens[f"{side}_tokens"] = sum(map(len, rows))
        shards.append(ShardRecord(pairs=len(part), **tokens))
    lengths = np.stack([train.source_lengths, train.target_lengths], axis=1)
    kinds, counts = np.unique(lengths, axis=0, return_counts=True)
    np.save(out / "train.lengths.npy", np.column_stack([kinds, counts]))
    splits = {**data.manifest.splits}
    splits["train"] = record.model_copy(update={"shards": tuple(shards)})
    files = checksums_of(out, (path.name for path in out.iterdir()))
    changed = {"splits": splits, "format_version": SHARDED_VERSION, "files": files}
    (out / FILE_NAME).write_bytes(data.manifest.model_copy(update=changed).to_bytes())
    return out


@pytest.fixture(scope="session")
def together() -> Callable[..., list[dict[str, Any]]]:
    """Run jobs of several processes, see `processes.py`: their exit codes and what they said."""

    def run(*jobs: dict[str, Any]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("processes.py"))],
            input=json.dumps(jobs),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return run
