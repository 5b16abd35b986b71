"""The first look at a corpus: counts, a sample for the tokenizers, and where each row goes.

Knows nothing of tokens. It reads every line once, so that whatever is wrong with the files is said
before anything is made. Rows are taken apart and hashed by workers; what has to be decided in order
is decided here.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.batching.looking import (
    DUPLICATE_ROUTE,
    EMPTY_ROUTE,
    MOST_SPLITS,
    Look,
    Seen,
    look_at,
)
from seq2seq_cli.batching.sample import BETWEEN_PAIRS, Sample
from seq2seq_cli.batching.settings import DEFAULT_SHARE, PrepareSettings
from seq2seq_cli.batching.work import Work
from seq2seq_cli.batching.workers import workers
from seq2seq_cli.corpus.blocks import blocks_of
from seq2seq_cli.corpus.cleaning import DUPLICATE, EMPTY_SIDE
from seq2seq_cli.corpus.digests import (
    HELD_PAIRS,
    HELD_SOURCES,
    PAIRS,
    PARTS,
    SOURCES,
    DigestStore,
    Part,
    repeated,
)
from seq2seq_cli.corpus.sampling import Reservoir
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.splitting import (
    TEST,
    TRAIN,
    VALID,
    HashSplit,
)
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import checksums_of

Progress = Callable[[str, int], None]
READING, LEARNING, ENCODING, WRITING = "reading", "learning tokenizers", "encoding", "writing"
SAMPLE_BYTES = 2**26
"""Text that tokenizers are trained on, at most."""
_SURVEY, _SAMPLE, _ROUTES, _DIGESTS = "survey", "sample", "routes", "digests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the first look found.

    Attributes:
        counts: pairs of every split, before cleaning, in the order of the dataset's splits.
        block_rows: rows of every block.
        dropped: training pairs that are dropped before they are tokenized, by reason.
        sample: what tokenizers are chosen by and trained on.
        routes: a file with a byte for each row: the number of its split in `counts`, or
            `EMPTY_ROUTE` or `DUPLICATE_ROUTE`.
        digests: of training rows that are not empty, with their numbers, and of held-out rows,
            with the numbers of their splits.
        notes: whole sentences on what was read.
        is_earlier: whether an earlier process made it.
    """

    counts: dict[str, int]
    block_rows: tuple[int, ...]
    dropped: dict[str, int]
    sample: Sample
    routes: Path
    digests: DigestStore
    notes: tuple[str, ...]
    is_earlier: bool = False

    @property
    def candidates(self) -> int:
        """Training pairs that may be kept."""
        return self.counts[TRAIN] - sum(self.dropped.values())

    @property
    def starts(self) -> list[int]:
        """How many rows come before each block."""
        return list(accumulate(self.block_rows, initial=0))[:-1]


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
    names = [TRAIN, VALID, *set_apart, *corpus.tests]
    if len(names) > MOST_SPLITS:
        raise InputError(f"{len(names):,} splits are named; at most {MOST_SPLITS} are possible.")
    return names


class _Notebook:
    """What is noted of the blocks in their order."""

    def __init__(self, work: Work, names: Sequence[str], settings: PrepareSettings) -> None:
        self.names = names
        self.routes = work.folder / _ROUTES
        self.digests = DigestStore(work.folder / _DIGESTS)
        self.reservoir: Reservoir[bytes] = Reservoir(
            settings.sample, seed=settings.seed, most=SAMPLE_BYTES, weigh=len
        )
        self.found: Counter[int] = Counter()
        self.block_rows: list[int] = []

    def note(self, seen: Seen) -> None:
        """Take what was found in the next block."""
        routes = seen.routes
        self.block_rows.append(len(routes))
        self.found.update(dict(enumerate(np.bincount(routes).tolist())))
        with self.routes.open("ab") as file:
            file.write(routes.tobytes())
        train = np.flatnonzero(routes == self.names.index(TRAIN))
        self.digests.add(PAIRS, seen.pairs[train], seen.start + train)
        self.digests.add(SOURCES, seen.sources[train], seen.start + train)
        held = np.flatnonzero((routes != self.names.index(TRAIN)) & (routes < MOST_SPLITS))
        splits = routes[held].astype(np.int64)
        self.digests.add(HELD_PAIRS, seen.pairs[held], splits)
        self.digests.add(HELD_SOURCES, seen.sources[held], splits)
        for item in seen.sample.split(BETWEEN_PAIRS) if seen.sample else ():
            self.reservoir.add(item)

    def counts(self) -> dict[str, int]:
        """Pairs of every split, before cleaning."""
        counts = {name: self.found[place] for place, name in enumerate(self.names)}
        counts[TRAIN] += self.found[EMPTY_ROUTE]
        return counts


def take_survey(
    corpus: Corpus,
    settings: PrepareSettings,
    shares: HashSplit,
    *,
    work: Work,
    processes: int,
    progress: Progress,
) -> Survey:
    """Read everything once, or find what an earlier process found.

    Raises:
        InputError: if a file is damaged or empty, or the corpus is too small to be split.
    """
    earlier = _kept_survey(work)
    if earlier is not None:
        return earlier
    (work.folder / _ROUTES).unlink(missing_ok=True)
    DigestStore(work.folder / _DIGESTS, PARTS).clear()
    book = _Notebook(work, split_names(corpus, shares), settings)
    progress(READING, 0)
    with workers(processes, Look(tuple(book.names), shares)) as run:
        for seen in run(look_at, blocks_of(corpus)):
            book.note(seen)
            progress(READING, seen.start + len(seen.routes))
        counts = book.counts()
        _check_counts(corpus, counts)
        dropped = {EMPTY_SIDE: book.found[EMPTY_ROUTE]}
        if not settings.keep_duplicates:
            parts = (part for (part,) in book.digests.together(PAIRS))
            dropped[DUPLICATE] = _drop(run(_repeated, parts), book.routes)
    survey = Survey(
        counts=counts,
        block_rows=tuple(book.block_rows),
        dropped=dropped,
        sample=Sample(book.reservoir.items),
        routes=book.routes,
        digests=book.digests,
        notes=_notes(corpus),
    )
    if work.lasting:
        _keep_survey(survey, work)
    return survey


def _repeated(look: Look, part: Part) -> NDArray[np.int64]:
    return repeated(part)


def _drop(found: Iterator[NDArray[np.int64]], routes: Path) -> int:
    """Mark rows as duplicates and return how many there are."""
    count = 0
    for numbers in found:
        if len(numbers):
            np.memmap(routes, dtype=np.uint8, mode="r+")[numbers] = DUPLICATE_ROUTE
            count += len(numbers)
    return count


def _notes(corpus: Corpus) -> tuple[str, ...]:
    sources = (corpus.train, corpus.valid, *corpus.tests.values())
    return tuple(note for source in sources if source for note in source.notes())


def _keep_survey(survey: Survey, work: Work) -> None:
    survey.digests.write()
    facts = {
        "counts": survey.counts,
        "block_rows": survey.block_rows,
        "dropped": survey.dropped,
        "notes": survey.notes,
        "files": _checksums(survey.routes, survey.digests),
    }
    work.keep(_SAMPLE, BETWEEN_PAIRS.join(survey.sample.items))
    work.keep(_SURVEY, json.dumps(facts).encode())


def _kept_survey(work: Work) -> Survey | None:
    """The survey that an earlier process made, if it is there and whole."""
    data, sample = work.kept(_SURVEY), work.kept(_SAMPLE)
    if data is None or sample is None:
        return None
    facts = json.loads(data)
    routes, digests = work.folder / _ROUTES, DigestStore(work.folder / _DIGESTS, PARTS)
    if not routes.exists() or _checksums(routes, digests) != facts["files"]:
        return None
    return Survey(
        counts=facts["counts"],
        block_rows=tuple(facts["block_rows"]),
        dropped=facts["dropped"],
        sample=Sample(sample.split(BETWEEN_PAIRS) if sample else []),
        routes=routes,
        digests=digests,
        notes=tuple(facts["notes"]),
        is_earlier=True,
    )


def _checksums(routes: Path, digests: DigestStore) -> dict[str, list[str]]:
    found = checksums_of(routes.parent, [routes.name])
    found |= checksums_of(digests.folder, [path.name for path in digests.paths()])
    return {name: list(values) for name, values in found.items()}


def _check_counts(corpus: Corpus, counts: Mapping[str, int]) -> None:
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
