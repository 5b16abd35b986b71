"""From a corpus to a dataset folder: look at it, choose tokenizers, fill the folder, report.

Knows nothing of the command line. The folder appears whole or not at all. A large corpus is worked
on by several processes, and what is finished of it outlives a process that is killed.
"""

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from seq2seq_cli import __version__
from seq2seq_cli.batching.assembly import fill_folder
from seq2seq_cli.batching.choice import Choice, choose, form_notes
from seq2seq_cli.batching.dataset import DEFAULT_ROOT
from seq2seq_cli.batching.manifest import FILE_NAME, Manifest
from seq2seq_cli.batching.plan import Plan
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.batching.shards import SHARD_PAIRS
from seq2seq_cli.batching.survey import Progress, Survey, shares_of, take_survey
from seq2seq_cli.batching.work import Work, key_of, open_work
from seq2seq_cli.batching.workers import cores
from seq2seq_cli.corpus.blocks import BLOCK_BYTES, BLOCK_ROWS, has_rows
from seq2seq_cli.corpus.selection import Corpus, builtin_corpus
from seq2seq_cli.corpus.sources import InputFile
from seq2seq_cli.errors import InputError
from seq2seq_cli.holding import hold, hold_unused
from seq2seq_cli.leftovers import clean
from seq2seq_cli.storage import check_room, new_folder, write_atomic
from seq2seq_cli.text.visible import visible

MUCH = 0.2
TSV_FOLDER = "tsv"
BYTES_WRITTEN = 3
"""For each byte of text, about: the text, and a few bytes for each word or piece ..."""
BYTES_WRITTEN_BY_LETTER = 8
"""... or for each letter."""
SIZED_PAIRS = 10_000
"""Pairs of the sample that the size of the dataset is told by."""
LOOKED_AT_PAIRS = 100_000
"""Pairs of the sample that tokenizers are chosen by."""
LARGE_PAIRS = 100_000
"""Rows of the training source from which it is worth to start processes and to keep their work."""
WORK_BYTES_BY_PAIR = 100
"""What a pair takes in the work folder, beside as much as the dataset takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareReport:
    """What a preparation made.

    Attributes:
        folder: the dataset folder.
        seconds: wall time.
        manifest: every count, see there.
        notes: whole sentences on what a user should know.
    """

    folder: Path
    seconds: float
    manifest: Manifest
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The same facts for machines."""
        return {
            "folder": str(self.folder),
            "seconds": round(self.seconds, 3),
            **self.manifest.model_dump(mode="json", exclude={"files", "sha256"}),
            "notes": list(self.notes),
        }


def prepare(
    corpus: Corpus,
    settings: PrepareSettings | None = None,
    *,
    out: Path | None = None,
    force: bool = False,
    root: Path = DEFAULT_ROOT,
    workers: int | None = None,
    shard_pairs: int = SHARD_PAIRS,
    progress: Progress = lambda stage, pairs: None,
    notice: Callable[[str], None] = lambda sentence: None,
) -> PrepareReport:
    """Make a dataset folder.

    Args:
        out: the folder; None: an unused name in `root`, after the corpus.
        force: whether an existing dataset at `out` is replaced.
        workers: processes that work on a large corpus; None: one for each core. The dataset does
            not depend on it.
        shard_pairs: most pairs of a training split that is not in shards.
        progress: is told the stage and how many pairs it has seen.
        notice: is told, in a sentence, what an earlier process has done, and what stays if this
            one is interrupted.

    Raises:
        InputError: if the corpus cannot be read, is too small or contradicts the settings, or if
            `out` exists.
        WorkError: if the folder cannot be written, or another process is writing it.
    """
    started = time.perf_counter()
    settings = settings or PrepareSettings()
    shares_of(corpus, settings)  # a call that contradicts itself makes nothing
    with _place(root / corpus.name, out, force=force) as folder:
        large = has_rows(corpus, LARGE_PAIRS)
        inputs = _inputs(corpus)
        key = key_of(_facts(corpus, inputs, settings, shard_pairs)) if large else None
        with (
            new_folder(folder, force=force) as temporary,
            open_work(folder, temporary, key) as work,
            _kept_if_interrupted(work, notice),
        ):
            processes = (workers or cores()) if large else 1
            plan, unicode = _plan(
                corpus, inputs, settings, shard_pairs, processes, work=work, progress=progress
            )
            check_room(temporary, max(0, plan.size - _size_of(work.folder)))
            made = fill_folder(work, plan, progress, notice)
            if corpus.builtin:
                _write_tsv(temporary / TSV_FOLDER, corpus)
    return PrepareReport(
        folder=folder,
        seconds=time.perf_counter() - started,
        manifest=made,
        notes=(*unicode, *_notes(plan, made)),
    )


def prepare_builtin(out: Path | None = None, *, seed: int = 1, root: Path = DEFAULT_ROOT) -> Path:
    """Prepare the built-in corpus and return its dataset folder."""
    return prepare(builtin_corpus(seed), PrepareSettings(seed=seed), out=out, root=root).folder


@contextmanager
def _place(default: Path, out: Path | None, *, force: bool) -> Iterator[Path]:
    """The folder to make, held; what killed processes left beside it is cleaned up."""
    if out is None:
        clean(default.parent)
        with hold_unused(default) as folder:
            yield folder
        return
    clean(out.parent)
    _check_out(out, force=force)
    with hold(out):
        yield out


def _plan(
    corpus: Corpus,
    inputs: tuple[InputFile, ...],
    settings: PrepareSettings,
    shard_pairs: int,
    processes: int,
    *,
    work: Work,
    progress: Progress,
) -> tuple[Plan, tuple[str, ...]]:
    """The plan, and what a user should know of Unicode normal forms in this corpus."""
    shares = shares_of(corpus, settings)
    survey = take_survey(
        corpus, settings, shares, work=work, processes=processes, progress=progress
    )
    looked_at = survey.sample[:: len(survey.sample) // LOOKED_AT_PAIRS + 1]
    choice = choose(
        looked_at,
        settings,
        suggestion=corpus.suggestion,
        feature_columns=corpus.train.feature_columns,
    )
    plan = Plan(
        corpus=corpus,
        inputs=inputs,
        settings=settings,
        shares=shares,
        survey=survey,
        choice=choice,
        shard_pairs=shard_pairs,
        processes=processes,
        size=_size(survey, choice),
    )
    return plan, form_notes(looked_at, choice)


def _inputs(corpus: Corpus) -> tuple[InputFile, ...]:
    sources = (corpus.train, corpus.valid, *corpus.tests.values())
    return tuple(file for source in sources if source for file in source.inputs())


def _facts(
    corpus: Corpus, inputs: tuple[InputFile, ...], settings: PrepareSettings, shard_pairs: int
) -> list[object]:
    """All that the result, and what is kept on the way to it, depends on."""
    splits = {"train": corpus.train, "valid": corpus.valid, **corpus.tests}
    sources = {
        name: [source.name, source.feature_columns, source.has_links, source.has_labels]
        for name, source in splits.items()
        if source
    }
    sizes = [shard_pairs, BLOCK_ROWS, BLOCK_BYTES]
    made_by = [__version__, platform.python_version(), version("tokenizers"), version("numpy")]
    files = [asdict(file) for file in inputs]
    return [corpus.name, sources, files, asdict(settings), sizes, made_by]


@contextmanager
def _kept_if_interrupted(work: Work, notice: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if work.lasting:
            notice(
                f"interrupted. What is finished is kept in {visible(str(work.folder))}; the same "
                "command goes on with it."
            )
        raise


def _size(survey: Survey, choice: Choice) -> int:
    """About how many bytes dataset and work folder take, by some pairs of the sample."""
    sample = survey.sample[:SIZED_PAIRS]
    by_letter = "char" in (choice.source, choice.target)
    factor = BYTES_WRITTEN_BY_LETTER if by_letter else BYTES_WRITTEN
    pairs = sum(survey.counts.values())
    return 2 * factor * sample.size * pairs // max(1, len(sample)) + WORK_BYTES_BY_PAIR * pairs


def _size_of(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _write_tsv(folder: Path, corpus: Corpus) -> None:
    """The corpus as its users would have it: SPLIT.tsv, source, target, links, labels."""
    folder.mkdir()
    splits = {"train": corpus.train, "valid": corpus.valid, **corpus.tests}
    for name, pairs in splits.items():
        rows = pairs.rows() if pairs is not None else ()
        lines = ["\t".join(cell or "" for cell in row) + "\n" for row in rows]
        write_atomic(folder / f"{name}.tsv", "".join(lines).encode())


def _check_out(out: Path, *, force: bool) -> None:
    """Refuse before any work, and never replace what is not a dataset."""
    if not out.exists():
        return
    shown = visible(str(out))
    if not force:
        raise InputError(f"{shown} exists already. Choose another --out, or replace it by --force.")
    is_empty = out.is_dir() and not any(out.iterdir())
    if not is_empty and not (out / FILE_NAME).is_file():
        raise InputError(
            f"--force replaces datasets only, and {shown} is none: it has no {FILE_NAME}. "
            "Choose another --out, or remove it yourself."
        )


def _notes(plan: Plan, made: Manifest) -> tuple[str, ...]:
    shares = {"valid": plan.shares.valid, "test": plan.shares.test}
    set_apart = [f"{split} ({share:.2g})" for split, share in shares.items() if share]
    notes = []
    if set_apart:
        notes.append(
            f"shares for {' and '.join(set_apart)} were set apart from {plan.corpus.train.name} by "
            "a hash of the pair: adding lines will not move these."
        )
    cleaning = made.cleaning
    if cleaning.read - cleaning.kept > MUCH * cleaning.read:
        notes.append(
            f"{1 - cleaning.kept / cleaning.read:.0%} of the training pairs were dropped; "
            "look at the reasons."
        )
    for name, record in made.splits.items():
        if record.pairs_in_train:
            notes.append(
                f"{name}: {record.pairs_in_train:,} of {record.pairs:,} pairs are in train too; "
                "scores on them are flattering."
            )
    notes.extend((*plan.corpus.notes, *plan.survey.notes))
    return tuple(notes)
