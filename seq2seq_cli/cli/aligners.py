"""Aligners from the options of a command.

Imports torch: commands import this module when they run.
"""

from dataclasses import dataclass
from pathlib import Path

import torch

from seq2seq_cli.cli.link_options import CombineName, MethodName, UnitName
from seq2seq_cli.cli.options import DeviceName, PrecisionName
from seq2seq_cli.cli.systems import System, open_systems, open_translator
from seq2seq_cli.config import LinkUnit
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.job import Job
from seq2seq_cli.scoring.aligner import MEAN, Aligner
from seq2seq_cli.scoring.extraction import Extraction
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.link_units import usual_unit


@dataclass(frozen=True, kw_only=True)
class LinkChoices:
    """What was asked for; None: the usual."""

    method: MethodName = MethodName.mutual
    threshold: float | None = None
    shift: bool = False
    units: UnitName | None = None
    reverse: Path | None = None
    combine: CombineName | None = None

    def __post_init__(self) -> None:
        if self.combine is not None and self.reverse is None:
            raise InputError(
                "--symmetrize combines two directions: name a run from the target to the source "
                "with --reverse RUN, or leave it out."
            )

    @property
    def extraction(self) -> Extraction:
        """How links are read from weights."""
        return Extraction(method=self.method.value, threshold=self.threshold, shift=self.shift)


def make_aligner(
    system: System,
    translator: Translator,
    choices: LinkChoices,
    *,
    of_gold: bool = False,
    device: DeviceName,
    precision: PrecisionName | None,
    job: Job,
) -> Aligner:
    """The aligner of an open system; `of_gold` if its links are compared with links by people.

    Raises:
        InputError: if a run has no attention, or the choices contradict each other.
    """
    check_attention(system)
    reverse = None
    if choices.reverse is not None:
        threads = torch.get_num_threads()  # as they were set for the first run
        (other,) = open_systems([choices.reverse], ensemble=False)
        check_attention(other)
        if other.first.source.tokenizer.feature_columns:
            raise InputError(
                f"--reverse {choices.reverse}: this run reads columns of features, which pairs "
                "have for their source alone. Leave --reverse out."
            )
        reverse = open_translator(
            other, device=device, precision=precision, threads=threads, job=job
        )
    return Aligner(
        translator=translator,
        reverse=reverse,
        extraction=choices.extraction,
        combine=choices.combine.value if choices.combine else MEAN,
        source_unit=_unit(choices.units, translator.source.tokenizer.kind, of_gold=of_gold),
        target_unit=_unit(choices.units, translator.target.tokenizer.kind, of_gold=of_gold),
    )


def check_attention(system: System) -> None:
    """Raise `InputError` if there is nothing to align by."""
    if system.has_attention:
        return
    verb, who = ("have", "they were") if system.is_ensemble else ("has", "it was")
    raise InputError(
        f"{system.path} {verb} no attention ({who} trained with --attention none), so that there "
        "is nothing to align by. Name another run."
    )


def _unit(chosen: UnitName | None, tokenizer_kind: str, *, of_gold: bool) -> LinkUnit:
    if chosen is None:
        return usual_unit(tokenizer_kind, of_gold=of_gold)
    return chosen.value
