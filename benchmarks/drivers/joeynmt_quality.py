"""What Joey NMT 2.3.0 has learned after given times of training, and how fast it searches.

The configuration is that of `joeynmt_training.py` with label smoothing, a larger learning rate and
batches of its own choice. In 20 minutes it comes to some 1,000 steps, which are too few for warm-up
or decay.
"""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import joeynmt_training
from meter import FinishedError, MarkedClock, run_driver, timed_search, use_threads

LEARNING = {"learning_rate": 0.001, "label_smoothing": 0.1}


def configuration(job: dict[str, Any], folder: str) -> dict[str, Any]:
    """The speed run's configuration with a test set and with `LEARNING`."""
    settings = joeynmt_training.configuration(job, folder)
    settings["training"] |= LEARNING
    settings["data"]["test"] = f"{job['stream']}/test"
    return settings


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train by Joey NMT's own loop and search at each mark."""
    use_threads(job["threads"])
    from joeynmt import training
    from joeynmt.prediction import predict

    clock = MarkedClock(job["marks"])
    manager = training.TrainManager
    whole_step, prepare = manager._train_step, training.prepare
    data: dict[str, Any] = {}

    def noted_prepare(*arguments: Any, **options: Any) -> Any:
        prepared = prepare(*arguments, **options)
        data["test"] = prepared[-1]
        return prepared

    def search(self: Any, beam: int) -> list[str]:
        settings = self.dev_cfg._replace(
            beam_size=beam, beam_alpha=1.0, batch_size=64, batch_type="sentence"
        )
        *_, pieces, _, _ = predict(
            self.model,
            data["test"],
            device=self.device,
            n_gpu=0,
            args=settings,
            autocast=self.autocast,
        )
        return [" ".join(piece for piece in line if piece != "</s>") for line in pieces]

    def step_or_search(self: Any, batch: Any) -> Any:
        clock.begin_step(lambda: timed_search(job["beams"], lambda beam: search(self, beam)))
        return whole_step(self, batch)

    training.prepare = noted_prepare
    manager._train_step = step_or_search
    manager._save_checkpoint = lambda *_: None
    with tempfile.TemporaryDirectory() as folder:
        joeynmt_training.write_inputs(job, Path(folder))
        Path(folder, "model").mkdir()
        with contextlib.suppress(FinishedError):
            training.train(rank=0, world_size=1, cfg=configuration(job, folder), skip_test=True)
    return clock.result()


if __name__ == "__main__":
    run_driver(measure)
