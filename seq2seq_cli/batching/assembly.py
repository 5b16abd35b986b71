"""Fills a dataset folder: rows to arrays, vocabularies and the manifest.

Knows nothing of how a corpus was chosen or where the folder will end up.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from seq2seq_cli import __version__
from seq2seq_cli.batching import manifest as records
from seq2seq_cli.batching.choice import Choice, train_tokenizers
from seq2seq_cli.batching.dataset import SOURCE, TARGET
from seq2seq_cli.batching.encoding import Encoder, SplitEncoder
from seq2seq_cli.batching.numbering import vocabulary_of
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.batching.survey import (
    ENCODING,
    LEARNING,
    PROGRESS_EVERY,
    Progress,
    Survey,
    routed_rows,
)
from seq2seq_cli.corpus.cleaning import Cleaner
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.sources import PairSource
from seq2seq_cli.corpus.splitting import TRAIN, VALID, HashSplit
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.sealed import checksums_of
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is decided before the folder is written."""

    corpus: Corpus
    settings: PrepareSettings
    shares: HashSplit
    survey: Survey
    choice: Choice


def fill_folder(folder: Path, plan: Plan, progress: Progress) -> records.Manifest:
    """Write every file of a dataset into an empty folder, the manifest last.

    Raises:
        InputError: if cleaning leaves no training pair.
        WorkError: if the files changed since the survey.
    """
    progress(LEARNING, len(plan.survey.sample))
    source, target = train_tokenizers(plan.survey.sample, plan.choice)
    plan.survey.sample.clear()  # it is most of what is in memory
    tokenizers = {SOURCE: source, TARGET: target}
    cleaner = Cleaner(
        max_length=plan.settings.max_length,
        max_ratio=plan.choice.max_ratio,
        keep_duplicates=plan.settings.keep_duplicates,
    )
    with _open_splits(folder, plan) as splits:
        encoder = Encoder(tokenizers, splits, cleaner, plan.survey.overlap)
        _encode(plan, encoder, progress)
    if not splits[TRAIN].pairs:
        raise _nothing_left(plan, cleaner)
    sizes, lengths = {}, {}
    for side, tokenizer in tokenizers.items():
        codec, lengths[side] = _finish_side(side, tokenizer, plan, encoder, splits)
        codec.save(folder, side)
        sizes[side] = len(codec.vocabulary)
    made = _manifest(plan, cleaner, sizes, _split_records(plan, splits, lengths))
    names = (path.name for path in folder.iterdir() if path.is_file())
    made = made.model_copy(update={"files": checksums_of(folder, names)})
    (folder / records.FILE_NAME).write_bytes(made.to_bytes())
    return made


@contextmanager
def _open_splits(folder: Path, plan: Plan) -> Iterator[dict[str, SplitEncoder]]:
    given: dict[str, PairSource] = dict(plan.corpus.tests)
    if plan.corpus.valid is not None:
        given[VALID] = plan.corpus.valid
    splits: dict[str, SplitEncoder] = {}
    with ExitStack() as stack:
        for name in plan.survey.counts:
            origin = given.get(name, plan.corpus.train)
            splits[name] = SplitEncoder(
                folder, name, links=origin.has_links, labels=origin.has_labels
            )
            stack.callback(splits[name].close)
        yield splits


def _encode(plan: Plan, encoder: Encoder, progress: Progress) -> None:
    read = Counter(dict.fromkeys(plan.survey.counts, 0))
    for number, (name, row, digest) in enumerate(routed_rows(plan.corpus, plan.shares)):
        if number % PROGRESS_EVERY == 0:
            progress(ENCODING, number)
        read[name] += 1
        encoder.add(name, row, digest)
    encoder.finish()
    if read != plan.survey.counts:
        raise WorkError("the files changed while they were read. Run s2s prepare again.")


def _nothing_left(plan: Plan, cleaner: Cleaner) -> InputError:
    reasons = ", ".join(f"{reason} {n:,}" for reason, n in cleaner.dropped.items() if n)
    return InputError(
        f"{plan.corpus.train.name}: all {plan.survey.counts[TRAIN]:,} training pairs were dropped "
        f"({reasons}). Look at the file, or widen --max-length or --max-ratio."
    )


def _finish_side(
    side: str,
    tokenizer: Tokenizer,
    plan: Plan,
    encoder: Encoder,
    splits: dict[str, SplitEncoder],
) -> tuple[Codec, dict[str, records.Lengths]]:
    """Write the arrays of one side in all splits; the vocabulary is that of train."""
    numbers = encoder.numberings[side].tokens
    vocabulary, ids = vocabulary_of(
        numbers,
        splits[TRAIN].sides[side].count(len(numbers)),
        maximum_size=plan.choice.limit(tokenizer.kind),
        minimum_frequency=plan.settings.minimum_frequency,
    )
    lengths = {
        name: split.sides[side].finish(ids, len(vocabulary)) for name, split in splits.items()
    }
    return Codec(tokenizer=tokenizer, vocabulary=vocabulary), lengths


def _split_records(
    plan: Plan, splits: dict[str, SplitEncoder], lengths: dict[str, dict[str, records.Lengths]]
) -> dict[str, records.SplitRecord]:
    result = {}
    for name, split in splits.items():
        sources, pairs = plan.survey.overlap.counts(name)
        result[name] = records.SplitRecord(
            pairs=split.pairs,
            source=lengths[SOURCE][name],
            target=lengths[TARGET][name],
            links=split.links,
            labels=split.labels,
            sources_in_train=None if name == TRAIN else sources,
            pairs_in_train=None if name == TRAIN else pairs,
        )
    return result


def _manifest(
    plan: Plan,
    cleaner: Cleaner,
    sizes: dict[str, int],
    splits: dict[str, records.SplitRecord],
) -> records.Manifest:
    corpus, settings, choice = plan.corpus, plan.settings, plan.choice
    sources = (corpus.train, corpus.valid, *corpus.tests.values())
    inputs = (record for source in sources if source for record in source.inputs())
    return records.Manifest(
        format=records.FORMAT,
        format_version=records.FORMAT_VERSION,
        made_by=f"seq2seq-cli {__version__}",
        created=datetime.now(UTC).isoformat(),
        name=corpus.name,
        seed=settings.seed,
        inputs=tuple(records.InputRecord(**asdict(record)) for record in inputs),
        source=records.SideRecord(
            tokenizer=choice.source,
            reason=choice.source_reason,
            vocabulary_size=sizes[SOURCE],
            form=choice.source_form,
            feature_columns=choice.feature_columns,
        ),
        target=records.SideRecord(
            tokenizer=choice.target,
            reason=choice.target_reason,
            vocabulary_size=sizes[TARGET],
            form=choice.target_form,
        ),
        joint=choice.joint,
        vocabulary_limit=settings.vocabulary_limit,
        minimum_frequency=settings.minimum_frequency,
        sample=settings.sample,
        valid_share=plan.shares.valid,
        test_share=plan.shares.test,
        suggested_preset=choice.preset,
        preset_reason=choice.preset_reason,
        cleaning=records.Cleaning(
            read=plan.survey.counts[TRAIN],
            kept=splits[TRAIN].pairs,
            dropped=cleaner.dropped,
            max_length=settings.max_length,
            max_ratio=choice.max_ratio,
            keep_duplicates=settings.keep_duplicates,
        ),
        splits=splits,
    )
