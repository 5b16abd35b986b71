"""Training speed of s2s, by its own trainer, in its first epoch over the prepared dataset."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from meter import FinishedError, Meter, run_driver, use_threads


def settings(job: dict[str, Any]) -> dict[str, Any]:
    """The configuration of this job, by dotted name."""
    sizes = job["sizes"]
    return {
        "model.embedding_size": sizes["embedding"],
        "model.encoder_size": sizes["encoder"],
        "model.decoder_size": sizes["decoder"],
        "model.attention_size": sizes["attention"],
        "model.dropout": sizes["dropout"],
        "model.tie_embeddings": False,
        "training.optimizer": "adam",
        "training.learning_rate": 0.0005,
        "training.schedule": "constant",
        "training.clip_norm": 1.0,
        "training.label_smoothing": 0.0,
        "training.batch_sentences": sizes["batch"],
        "training.validate_every": 1_000_000,
        "training.seed": job["seed"],
        "training.threads": job["threads"],
        "training.precision": "fp32",
        "training.device": "cpu",
    } | job["settings"]


def draw_plainly(model: Any) -> None:
    """First weights as PyTorch draws them: deviation 1 for embeddings, else even, within one over
    the root of what a unit reads.
    """
    import torch

    tables = {id(one.weight) for one in model.modules() if isinstance(one, torch.nn.Embedding)}
    for weight in model.parameters():
        if id(weight) in tables:
            torch.nn.init.normal_(weight)
            torch.nn.init.zeros_(weight[0])
        else:
            bound = weight.size(-1) ** -0.5
            torch.nn.init.uniform_(weight, -bound, bound)


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train through s2s's own loop, timed from outside."""
    use_threads(job["threads"])
    from seq2seq_cli.batching.dataset import Dataset
    from seq2seq_cli.config import resolve
    from seq2seq_cli.model.run import Run
    from seq2seq_cli.training.course import Course
    from seq2seq_cli.training.gradients import Gradients
    from seq2seq_cli.training.trainer import Trainer

    meter = Meter(warm_up=job["warm_up"], steps=job["steps"])
    next_batch, gradient = Course.next, Gradients.of

    def timed_batch(self: Any) -> Any:
        indices = next_batch(self)
        meter.begin_step(int((self.pairs.lengths(indices)[1] + 1).sum()))
        return indices

    def noted_gradient(self: Any, indices: Any, epoch: int) -> Any:
        sums = gradient(self, indices, epoch)
        meter.add_loss(sums.plain / sums.tokens)
        return sums

    Course.next = timed_batch
    Gradients.of = noted_gradient
    dataset = Dataset.open(Path(job["dataset"]))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(
            folder=Path(folder),
            resolved=resolve([("option", settings(job))]),
            source=dataset.source,
            target=dataset.target,
            facts={},
        )
        training = Trainer(run, dataset)
        if job.get("plain_weights"):
            draw_plainly(training.model)
        facts = {
            "parameters": training.model.parameter_count(),
            "features": training.model.decoder.feature_size,
        }
        with contextlib.suppress(FinishedError):
            for _ in training.events():
                pass
    return meter.result() | facts


if __name__ == "__main__":
    run_driver(measure)
