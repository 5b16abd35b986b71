"""Training speed of Yoyodyne 0.5.27, by its own command and Lightning's trainer.

It runs on today's torch as it is. Its loader always shuffles; for `shared` batches the loader is
replaced by one that keeps the order of the file.
"""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from meter import FinishedError, Meter, count_parameters, run_driver, use_threads


def arguments(job: dict[str, Any], folder: Path) -> list[str]:
    """The command line of `yoyodyne` for this job: a GRU with soft (`bahdanau`) attention."""
    sizes = job["sizes"]
    model = {
        "decoder_hidden_size": sizes["decoder"],
        "decoder_dropout": sizes["dropout"],
        "embedding_size": sizes["embedding"],
        "label_smoothing": 0.0,
        "source_encoder": "yoyodyne.models.modules.GRUEncoder",
        "source_encoder.init_args.hidden_size": sizes["encoder"],
        "source_encoder.init_args.dropout": sizes["dropout"],
        "source_encoder.init_args.embedding_size": sizes["embedding"],
    }
    data = {
        "model_dir": folder / "model",
        "train": folder / "train.tsv",
        "val": folder / "valid.tsv",
        "source_sep": " ",
        "target_sep": " ",
        "tie_embeddings": "false",
        "batch_size": sizes["batch"],
    }
    trainer = {
        "max_epochs": 1_000_000,
        "accelerator": "cpu",
        "devices": 1,
        "logger": "false",
        "enable_progress_bar": "false",
        "num_sanity_val_steps": 0,
        "limit_val_batches": 0,
        "gradient_clip_val": 1.0,
    }
    return [
        "fit",
        f"--seed_everything={job['seed']}",
        "--model=yoyodyne.models.SoftAttentionGRUModel",
        *(f"--model.init_args.{key}={value}" for key, value in model.items()),
        *(f"--data.{key}={value}" for key, value in data.items()),
        *(f"--trainer.{key}={value}" for key, value in trainer.items()),
    ]


def write_inputs(job: dict[str, Any], folder: Path) -> None:
    """The stream as TSV, and one pair for validation, which never runs."""
    stream = Path(job["stream"])
    sources = (stream / "train.source").read_text(encoding="utf-8").split("\n")
    targets = (stream / "train.target").read_text(encoding="utf-8").split("\n")
    rows = [f"{source}\t{target}\n" for source, target in zip(sources, targets, strict=True)]
    (folder / "train.tsv").write_text("".join(rows[:-1]), encoding="utf-8")
    (folder / "valid.tsv").write_text(rows[0], encoding="utf-8")


def keep_order() -> None:
    """Make Yoyodyne read batches as they stand in the file."""
    from torch.utils.data import DataLoader
    from yoyodyne.data.datamodules import DataModule
    from yoyodyne.data.datasets import MappableDataset
    from yoyodyne.data.mappers import Mapper

    def in_order(self: Any) -> DataLoader[Any]:
        dataset = MappableDataset(self.train, Mapper(self.index), self.parser)
        return DataLoader(dataset, collate_fn=self.collator, batch_size=self.batch_size)

    DataModule.train_dataloader = in_order


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train through Yoyodyne's own command, timed from outside."""
    use_threads(job["threads"])
    from yoyodyne.cli.main import python_interface
    from yoyodyne.models.base import BaseModel

    meter = Meter(warm_up=job["warm_up"], steps=job["steps"])
    facts: dict[str, Any] = {}
    whole_step = BaseModel.training_step

    def timed_step(self: Any, batch: Any, batch_index: int) -> Any:
        facts["parameters"] = count_parameters(self)
        meter.begin_step(int((~batch.target.mask).sum()))
        loss = whole_step(self, batch, batch_index)
        meter.add_loss(loss.item())
        return loss

    BaseModel.training_step = timed_step
    if job["batching"] == "shared":
        keep_order()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(job, folder)
        (folder / "model").mkdir()
        with contextlib.suppress(FinishedError):
            python_interface(arguments(job, folder))
    return meter.result() | facts


if __name__ == "__main__":
    run_driver(measure)
