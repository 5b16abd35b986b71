"""From a corpus to a dataset folder: look at it, choose tokenizers, fill the folder, report.

Knows nothing of the command line. The folder appears whole or not at all.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.batching.assembly import Plan, fill_folder
from seq2seq_cli.batching.choice import choose, form_notes
from seq2seq_cli.batching.dataset import DEFAULT_ROOT
from seq2seq_cli.batching.manifest import FILE_NAME, Manifest
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.batching.survey import Progress, shares_of, take_survey
from seq2seq_cli.corpus.selection import Corpus, builtin_corpus
from seq2seq_cli.errors import InputError
from seq2seq_cli.holding import hold, hold_unused
from seq2seq_cli.leftovers import clean
from seq2seq_cli.storage import new_folder, write_atomic
from seq2seq_cli.text.visible import visible

MUCH = 0.2
TSV_FOLDER = "tsv"
BYTES_WRITTEN = 3
"""For each byte of text, about: the text, and a few bytes for each word or piece ..."""
BYTES_WRITTEN_BY_LETTER = 8
"""... or for each letter."""
SIZED_PAIRS = 10_000
"""Pairs of the sample that the size of the dataset is told by."""


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
    progress: Progress = lambda stage, pairs: None,
) -> PrepareReport:
    """Make a dataset folder.

    Args:
        out: the folder; None: an unused name in `root`, after the corpus.
        force: whether an existing dataset at `out` is replaced.
        progress: is told the stage and how many pairs it has seen.

    Raises:
        InputError: if the corpus cannot be read, is too small or contradicts the settings, or if
            `out` exists.
        WorkError: if the folder cannot be written, or another process is writing it.
    """
    started = time.perf_counter()
    settings = settings or PrepareSettings()
    with _place(root / corpus.name, out, force=force) as folder:
        plan = _plan(corpus, settings, progress)
        unicode = form_notes(plan.survey.sample, plan.choice)  # filling uses the sample up
        with new_folder(folder, force=force, size=_size(plan)) as temporary:
            made = fill_folder(temporary, plan, progress)
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


def _plan(corpus: Corpus, settings: PrepareSettings, progress: Progress) -> Plan:
    shares = shares_of(corpus, settings)
    survey = take_survey(corpus, settings, shares, progress)
    choice = choose(
        survey.sample,
        settings,
        suggestion=corpus.suggestion,
        feature_columns=corpus.train.feature_columns,
    )
    return Plan(corpus=corpus, settings=settings, shares=shares, survey=survey, choice=choice)


def _size(plan: Plan) -> int:
    """About how many bytes the dataset takes while it is made, by the pairs of the sample."""
    sample = plan.survey.sample[:SIZED_PAIRS]
    text = sum(len(side.encode("utf-8", "replace")) + 1 for pair in sample for side in pair)
    by_letter = "char" in (plan.choice.source, plan.choice.target)
    factor = BYTES_WRITTEN_BY_LETTER if by_letter else BYTES_WRITTEN
    return factor * text * sum(plan.survey.counts.values()) // max(1, len(sample))


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
    corpus = plan.corpus
    notes.extend(corpus.notes)
    for source in (corpus.train, corpus.valid, *corpus.tests.values()):
        notes.extend(source.notes() if source else ())
    return tuple(notes)
