"""Seconds and memory that `s2s prepare` takes for two files of lines, learning its pieces apart."""

import tempfile
import time
from pathlib import Path
from typing import Any

from meter import peak_memory, run_driver


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Prepare a dataset in a temporary folder, by what the command calls."""
    from seq2seq_cli.batching.prepare import prepare
    from seq2seq_cli.batching.settings import PrepareSettings
    from seq2seq_cli.batching.survey import ENCODING, LEARNING
    from seq2seq_cli.corpus.selection import Named, select_corpus

    first: dict[str, float] = {}  # when each stage began
    settings = PrepareSettings(
        source_tokenizer="bpe",
        target_tokenizer="bpe",
        joint=True,
        vocabulary_limit=job["pieces"],
        sample=job["sample"],
    )
    corpus = select_corpus(Named(train_src=job["source"], train_tgt=job["target"]))
    with tempfile.TemporaryDirectory(dir=Path(job["source"]).parent) as folder:
        report = prepare(
            corpus,
            settings,
            out=Path(folder) / "dataset",
            progress=lambda stage, pairs: first.setdefault(stage, time.perf_counter()) and None,
        )
    cleaning = report.manifest.cleaning
    learning = first[ENCODING] - first[LEARNING]
    return {
        "seconds": report.seconds - learning,
        "learning_seconds": learning,
        "kept_pairs": cleaning.kept,
        "peak_memory_bytes": peak_memory(),
    }


if __name__ == "__main__":
    run_driver(measure)
