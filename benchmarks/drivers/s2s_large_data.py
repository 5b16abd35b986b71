"""How long `s2s train` takes to its first step on a dataset, and the memory that it takes.

After a few steps the batches of some windows more are read, without a model, so that the memory of
windows that are done is seen to be let go of.
"""

import time
from pathlib import Path
from typing import Any

from meter import peak_memory, run_driver

OPTIONS = {
    "model.embedding_size": 16,
    "model.encoder_size": 16,
    "model.decoder_size": 32,
    "model.attention_size": 16,
    "training.batch_tokens": 2_000,
    "training.metric": "loss",
    "training.schedule": "linear",
    "training.device": "cpu",
    "training.precision": "fp32",
}


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Begin a run by what the command calls, then read on."""
    from seq2seq_cli.cli.training import Asked, new_run
    from seq2seq_cli.training.events import StepDone

    options = OPTIONS | {"training.threads": job["threads"]}
    asked = Asked(dataset=Path(job["dataset"]), options=options, preset="mt")
    with new_run(Path("run"), asked, force=False, quiet=True) as trainer:
        for event in trainer.events():
            if isinstance(event, StepDone):
                break
        found = {
            "seconds_to_first_step": time.time() - job["began"],
            "processor_seconds_to_first_step": time.process_time(),
            "peak_at_first_step": peak_memory(),
            "train_pairs": len(trainer.pairs),
        }
        return found | _read_on(trainer, job["windows"])


def _read_on(trainer: Any, windows: int) -> dict[str, Any]:
    """Read the batches of windows to their end."""
    began, pairs, course = time.perf_counter(), 0, trainer.course
    last = min(windows, trainer.pairs.windows)
    while course.progress.window < last and not course.epoch_is_over:
        indices = course.next()
        pairs += len(trainer.pairs.batch(indices).indices)
        course.pass_on()
    return {
        "windows_read": last,
        "peak_after_windows": peak_memory(),
        "pairs_read_per_second": pairs / (time.perf_counter() - began),
    }


if __name__ == "__main__":
    run_driver(measure)
