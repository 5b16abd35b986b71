"""What s2s has learned after given times of training by its defaults, and how fast it searches.

The defaults are those of `s2s train` on the prepared dataset: its suggested preset, with what the
job sets besides, which ends by itself after some epochs; its best model then stands for the marks
that are left. Validations and checkpoints count as training time. Each search is done in the
precision of training, and where that is not float32 once more in float32.
"""

import contextlib
import tempfile
from dataclasses import replace
from functools import partial
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
    from seq2seq_cli.text.vocabulary import EOS
    from seq2seq_cli.training.trainer import Trainer

    clock = MarkedClock(job["marks"])
    dataset = Dataset.open(Path(job["dataset"]))
    test, tokens = dataset.split("test"), dataset.target.vocabulary.tokens
    sources = [test.source(index) for index in range(len(test))]
    whole_step = Trainer._step

    def pieces(ids: Any) -> list[str]:
        return [tokens[piece] for piece in ids if piece != EOS]

    def search(trainer: Any, precision: str, beam: int) -> list[str]:
        settings = settings_of(trainer.config.search, beam=beam)
        translator = replace(trainer.validator.translator, precision=precision)
        trainer.model.eval()
        found = translator.search(sources, settings)
        trainer.model.train()
        return [" ".join(pieces(best[0].ids)) if best else "" for best in found]

    def searches(trainer: Any) -> dict[str, Any]:
        ways = {"beams": trainer.precision}
        if trainer.precision != "fp32":
            ways["float32"] = "fp32"
        return {
            name: timed_search(job["beams"], partial(search, trainer, precision))["beams"]
            for name, precision in ways.items()
        }

    def step_or_search(self: Any) -> Any:
        def search_now() -> dict[str, Any]:
            with self.average.in_place():
                return searches(self)

        clock.begin_step(search_now)
        return whole_step(self)

    Trainer._step = step_or_search
    preset = dataset.manifest.suggested_preset
    options = {"training.threads": job["threads"], "training.seed": job["seed"]}
    layers = [(f"preset {preset}", read_preset(preset)), ("option", options | job["settings"])]
    with tempfile.TemporaryDirectory() as folder:
        run = Run(
            folder=Path(folder),
            resolved=resolve(layers),
            source=dataset.source,
            target=dataset.target,
            facts={},
        )
        trainer = Trainer(run, dataset)
        with contextlib.suppress(FinishedError):
            for _ in trainer.events():
                pass
            trainer.model.load_state_dict(run.load_model(trainer.device).state_dict())
            clock.end(lambda: searches(trainer))
    return clock.result()


if __name__ == "__main__":
    run_driver(measure)
