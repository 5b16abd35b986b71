"""What the tests of training share: small runs on the copy task, made without the command line."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.config import resolve
from seq2seq_cli.model.run import Run
from seq2seq_cli.training import gradients
from seq2seq_cli.training.guide import Guide
from seq2seq_cli.training.links import TokenLinks
from seq2seq_cli.training.trainer import Trainer
from seq2seq_cli.training.watching import WatchedSentence

SMALL = {
    "model.embedding_size": 8,
    "model.encoder_size": 8,
    "model.decoder_size": 16,
    "model.attention_size": 8,
    "model.dropout": 0.2,
    "training.batch_sentences": 64,
    "training.learning_rate": 0.01,
    "training.threads": 1,
    "training.device": "cpu",
    "training.precision": "fp32",
}
MakeTrainer = Callable[..., Trainer]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """Training sets the number of threads; other tests get back what they had."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_trainer(copy_data: Path, tmp_path: Path) -> MakeTrainer:
    """Build a trainer for `tmp_path/NAME`, on the copy task if `folder` is no other dataset;
    keywords are settings, `__` for the dot."""

    def build(
        name: str = "run",
        *,
        resume: bool = False,
        watch: Sequence[WatchedSentence] = (),
        guide: Guide | None = None,
        folder: Path = copy_data,
        **settings: Any,
    ) -> Trainer:
        data = Dataset.open(folder)
        given = {key.replace("__", "."): value for key, value in settings.items()}
        run = Run(
            folder=tmp_path / name,
            resolved=resolve([("test", SMALL | given)]),
            source=data.source,
            target=data.target,
            facts={},
        )
        run.folder.mkdir(exist_ok=True)
        run.save()
        return Trainer(run, data, resume=resume, watch=watch, guide=guide)

    return build


@pytest.fixture(scope="session")
def copy_shards(copy_data: Path, shard_dataset: Callable[..., Path]) -> Path:
    """The dataset of the copy task in shards of 120 pairs, the last one smaller."""
    return shard_dataset(copy_data, copy_data.parent / "shards", pairs=120)


@pytest.fixture
def copy_guide(copy_data: Path) -> Guide:
    """Each target word of the copy task linked to its own source word, in two pairs of three."""
    lengths = Dataset.open(copy_data).split("train").target_lengths.copy()
    lengths[::3] = 0
    words = np.concatenate([np.arange(length) for length in lengths])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    links = TokenLinks(offsets=ends, targets=words, sources=words)
    return Guide(path=Path("links.txt"), sha256="0" * 64, links=links)


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the loss of every batch that holds one of some pairs bad."""
    whole = gradients.batch_loss

    def make(pairs: Iterable[int], *, factor: float = float("nan"), forward: bool = True) -> None:
        bad = set(pairs)

        def batch_loss(model: Any, batch: Batch, **options: Any) -> tuple[torch.Tensor, ...]:
            smoothed, plain = whole(model, batch, **options)
            if not bad & set(batch.indices):
                return smoothed, plain
            if forward:
                return smoothed * factor, plain
            smoothed.register_hook(lambda gradient: gradient * factor)
            return smoothed, plain

        monkeypatch.setattr(gradients, "batch_loss", batch_loss)

    return make
