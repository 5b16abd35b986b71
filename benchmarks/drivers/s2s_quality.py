"""What s2s has learned after given times of training by its defaults, and how fast it searches.

The defaults are those of `s2s train` on the prepared dataset: its suggested preset. Validations
and checkpoints count as training time.
"""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from meter import FinishedError, MarkedClock, run_driver, timed_search, use_threads


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train by s2s's own loop and search at each mark."""
    use_threads(job["threads"])
    from seq2seq_cli.batching.dataset import Dataset
    from seq2seq_cli.config import read_preset, resolve
    from seq2seq_cli.model.run import Run
    from seq2seq_cli.search.translator import settings_of
    from seq2seq_cli.training.trainer import Trainer

    clock = MarkedClock(job["marks"])
    dataset = Dataset.open(Path(job["dataset"]))
    test, tokens = dataset.split("test"), dataset.target.vocabulary.tokens
    sources = [test.source(index) for index in range(len(test))]
    next_batch = Trainer._next_batch

    def search(self: Any, beam: int) -> list[str]:
        settings = settings_of(self.config.search, beam=beam)
        with self.average.in_place():
            self.model.eval()
            found = self.validator.translator.search(sources, settings)
            self.model.train()
        return [" ".join(tokens[piece] for piece in best[0].ids) if best else "" for best in found]

    def batch_or_search(self: Any) -> Any:
        clock.begin_step(lambda: timed_search(job["beams"], lambda beam: search(self, beam)))
        return next_batch(self)

    Trainer._next_batch = batch_or_search
    preset = dataset.manifest.suggested_preset
    options = {
        "training.threads": job["threads"],
        "training.seed": job["seed"],
        "training.epochs": 999,
    }
    layers = [(f"preset {preset}", read_preset(preset)), ("option", options | job["settings"])]
    with tempfile.TemporaryDirectory() as folder:
        run = Run(
            folder=Path(folder),
            resolved=resolve(layers),
            source=dataset.source,
            target=dataset.target,
            facts={},
        )
        with contextlib.suppress(FinishedError):
            for _ in Trainer(run, dataset).events():
                pass
    return clock.result()


if __name__ == "__main__":
    run_driver(measure)
