"""What `s2s evaluate` scores: splits of a dataset or two files, the same for all that is compared.

Imports torch: the command imports this module when it runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.cli.opening_data import open_dataset
from seq2seq_cli.cli.systems import System
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import Run

MOST_CHARACTERS = 100_000
"""Of a line of a file that is scored; prepared splits have their own bound."""


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Lines to translate, with what they ought to become."""

    name: str
    sources: list[str]
    references: list[str]
    links: list[str] | None = None
    """Gold links of each pair, in Pharaoh format."""
    labels: list[tuple[str, ...]] | None = None

    @property
    def scored(self) -> tuple[str, list[str], list[str]]:
        """What must be equal for scores to be comparable: name, sources and references."""
        return self.name, self.sources, self.references


def texts_of_systems(
    systems: list[System],
    *,
    data: Path | None,
    splits: list[str] | None,
    src: Path | None,
    ref: Path | None,
) -> list[list[Texts]]:
    """`texts_to_score` of each system; files are read once, since standard input may be one."""
    if src is not None or ref is not None:
        return [texts_to_score(systems[0].first, data=data, splits=splits, src=src, ref=ref)] * len(
            systems
        )
    return [
        texts_to_score(one.first, data=data, splits=splits, src=None, ref=None) for one in systems
    ]


def check_same_lines(systems: list[System], texts: list[list[Texts]]) -> None:
    """Refuse systems whose lines differ: their scores could not be compared.

    Raises:
        InputError: naming two of them and what each would be scored on.
    """
    for system, own in zip(systems, texts, strict=True):
        if [one.scored for one in own] != [one.scored for one in texts[0]]:
            raise InputError(
                f"{systems[0].path} and {system.path} would be scored on lines that differ: "
                f"{_named(texts[0])}, and {_named(own)}, of the datasets that they remember. "
                "Give them the same lines: --data DATASET, or --src and --ref."
            )


def _named(texts: list[Texts]) -> str:
    return " + ".join(f"{text.name} ({count_lines(len(text.sources))})" for text in texts)


def count_lines(count: int) -> str:
    """The number in words."""
    return "1 line" if count == 1 else f"{count:,} lines"


def texts_to_score(
    run: Run, *, data: Path | None, splits: list[str] | None, src: Path | None, ref: Path | None
) -> list[Texts]:
    """The splits, or the pair of files, that were asked for.

    Raises:
        InputError: if only one file is given, files differ in length, or a split is unknown.
    """
    if (src is None) != (ref is None):
        raise InputError("--src and --ref belong together: give both files, or neither.")
    if src is not None and ref is not None:
        if splits or data:
            raise InputError(
                "--src and --ref take the place of --split and --data. Leave those out."
            )
        return [_from_files(src, ref)]
    remedy = "Name it with --data, or score two files with --src and --ref."
    return list(_from_splits(open_dataset(run, data, remedy=remedy), splits))


def _from_files(src: Path, ref: Path) -> Texts:
    sources, references = list(TextFile(str(src)).lines()), list(TextFile(str(ref)).lines())
    if len(sources) != len(references):
        raise InputError(
            f"the number of lines differs: {len(sources):,} in {src} and {len(references):,} in "
            f"{ref}. Each source needs its reference on the same line."
        )
    _check_lengths(src, sources)
    _check_lengths(ref, references)
    name = "stdin" if str(src) == "-" else src.name
    return Texts(name=name, sources=sources, references=references)


def _check_lengths(path: Path, lines: list[str]) -> None:
    """Refuse what no metric would get through in reasonable time."""
    for number, line in enumerate(lines, start=1):
        if len(line) > MOST_CHARACTERS:
            raise InputError(
                f"{path}, line {number:,} has {len(line):,} characters; at most "
                f"{MOST_CHARACTERS:,} can be scored. Is it a line of text? Remove it from both."
            )


def _from_splits(dataset: Dataset, names: list[str] | None) -> Iterator[Texts]:
    known = dataset.split_names
    chosen = names or ["test" if "test" in known else "valid"]
    if chosen == ["all"] and "all" not in known:
        chosen = [name for name in known if name != "train"]
    for name in chosen:
        split = dataset.split(name)
        yield Texts(
            name=name,
            sources=split.source_lines(),
            references=split.target_lines(),
            links=split.links(),
            labels=split.labels(),
        )
