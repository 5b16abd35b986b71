"""Fills the folder of a dataset: blocks to columns, vocabularies and the manifest.

Knows nothing of how a corpus was chosen or where the folder will end up.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from seq2seq_cli.batching import manifest as records
from seq2seq_cli.batching.choice import Choice, train_tokenizers
from seq2seq_cli.batching.collecting import (
    Collected,
    collect,
    compare,
    comparisons,
    write_ids,
)
from seq2seq_cli.batching.columns import Columns, columns_of, write_columns
from seq2seq_cli.batching.dataset import SOURCE, TARGET
from seq2seq_cli.batching.describing import manifest_of, split_records
from seq2seq_cli.batching.encoding import Encoder, ToEncode, block_path, changed, encode
from seq2seq_cli.batching.numbering import vocabulary_of
from seq2seq_cli.batching.plan import Plan
from seq2seq_cli.batching.sample import Sample
from seq2seq_cli.batching.survey import ENCODING, LEARNING, Progress
from seq2seq_cli.batching.work import Work
from seq2seq_cli.batching.workers import all_threads, workers
from seq2seq_cli.batching.writer import Writer
from seq2seq_cli.corpus.blocks import blocks_of
from seq2seq_cli.corpus.cleaning import LengthLimits, by_reason
from seq2seq_cli.corpus.digests import HELD_PAIRS, HELD_SOURCES
from seq2seq_cli.corpus.splitting import TRAIN
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import checksums_of
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import Tokenizer, tokenizer_from_json

BLOCKS = "blocks"
_KEPT = "kept"


def fill_folder(
    work: Work, plan: Plan, progress: Progress, notice: Callable[[str], None]
) -> records.Manifest:
    """Make every file of a dataset, the manifest last.

    Args:
        notice: is told, in a sentence, if an earlier process has done a part of it.

    Raises:
        InputError: if cleaning leaves no training pair.
        WorkError: if the files changed since the survey.
    """
    blocks = work.folder / BLOCKS
    if plan.survey.is_earlier:
        notice(_going_on(blocks, plan))
    tokenizers = _tokenizers(work, plan, progress)
    blocks.mkdir(exist_ok=True)
    limits = LengthLimits(max_length=plan.settings.max_length, max_ratio=plan.choice.max_ratio)
    encoder = Encoder(blocks, plan.form, plan.shuffle, limits, tokenizers)
    kept = work.folder / _KEPT
    with workers(plan.processes, encoder) as run:
        encoded = run(encode, _to_encode(plan, progress))
        collected = collect(blocks, plan.form, encoded, kept)
    dropped = Counter(plan.survey.dropped) + collected.dropped
    if not collected.pairs[TRAIN]:
        raise _nothing_left(plan, dropped)
    codecs = _codecs(plan, tokenizers, collected)
    writer = _writer(work, blocks, plan, codecs)
    written, overlap = _written(plan, writer, collected, kept, progress)
    for side, codec in codecs.items():
        codec.save(work.dataset, side)
    sizes = {side: len(codec.vocabulary) for side, codec in codecs.items()}
    splits = split_records(plan, written, overlap)
    made = manifest_of(plan, dropped, sizes, splits)
    made = made.model_copy(update={"files": _checksums(work.dataset, written)})
    (work.dataset / records.FILE_NAME).write_bytes(made.to_bytes())
    return made


def _tokenizers(work: Work, plan: Plan, progress: Progress) -> dict[str, Tokenizer]:
    """Tokenizers by side, learned from the sample, or those that an earlier process learned."""
    found = {side: work.kept(f"{side}.tokenizer") for side in (SOURCE, TARGET)}
    earlier = {
        side: tokenizer_from_json(json.loads(data), origin=side)
        for side, data in found.items()
        if data is not None
    }
    if len(earlier) == len(found):
        plan.survey.sample.clear()  # it is most of what is in memory
        return earlier
    shutil.rmtree(work.folder / BLOCKS, ignore_errors=True)  # they are of other tokenizers
    progress(LEARNING, len(plan.survey.sample))
    # In a process of its own, where there are any: its memory goes back when it ends.
    with workers(plan.processes, plan.choice) as run:
        ((source, target),) = run(_learned, [plan.survey.sample])
    plan.survey.sample.clear()
    if work.lasting:
        for side, tokenizer in ((SOURCE, source), (TARGET, target)):
            work.keep(f"{side}.tokenizer", json.dumps(tokenizer.to_json()).encode())
    return {SOURCE: source, TARGET: target}


def _learned(choice: Choice, sample: Sample) -> tuple[Tokenizer, Tokenizer]:
    with all_threads():
        return train_tokenizers(sample, choice)


def _going_on(blocks: Path, plan: Plan) -> str:
    numbers = range(len(plan.survey.block_rows))
    there = sum(block_path(blocks, number).exists() for number in numbers)
    return (
        f"going on with a preparation that was interrupted: {there:,} of {len(numbers):,} blocks "
        "of pairs are encoded."
    )


def _to_encode(plan: Plan, progress: Progress) -> Iterator[ToEncode]:
    rows, number = plan.survey.block_rows, 0
    with plan.survey.routes.open("rb") as routes:
        for block in blocks_of(plan.corpus):
            progress(ENCODING, block.start)
            if block.number >= len(rows) or block.count != rows[block.number]:
                raise changed()
            yield ToEncode(block, np.frombuffer(routes.read(block.count), np.uint8))
            number += 1
    if number != len(rows):
        raise changed()


def _nothing_left(plan: Plan, dropped: Mapping[str, int]) -> InputError:
    reasons = ", ".join(f"{reason} {n:,}" for reason, n in by_reason(dropped).items() if n)
    return InputError(
        f"{plan.corpus.train.name}: all {plan.survey.counts[TRAIN]:,} training pairs were dropped "
        f"({reasons}). Look at the file, or widen --max-length or --max-ratio."
    )


def _codecs(plan: Plan, tokenizers: dict[str, Tokenizer], collected: Collected) -> dict[str, Codec]:
    """By side, the tokenizer and the vocabulary, which is that of train."""
    return {
        side: Codec(
            tokenizer=tokenizer,
            vocabulary=vocabulary_of(
                collected.counts[side],
                maximum_size=plan.choice.limit(tokenizer.kind),
                minimum_frequency=plan.settings.minimum_frequency,
            ),
        )
        for side, tokenizer in tokenizers.items()
    }


def _writer(work: Work, blocks: Path, plan: Plan, codecs: dict[str, Codec]) -> Writer:
    return Writer(
        work=work,
        blocks=blocks,
        form=plan.form,
        shuffle=plan.shuffle,
        starts=plan.survey.starts,
        vocabularies={side: codec.vocabulary for side, codec in codecs.items()},
    )


def _written(
    plan: Plan, writer: Writer, collected: Collected, kept: Path, progress: Progress
) -> tuple[Columns, dict[str, list[int]]]:
    """Write all columns; what they have, and the overlap by kind of digest and number of split."""
    overlap = {kind: [0] * len(plan.survey.counts) for kind in (HELD_SOURCES, HELD_PAIRS)}
    with workers(plan.processes, writer) as run:
        list(run(write_ids, range(len(writer.starts))))
        for kind, counts in run(compare, comparisons(plan.survey.digests, kept)):
            for number, count in enumerate(counts):
                overlap[kind][number] += count
        columns = columns_of(plan.form, collected.pairs[TRAIN], plan.shard_pairs)
        written = write_columns(run, columns, writer, progress)
    return written, overlap


def _checksums(folder: Path, written: Columns) -> dict[str, tuple[str, ...]]:
    """The checksums of all files of the dataset, by name."""
    found = dict(written.checksums)
    others = (path.name for path in folder.iterdir() if path.is_file() and path.name not in found)
    found |= checksums_of(folder, others)
    return dict(sorted(found.items()))
