"""What `s2s evaluate` adds on request: a comparison, confusions, the worst lines, unknown words.

Imports torch: the command imports this module when it runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType

from seq2seq_cli.cli.texts import Texts
from seq2seq_cli.scoring.confusion import count_confusions
from seq2seq_cli.scoring.significance import compare_lines
from seq2seq_cli.scoring.strings import exact_matches, token_edits
from seq2seq_cli.scoring.units import SYMBOL_KINDS, error_units
from seq2seq_cli.scoring.unknown import unknown_in_references, unknown_in_sources
from seq2seq_cli.scoring.worst import worst_by_chrf, worst_by_edits
from seq2seq_cli.search.hypothesis import Hypothesis
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.views.confusions import confusions_view
from seq2seq_cli.views.significance import significance_view
from seq2seq_cli.views.unknown import unknown_view
from seq2seq_cli.views.worst import worst_view


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The run that others are compared with, and what it made of each set of lines."""

    path: str
    name: str
    lines: dict[str, list[str]]
    """By the name of the set."""


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What was asked for."""

    confidence: bool = False
    confusions: bool = False
    worst: int = 0
    """How many of the worst lines."""
    unknown: bool = False
    baseline: Baseline | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a system made of a set of lines."""

    text: Texts
    translator: Translator
    best: list[Hypothesis | None]
    lines: list[str]
    """The same as raw text."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Facts under their key, and how people see them."""

    key: str
    facts: Any
    view: RenderableType


def more_reports(
    outcome: Outcome, requests: Requests, *, bleu_tokenizer: str, lowercase: bool
) -> list[Report]:
    """All that was asked for, in the order in which it is shown."""
    reports: list[Report] = []
    if requests.baseline is not None:
        reports.append(
            _comparison(
                outcome, requests.baseline, bleu_tokenizer=bleu_tokenizer, lowercase=lowercase
            )
        )
    if requests.confusions:
        reports.append(_confusions(outcome))
    if requests.worst:
        reports.append(_worst(outcome, requests.worst, lowercase=lowercase))
    if requests.unknown:
        reports.extend(_unknown(outcome))
    return reports


def _comparison(
    outcome: Outcome, baseline: Baseline, *, bleu_tokenizer: str, lowercase: bool
) -> Report:
    differences = compare_lines(
        hypotheses=outcome.lines,
        baseline=baseline.lines[outcome.text.name],
        references=outcome.text.references,
        bleu_tokenizer=bleu_tokenizer,
        lowercase=lowercase,
    )
    facts = {
        "baseline": baseline.path,
        **{difference.metric: difference.to_json() for difference in differences},
    }
    view = significance_view(differences, baseline=baseline.name)
    return Report(key="comparison", facts=facts, view=view)


def _confusions(outcome: Outcome) -> Report:
    tokens = error_units(outcome.translator.target.tokenizer.kind)
    found = count_confusions(outcome.lines, outcome.text.references, tokens)
    return Report(key="confusions", facts=found.to_json(), view=confusions_view(found))


def _worst(outcome: Outcome, count: int, *, lowercase: bool) -> Report:
    sources, references = outcome.text.sources, outcome.text.references
    kind = outcome.translator.target.tokenizer.kind
    if kind in SYMBOL_KINDS:
        edits = token_edits(outcome.lines, references, error_units(kind))
        found = worst_by_edits(sources, references, outcome.lines, edits, count)
    else:
        found = worst_by_chrf(sources, references, outcome.lines, count, lowercase=lowercase)
    return Report(key="worst", facts=found.to_json(), view=worst_view(found))


def _unknown(outcome: Outcome) -> Iterator[Report]:
    right = exact_matches(outcome.lines, outcome.text.references)
    translator, sources = outcome.translator, outcome.text.sources
    source, target = translator.source, translator.target
    written = list(map(translator.written, sources, outcome.best))
    for found in (
        unknown_in_sources(sources, outcome.best, written, right, source=source, target=target),
        unknown_in_references(outcome.text.references, written, right, target=target),
    ):
        key = f"unknown_in_{found.side}s"
        yield Report(key=key, facts=found.to_json(), view=unknown_view(found))
