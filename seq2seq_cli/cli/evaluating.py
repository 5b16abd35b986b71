"""What `s2s evaluate` does once its options are parsed.

Imports torch: the command imports this module when it runs.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from seq2seq_cli.cli.conditions import Conditions
from seq2seq_cli.cli.lines import clipped
from seq2seq_cli.cli.opening import search_settings
from seq2seq_cli.cli.options import DeviceName, PrecisionName
from seq2seq_cli.cli.reports import Baseline, Outcome, Report, Requests, more_reports
from seq2seq_cli.cli.systems import System, open_translator
from seq2seq_cli.cli.texts import Texts, count_lines
from seq2seq_cli.errors import WorkError
from seq2seq_cli.model.job import Job
from seq2seq_cli.scoring.alignment_report import AlignmentReport
from seq2seq_cli.scoring.evaluation import Evaluation, evaluate_lines
from seq2seq_cli.scoring.health import AttentionHealth, attention_health
from seq2seq_cli.scoring.units import error_units
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.sharing import best_of_job
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.views.alignment_scores import alignment_report_view
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.health import health_view
from seq2seq_cli.views.means import means_view
from seq2seq_cli.views.scores import SCORE_NAMES, evaluation_view

FOLDER, ENSEMBLE = "evaluation", "ensemble"


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A system with its model, how it searches, and what it is to translate."""

    system: System
    translator: Translator
    settings: SearchSettings
    texts: list[Texts]
    max_length: int
    """Tokens of a source that are read"""
    job: Job
    """Its processes share the search."""

    def best(self, sources: list[list[int]]) -> list[Hypothesis | None]:
        """The best hypothesis of each source, given as ids."""
        return best_of_job(self.translator, sources, self.settings, self.job)

    def read(self, text: Texts) -> list[str]:
        """Each source as it is read: where one is too long, the rest is left out and that said."""
        source = self.translator.source
        return [
            clipped(line, source, self.max_length, f"{text.name}, source {number:,}")
            for number, line in enumerate(text.sources, start=1)
        ]


@dataclass(frozen=True, kw_only=True)
class DecodingOptions:
    """How all systems decode; None: as each was trained to."""

    device: DeviceName
    precision: PrecisionName | None
    threads: int
    beam: int | None
    length_penalty: float | None
    coverage_penalty: float | None
    max_length: int
    """Tokens of a source that are read"""
    job: Job


def each_system(
    systems: list[System], texts: list[list[Texts]], how: DecodingOptions
) -> Iterator[Ready]:
    """The systems one after the other, so that one at a time is in memory."""
    for system, own_texts in zip(systems, texts, strict=True):
        translator = open_translator(
            system, device=how.device, precision=how.precision, threads=how.threads, job=how.job
        )
        for text in own_texts:
            conditions = Conditions(translator.source, text.name)
            deque(conditions.checked(text.sources), maxlen=0)
        settings = search_settings(
            system.first,
            beam=how.beam,
            length_penalty=how.length_penalty,
            coverage_penalty=how.coverage_penalty,
        )
        yield Ready(
            system=system,
            translator=translator,
            settings=settings,
            texts=own_texts,
            max_length=how.max_length,
            job=how.job,
        )


def translated_lines(ready: Ready, texts: list[Texts]) -> list[str]:
    """What a system makes of the sources; said on standard error, since it takes its time."""
    translator = ready.translator
    lines = [line for text in texts for line in ready.read(text)]
    said = f"{ready.system.path}: translating {count_lines(len(lines))}"
    print_message(human_console(stderr=True), said)
    best = ready.best(translator.source.encode_batch(lines))
    return translator.texts(lines, best)


def baseline_of(
    systems: list[System], texts: list[list[Texts]], how: DecodingOptions
) -> Baseline | None:
    """What the run that others are compared with makes of the lines; None where there is none."""
    for ready in each_system(systems, texts, how):
        lines = {text.name: translated_lines(ready, [text]) for text in ready.texts}
        return Baseline(path=ready.system.path, name=ready.system.name, lines=lines)
    return None


def score_and_show(
    one: Ready,
    *,
    bleu_tokenizer: str,
    lowercase: bool,
    as_json: bool,
    requests: Requests,
    alignment_of: Callable[[Texts], AlignmentReport | None],
) -> dict[str, Any]:
    """Translate, score, print unless `as_json`, and write beside the run; the facts by split.

    `alignment_of` scores the attention of the given pairs.
    """
    found: dict[str, Any] = {}
    translator, console = one.translator, human_console()
    for text in one.texts:
        alignment = alignment_of(text)
        lines = one.read(text)
        sources = translator.source.encode_batch(lines)
        best = one.best(sources)
        hypotheses = translator.texts(lines, best)
        evaluation = evaluate_lines(
            hypotheses=hypotheses,
            references=text.references,
            source_lengths=[len(source) for source in sources],
            tokens=error_units(translator.target.tokenizer.kind),
            bleu_tokenizer=bleu_tokenizer,
            lowercase=lowercase,
            confidence=requests.confidence,
        )
        health = attention_health([found.token_weights for found in best if found is not None])
        outcome = Outcome(text=text, translator=translator, best=best, lines=hypotheses)
        reports = more_reports(
            outcome, requests, bleu_tokenizer=bleu_tokenizer, lowercase=lowercase
        )
        facts = _facts(one, text, evaluation, health, alignment, reports)
        found[text.name] = facts
        if not as_json:  # before writing: a score that cannot be kept is still seen
            title = f"{one.system.name} on {text.name}"
            for view in _views(evaluation, health, alignment, title, reports):
                console.print(view)
        if one.job.is_first:
            place = _write(one.system, text, hypotheses, facts)
            if not as_json:
                print_message(console, f"written to {place}")
    return found


def show_means(found: Sequence[Mapping[str, Any]], texts: Sequence[Sequence[Texts]]) -> None:
    """Print mean and deviation of each score, where several runs were scored on the same lines.

    Args:
        found: what `score_and_show` returned for each run
        texts: what each run was scored on
    """
    if len(found) < 2:
        return
    scores = {}
    for same, *others in zip(*texts, strict=False):
        if all(text.scored == same.scored for text in others):
            each = [run[same.name] for run in found]
            names = [name for name in SCORE_NAMES if all(run.get(name) for run in each)]
            scores[same.name] = {name: [run[name]["score"] for run in each] for name in names}
    human_console().print(means_view(scores))


def _views(
    evaluation: Evaluation,
    health: AttentionHealth | None,
    alignment: AlignmentReport | None,
    title: str,
    reports: list[Report],
) -> Iterator[RenderableType]:
    yield evaluation_view(evaluation, title=title)
    if health is not None:
        yield health_view(health)
    if alignment is not None:
        yield alignment_report_view(alignment)
    yield from (report.view for report in reports)


def _facts(
    one: Ready,
    text: Texts,
    evaluation: Evaluation,
    health: AttentionHealth | None,
    alignment: AlignmentReport | None,
    reports: list[Report],
) -> dict[str, Any]:
    return {
        "run": one.system.path,
        **(_members(one.system) if one.system.is_ensemble else {}),
        "split": text.name,
        "search": asdict(one.settings),
        "precision": one.translator.precision,
        **evaluation.to_json(),
        "attention": None if health is None else health.to_json(),
        **({} if alignment is None else {"aer": alignment.to_json()}),
        **{report.key: report.facts for report in reports},
    }


def _members(system: System) -> dict[str, Any]:
    return {"ensemble": [str(run.folder) for run in system.runs]}


def _write(system: System, text: Texts, hypotheses: list[str], facts: dict[str, Any]) -> Path:
    """Hypotheses, references and scores of one set of lines, in a folder of the (first) run."""
    place = system.first.folder / FOLDER
    folder = (place / ENSEMBLE if system.is_ensemble else place) / text.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(
            f"cannot make {folder}: {error.strerror}. Scores are written beside the run; copy it "
            "to a place where that is possible."
        ) from error
    for name, lines in (("hypotheses.txt", hypotheses), ("references.txt", text.references)):
        write_atomic(folder / name, "".join(f"{line}\n" for line in lines).encode())
    scores = json.dumps(facts, ensure_ascii=False, indent=2)
    write_atomic(folder / "evaluation.json", scores.encode())
    return folder
