"""What a manifest says of a dataset that was made.

Knows nothing of how it was made.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from seq2seq_cli import __version__
from seq2seq_cli.batching import manifest as records
from seq2seq_cli.batching.columns import Columns
from seq2seq_cli.batching.dataset import SOURCE, TARGET
from seq2seq_cli.batching.plan import Plan
from seq2seq_cli.corpus.cleaning import by_reason
from seq2seq_cli.corpus.digests import HELD_PAIRS, HELD_SOURCES
from seq2seq_cli.corpus.splitting import TRAIN


def split_records(
    plan: Plan, written: Columns, overlap: Mapping[str, list[int]]
) -> dict[str, records.SplitRecord]:
    """What there is of each split.

    Args:
        overlap: by kind of digest and number of split, how many of its pairs training has.
    """
    form = plan.form
    return {
        name: records.SplitRecord(
            pairs=written.pairs(name),
            source=written.lengths(name, SOURCE),
            target=written.lengths(name, TARGET),
            links=name in form.links,
            labels=name in form.labels,
            sources_in_train=None if name == TRAIN else overlap[HELD_SOURCES][number],
            pairs_in_train=None if name == TRAIN else overlap[HELD_PAIRS][number],
            shards=written.shards(name),
        )
        for number, name in enumerate(plan.survey.counts)
    }


def manifest_of(
    plan: Plan,
    dropped: Mapping[str, int],
    sizes: Mapping[str, int],
    splits: dict[str, records.SplitRecord],
) -> records.Manifest:
    """The manifest, but for checksums.

    Args:
        dropped: training pairs, by reason.
        sizes: entries of the vocabulary of each side.
    """
    settings, choice = plan.settings, plan.choice
    sharded = splits[TRAIN].shards is not None
    return records.Manifest(
        format=records.FORMAT,
        format_version=records.SHARDED_VERSION if sharded else records.FORMAT_VERSION,
        made_by=f"seq2seq-cli {__version__}",
        created=datetime.now(UTC).isoformat(),
        name=plan.corpus.name,
        seed=settings.seed,
        inputs=tuple(records.InputRecord(**asdict(record)) for record in plan.inputs),
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
            dropped=by_reason(dropped),
            max_length=settings.max_length,
            max_ratio=choice.max_ratio,
            keep_duplicates=settings.keep_duplicates,
        ),
        splits=splits,
    )
