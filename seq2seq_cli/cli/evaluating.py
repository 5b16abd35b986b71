"""What `s2s evaluate` does once its options are parsed.

Imports torch: the command imports this module when it runs.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.cli.lines import clipped
from seq2seq_cli.cli.opening import find_run, open_dataset, open_translator, search_settings
from seq2seq_cli.cli.options import DeviceName, PrecisionName
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.model.run import Run
from seq2seq_cli.scoring.alignment_report import AlignmentReport
from seq2seq_cli.scoring.evaluation import Evaluation, evaluate_lines
from seq2seq_cli.scoring.health import AttentionHealth, attention_health
from seq2seq_cli.scoring.units import error_units
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.views.alignment_scores import alignment_report_view
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.health import health_view
from seq2seq_cli.views.scores import evaluation_view

FOLDER = "evaluation"
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


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A run with its model, how it searches, and what it is to translate."""

    run: Run
    translator: Translator
    settings: SearchSettings
    texts: list[Texts]
    max_length: int
    """Tokens of a source that are read"""

    def encoded(self, text: Texts) -> list[list[int]]:
        """The ids of each source; where one is too long, the rest is left out, and that is said."""
        source = self.translator.source
        lines = (
            clipped(line, source, self.max_length, f"{text.name}, source {number:,}")
            for number, line in enumerate(text.sources, start=1)
        )
        return source.encode_batch(lines)


def open_runs(argument: Path | None, options: list[Path] | None) -> list[Run]:
    """The runs that are named, as the argument and by `--run`; the last one where none is.

    Raises:
        InputError: if one is named twice, or cannot be opened.
    """
    named = [*([] if argument is None else [argument]), *(options or [])]
    places = [folder.resolve() for folder in named]
    for index, place in enumerate(places):
        if place in places[:index]:
            raise InputError(f"the run {named[index]} is named twice. Name each run once.")
    return [Run.open(folder) for folder in named] or [Run.open(find_run(None))]


def texts_of_runs(
    runs: list[Run],
    *,
    data: Path | None,
    splits: list[str] | None,
    src: Path | None,
    ref: Path | None,
) -> list[list[Texts]]:
    """`texts_to_score` of each run; files are read once, since standard input may be one."""
    if src is not None or ref is not None:
        return [texts_to_score(runs[0], data=data, splits=splits, src=src, ref=ref)] * len(runs)
    return [texts_to_score(run, data=data, splits=splits, src=None, ref=None) for run in runs]


def each_run(
    runs: list[Run],
    texts: list[list[Texts]],
    *,
    device: DeviceName,
    precision: PrecisionName | None,
    threads: int,
    beam: int | None,
    length_penalty: float | None,
    coverage_penalty: float | None,
    max_length: int,
) -> Iterator[Ready]:
    """The runs one after the other, so that one model at a time is in memory."""
    for run, own_texts in zip(runs, texts, strict=True):
        opened, translator = open_translator(
            run.folder, device=device, precision=precision, threads=threads
        )
        settings = search_settings(
            opened, beam=beam, length_penalty=length_penalty, coverage_penalty=coverage_penalty
        )
        yield Ready(
            run=opened,
            translator=translator,
            settings=settings,
            texts=own_texts,
            max_length=max_length,
        )


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


def score_and_show(
    one: Ready,
    *,
    bleu_tokenizer: str,
    lowercase: bool,
    as_json: bool,
    alignment_of: Callable[[Texts], AlignmentReport | None],
) -> dict[str, Any]:
    """Translate, score, print unless `as_json`, and write beside the run; the facts by split.

    `alignment_of` scores the attention of the given pairs.
    """
    outcome: dict[str, Any] = {}
    translator, console = one.translator, human_console()
    for text in one.texts:
        alignment = alignment_of(text)
        sources = one.encoded(text)
        best = translator.best(sources, one.settings)
        hypotheses = translator.lines(best)
        evaluation = evaluate_lines(
            hypotheses=hypotheses,
            references=text.references,
            source_lengths=[len(source) for source in sources],
            tokens=error_units(translator.target.tokenizer.kind),
            bleu_tokenizer=bleu_tokenizer,
            lowercase=lowercase,
        )
        health = attention_health([found.token_weights for found in best if found is not None])
        facts = _facts(one, text, evaluation, health, alignment)
        outcome[text.name] = facts
        if not as_json:  # before writing: a score that cannot be kept is still seen
            title = f"{one.run.folder.name} on {text.name}"
            for view in _views(evaluation, health, alignment, title):
                console.print(view)
        place = _write(one.run, text, hypotheses, facts)
        if not as_json:
            print_message(console, f"written to {place}")
    return outcome


def _views(
    evaluation: Evaluation,
    health: AttentionHealth | None,
    alignment: AlignmentReport | None,
    title: str,
) -> Iterator[RenderableType]:
    yield evaluation_view(evaluation, title=title)
    if health is not None:
        yield health_view(health)
    if alignment is not None:
        yield alignment_report_view(alignment)


def _facts(
    one: Ready,
    text: Texts,
    evaluation: Evaluation,
    health: AttentionHealth | None,
    alignment: AlignmentReport | None,
) -> dict[str, Any]:
    return {
        "run": str(one.run.folder),
        "split": text.name,
        "search": asdict(one.settings),
        "precision": one.translator.precision,
        **evaluation.to_json(),
        "attention": None if health is None else health.to_json(),
        **({} if alignment is None else {"aer": alignment.to_json()}),
    }


def _write(run: Run, text: Texts, hypotheses: list[str], facts: dict[str, Any]) -> Path:
    """Hypotheses, references and scores of one set of lines, in a folder of the run."""
    folder = run.folder / FOLDER / text.name
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
