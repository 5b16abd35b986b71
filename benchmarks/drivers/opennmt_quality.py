"""What OpenNMT-py 3.5.1 has learned after given times of training, and how fast it searches.

The configuration is that of `opennmt_training.py` with label smoothing, a larger learning rate
that halves, and batches of its own choice: what its users set for a corpus of this size.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import opennmt_training
import yaml
from meter import FinishedError, MarkedClock, run_driver, timed_search, use_threads

LEARNING = {
    "learning_rate": 0.001,
    "label_smoothing": 0.1,
    "learning_rate_decay": 0.5,
    "start_decay_steps": 5000,
    "decay_steps": 2000,
}


def search(trainer: Any, vocabularies: Any, lines: list[str], beam: int) -> list[str]:
    """Translate lines of pieces by OpenNMT-py's own translator, in its own process."""
    from onmt.constants import CorpusTask
    from onmt.inputters.dynamic_iterator import build_dynamic_dataset_iter
    from onmt.opts import translate_opts
    from onmt.translate import GNMTGlobalScorer, Translator
    from onmt.utils.parse import ArgumentParser

    parser = ArgumentParser()
    translate_opts(parser)
    command = ["-model", "none", "-src", "none", "-beam_size", str(beam), "-batch_size", "64"]
    options = parser.parse_args(command)
    ArgumentParser.validate_translate_opts(options)
    model_options = argparse.Namespace(**vars(trainer.scoring_preparator.opt))
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        translator = Translator.from_opt(
            trainer.model,
            vocabularies,
            options,
            model_options,
            global_scorer=GNMTGlobalScorer.from_opt(options),
            out_file=nowhere,
            report_score=False,
        )
        options.transforms = []
        batches = build_dynamic_dataset_iter(
            options, {}, vocabularies, task=CorpusTask.INFER, src=lines, device_id=-1
        )
        _, found = translator._translate(batches, transform=batches.transforms)
    return [best[0].strip() for best in found]


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train by OpenNMT-py's own loop and search at each mark."""
    use_threads(job["threads"])
    from onmt.bin import train as onmt_train
    from onmt.trainer import Trainer

    clock = MarkedClock(job["marks"])
    lines = Path(job["stream"], "test.source").read_text(encoding="utf-8").split("\n")[:-1]
    whole_step = Trainer._gradient_accumulation

    def step_or_search(self: Any, *batch: Any) -> None:
        def search_now() -> dict[str, Any]:
            self.model.eval()
            vocabularies = self.scoring_preparator.vocabs
            found = timed_search(job["beams"], lambda beam: search(self, vocabularies, lines, beam))
            self.model.train()
            return found

        clock.begin_step(search_now)
        whole_step(self, *batch)

    Trainer._gradient_accumulation = step_or_search
    with tempfile.TemporaryDirectory() as save:
        path = Path(save) / "train.yaml"
        settings = opennmt_training.configuration(job, save) | LEARNING
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")
        sys.argv = ["onmt_train", "-config", str(path)]
        with contextlib.suppress(FinishedError):
            onmt_train.main()
    return clock.result()


if __name__ == "__main__":
    run_driver(measure)
