"""The first look at a corpus: counts, a sample for the tokenizers, and what is held out.

Knows nothing of tokens. It reads every line once, so that whatever is wrong with the files is said
before anything is made.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seq2seq_cli.batching.settings import DEFAULT_SHARE, PrepareSettings
from seq2seq_cli.corpus.overlap import Overlap
from seq2seq_cli.corpus.sampling import Reservoir
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.sources import Row
from seq2seq_cli.corpus.splitting import TEST, TRAIN, VALID, HashSplit, pair_digest, text_digest
from seq2seq_cli.errors import InputError

Progress = Callable[[str, int], None]
READING, LEARNING, ENCODING = "reading", "learning tokenizers", "encoding"
PROGRESS_EVERY = 10_000
_SAMPLED_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the first look found.

    Attributes:
        counts: pairs of every split, before cleaning, in the order of the dataset's splits.
        sample: training pairs with text on both sides, long lines clipped.
        overlap: told of every held-out pair.
    """

    counts: dict[str, int]
    sample: list[tuple[str, str]]
    overlap: Overlap


def shares_of(corpus: Corpus, settings: PrepareSettings) -> HashSplit:
    """What to set apart from the training source by hash.

    Raises:
        InputError: if a share is asked for a split that is given, or none for validation.
    """
    if corpus.valid is not None and settings.valid_share:
        raise InputError("--valid-share cannot be combined with validation files; leave one out.")
    if TEST in corpus.tests and settings.test_share:
        raise InputError("--test-share cannot be combined with a split `test`; leave one out.")
    if corpus.valid is None and settings.valid_share == 0:
        raise InputError("--valid-share 0: training needs validation pairs; give --valid FILE.")
    only_train = corpus.valid is None and not corpus.tests
    valid_default = DEFAULT_SHARE if corpus.valid is None else 0.0
    test_default = DEFAULT_SHARE if only_train else 0.0
    valid, test = settings.valid_share, settings.test_share
    return HashSplit(
        valid=valid_default if valid is None else valid,
        test=test_default if test is None else test,
    )


def split_names(corpus: Corpus, shares: HashSplit) -> list[str]:
    """The splits that the dataset will have: train, valid, then the tests."""
    set_apart = [TEST] if shares.test else []
    return [TRAIN, VALID, *set_apart, *corpus.tests]


def routed_rows(corpus: Corpus, shares: HashSplit) -> Iterator[tuple[str, Row, bytes]]:
    """Every row with the split it belongs to and the digest of its pair."""
    for row in corpus.train.rows():
        digest = pair_digest(row.source, row.target)
        yield shares.split_of(digest), row, digest
    given = {} if corpus.valid is None else {VALID: corpus.valid}
    for split, source in (given | dict(corpus.tests)).items():
        for row in source.rows():
            yield split, row, pair_digest(row.source, row.target)


def take_survey(
    corpus: Corpus, settings: PrepareSettings, shares: HashSplit, progress: Progress
) -> Survey:
    """Read everything once.

    Raises:
        InputError: if a file is damaged or empty, or the corpus is too small to be split.
    """
    counts = Counter(dict.fromkeys(split_names(corpus, shares), 0))
    sample: Reservoir[tuple[str, str]] = Reservoir(settings.sample, seed=settings.seed)
    overlap = Overlap()
    for number, (split, row, digest) in enumerate(routed_rows(corpus, shares)):
        if number % PROGRESS_EVERY == 0:
            progress(READING, number)
        counts[split] += 1
        if split != TRAIN:
            overlap.hold_out(split, text_digest(row.source), digest)
        elif row.source.strip() and row.target.strip():
            sample.add((row.source[:_SAMPLED_CHARACTERS], row.target[:_SAMPLED_CHARACTERS]))
    _check_counts(corpus, counts)
    return Survey(counts=dict(counts), sample=sample.items, overlap=overlap)


def _check_counts(corpus: Corpus, counts: Counter[str]) -> None:
    given = {} if corpus.valid is None else {VALID: corpus.valid}
    for split, source in (given | dict(corpus.tests)).items():
        if not counts[split]:
            raise InputError(f"{source.name}: the {split} split is empty; one line at least.")
    set_apart = [split for split in (VALID, TEST) if split in counts and split not in given]
    set_apart = [split for split in set_apart if split not in corpus.tests]
    whole = counts[TRAIN] + sum(counts[split] for split in set_apart)
    if not whole:
        raise InputError(f"{corpus.train.name}: the corpus is empty; no line was found in it.")
    for split in (*set_apart, TRAIN):
        if not counts[split]:
            remedy = "--test-share 0" if split == TEST else "--valid FILE"
            pairs = "1 pair" if whole == 1 else f"{whole:,} pairs"
            raise InputError(
                f"{corpus.train.name} has {pairs}, too few to set apart a share by hash: "
                f"none fell to {split}. Give more pairs, {remedy}, or other shares by "
                "--valid-share and --test-share."
            )
