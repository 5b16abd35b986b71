"""What `s2s evaluate` does once its options are parsed.

Imports torch: the command imports this module when it runs.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.cli.opening import open_dataset
from seq2seq_cli.cli.output import print_json
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.model.run import Run
from seq2seq_cli.scoring.alignment_report import AlignmentReport
from seq2seq_cli.scoring.evaluation import Evaluation, evaluate_lines
from seq2seq_cli.scoring.units import error_units
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.views.alignment_scores import alignment_report_view
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.scores import evaluation_view

FOLDER = "evaluation"


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Lines to translate, with what they ought to become."""

    name: str
    sources: list[str]
    references: list[str]
    links: list[str] | None = None
    """Gold links of each pair, in Pharaoh format."""
    labels: list[tuple[str, ...]] | None = None


def one_run(argument: Path | None, option: Path | None) -> Path | None:
    """The run that is named, once, as the argument or as `--run`."""
    if argument is not None and option is not None:
        raise InputError("the run is named twice: as RUN and as --run. Give it once.")
    return argument or option


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
    name = "stdin" if str(src) == "-" else src.name
    return Texts(name=name, sources=sources, references=references)


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
    run: Run,
    translator: Translator,
    settings: SearchSettings,
    texts: list[Texts],
    *,
    bleu_tokenizer: str,
    lowercase: bool,
    as_json: bool,
    alignment_of: Callable[[Texts], AlignmentReport | None] = lambda text: None,
) -> None:
    """Translate, score, print, and write beside the run; `alignment_of` scores given pairs."""
    outcome: dict[str, Any] = {}
    console = human_console()
    for text in texts:
        alignment = alignment_of(text)
        sources = translator.source.encode_batch(text.sources)
        hypotheses = translator.best_lines(sources, settings)
        evaluation = evaluate_lines(
            hypotheses=hypotheses,
            references=text.references,
            source_lengths=[len(source) for source in sources],
            tokens=error_units(translator.target.tokenizer.kind),
            bleu_tokenizer=bleu_tokenizer,
            lowercase=lowercase,
        )
        facts = _facts(run, translator, settings, text, evaluation)
        if alignment is not None:
            facts["aer"] = alignment.to_json()
        outcome[text.name] = facts
        if not as_json:
            console.print(evaluation_view(evaluation, title=f"{run.folder.name} on {text.name}"))
            if alignment is not None:
                console.print(alignment_report_view(alignment))
        place = _write(run, text, hypotheses, facts)
        if not as_json:
            print_message(console, f"written to {place}")
    if as_json:
        print_json(outcome, indent=2)


def _facts(
    run: Run,
    translator: Translator,
    settings: SearchSettings,
    text: Texts,
    evaluation: Evaluation,
) -> dict[str, Any]:
    return {
        "run": str(run.folder),
        "split": text.name,
        "search": asdict(settings),
        "precision": translator.precision,
        **evaluation.to_json(),
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
