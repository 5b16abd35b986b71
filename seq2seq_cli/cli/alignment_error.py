"""The alignment error in `s2s evaluate`: which gold links there are, and who aligns.

Imports torch: the command imports this module when it runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seq2seq_cli.cli.aligners import LinkChoices, check_attention, make_aligner
from seq2seq_cli.cli.options import DeviceName, PrecisionName
from seq2seq_cli.cli.systems import System
from seq2seq_cli.cli.texts import Texts
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.job import Job
from seq2seq_cli.scoring.aligner import Aligner
from seq2seq_cli.scoring.alignment import Link, Links
from seq2seq_cli.scoring.alignment_report import (
    AlignmentReport,
    check_sizes,
    read_gold,
    report_alignment,
)
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.views.console import human_console, print_message

PAIRS_AT_ONCE = 1_024
_Aligned = tuple[list[Link], int, int]
"""The links of a pair, and the units of its source and of its target."""


@dataclass(frozen=True, kw_only=True)
class GoldChoices:
    """Where gold links come from beside the splits' own, and how links are made."""

    file: Path | None
    one_based: bool
    links: LinkChoices

    def __post_init__(self) -> None:
        if self.one_based and self.file is None:
            raise InputError("--one-based says how --gold FILE counts: give it, or leave both out.")


def with_gold(texts: list[Texts], choices: GoldChoices) -> list[Texts]:
    """The texts with the gold links of the file, where one is given.

    Raises:
        InputError: if it does not fit, or nothing has gold links and a reverse run is named.
    """
    if choices.file is None:
        if choices.links.reverse and all(text.links is None for text in texts):
            raise InputError(
                "--reverse aligns, and there are no gold links to compare with. Give --gold FILE, "
                "or choose a split that has links."
            )
        return texts
    if len(texts) != 1:
        names = ", ".join(text.name for text in texts)
        raise InputError(f"--gold is for one set of pairs; these were chosen: {names}.")
    (text,), file = texts, TextFile(str(choices.file))
    lines = list(file.lines())
    if len(lines) != len(text.sources):
        raise InputError(
            f"the number of lines differs: {len(lines):,} in {file.name} and {len(text.sources):,} "
            f"pairs in {text.name}. A line of gold links belongs to each pair, maybe a blank one."
        )
    return [replace(text, links=lines)]


def open_alignment_error(
    system: System,
    translator: Translator,
    texts: list[Texts],
    choices: GoldChoices,
    *,
    device: DeviceName,
    precision: PrecisionName | None,
    job: Job,
) -> "AlignmentError | None":
    """What scores the alignments of the texts; None where there is no gold, or no attention.

    Raises:
        InputError: if the system has no attention and gold links were given by file.
    """
    if all(text.links is None for text in texts):
        return None
    if choices.file is not None:
        check_attention(system)
    if not system.has_attention:
        note = f"{system.path} has no attention: the alignment error is left out."
        print_message(human_console(stderr=True), note)
        return None
    aligner = make_aligner(
        system, translator, choices.links, of_gold=True, device=device, precision=precision, job=job
    )
    return AlignmentError(aligner=aligner, choices=choices, job=job)


@dataclass(frozen=True, kw_only=True)
class AlignmentError:
    """Compares the links of forced decoding of the references with gold links."""

    aligner: Aligner
    choices: GoldChoices
    job: Job
    """Its processes share the work."""

    def score(self, text: Texts) -> AlignmentReport | None:
        """The alignment error of a set of pairs; None where it has no gold links.

        Raises:
            InputError: if the gold links of a file are damaged or do not fit. Those of a dataset
                are left out with a note, so that its other scores can be had.
        """
        if text.links is None:
            return None
        pairs = list(zip(text.sources, text.references, strict=True))
        self.aligner.check_direction(pairs[:PAIRS_AT_ONCE])
        try:
            return self._report(text, text.links, pairs)
        except InputError as error:
            if self.choices.file is not None:
                raise
            note = f"the alignment error of {text.name} is left out: {error}"
            print_message(human_console(stderr=True), note)
            return None

    def _report(
        self, text: Texts, lines: list[str], pairs: list[tuple[str, str]]
    ) -> AlignmentReport:
        file, one_based = self.choices.file, self.choices.one_based
        origin = f"gold links of {text.name}" if file is None else str(file)
        gold = read_gold(lines, text.labels, origin=origin, one_based=one_based)
        links, sizes = self._align(pairs)
        check_sizes(gold, sizes, origin)
        return report_alignment(links, gold, sizes, signature=self.aligner.signature)

    def _align(self, pairs: Sequence[tuple[str, str]]) -> tuple[list[Links], list[tuple[int, int]]]:
        aligned = self.job.spread(pairs, self._align_share)
        links = [frozenset((source, target) for source, target in one[0]) for one in aligned]
        return links, [(source, target) for _, source, target in aligned]

    def _align_share(self, pairs: Sequence[tuple[str, str]]) -> list[_Aligned]:
        found: list[_Aligned] = []
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            for one in self.aligner.align(pairs[start : start + PAIRS_AT_ONCE]):
                found.append((sorted(one.links), len(one.source), len(one.target)))
        return found
