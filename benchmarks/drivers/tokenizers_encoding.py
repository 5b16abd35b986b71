"""Seconds that the tokenizers library takes to encode the lines of two files, and nothing else.

A byte-pair encoding of the library's own making: pieces of words, a word ends at white space. All
cores are used, as the library does by itself.
"""

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from meter import peak_memory, run_driver

AT_ONCE = 10_000


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Learn pieces from the first lines of both files; then encode all lines, in batches."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    library = Tokenizer(models.BPE(unk_token="<unk>"))
    library.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=job["pieces"], special_tokens=["<unk>"], show_progress=False
    )
    paths = [Path(job["source"]), Path(job["target"])]
    start = time.perf_counter()
    sample = (line for path in paths for line in islice(_lines(path), job["sample"]))
    library.train_from_iterator(sample, trainer=trainer)
    learning = time.perf_counter() - start
    seconds = 0.0
    lines = tokens = 0
    for path in paths:
        rest = _lines(path)
        while batch := list(islice(rest, AT_ONCE)):
            start = time.perf_counter()
            found = library.encode_batch(batch)
            seconds += time.perf_counter() - start
            lines += len(batch)
            tokens += sum(len(one) for one in found)
    return {
        "seconds": seconds,
        "learning_seconds": learning,
        "lines": lines,
        "tokens": tokens,
        "peak_memory_bytes": peak_memory(),
    }


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield line.removesuffix("\n")


if __name__ == "__main__":
    run_driver(measure)
