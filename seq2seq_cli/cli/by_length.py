"""What `s2s evaluate --by-length` does: the same lines by several runs, scored by source length.

Imports torch: the command imports this module when it runs.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seq2seq_cli.cli.evaluating import Ready, Texts
from seq2seq_cli.cli.output import print_json
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.run import Run
from seq2seq_cli.scoring.by_length import LengthComparison, compare_by_length
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.length_chart import length_chart
from seq2seq_cli.views.length_svg import length_svg


def check_options(*, by_length: bool, metric: str | None, save: Path | None, force: bool) -> None:
    """Refuse, before any work, options that would have no effect and files that cannot be made.

    Raises:
        InputError: naming the option.
    """
    for name, is_given in (("--metric", metric), ("--save", save), ("--force", force)):
        if is_given and not by_length:
            raise InputError(f"{name} belongs to the chart of --by-length. Add --by-length.")
    if force and save is None:
        raise InputError("--force replaces the file of --save. Name it with --save FILE.svg.")
    if save is None:
        return
    if save.suffix.lower() != ".svg":
        raise InputError(f"--save writes SVG, and {save} does not end in .svg. Rename it.")
    if save.is_dir() or (save.exists() and not force):
        raise InputError(f"{save} exists already. Choose another name, or replace it by --force.")
    if not save.parent.is_dir():
        raise InputError(f"there is no folder {save.parent} to save {save.name} in. Make it first.")


def check_same_lines(runs: list[Run], texts: list[list[Texts]]) -> None:
    """Refuse runs whose lines differ: their scores could not be compared.

    Raises:
        InputError: naming two runs and what each would be scored on.
    """
    for run, own in zip(runs, texts, strict=True):
        if own != texts[0]:
            raise InputError(
                f"{runs[0].folder} and {run.folder} would be scored on lines that differ: "
                f"{_named(texts[0])}, and {_named(own)}, of the datasets that they remember. "
                "Give them the same lines: --data DATASET, or --src and --ref."
            )


def compare_and_show(
    each: Iterable[Ready],
    *,
    metric: str,
    save: Path | None,
    as_json: bool,
    bleu_tokenizer: str,
    lowercase: bool,
) -> None:
    """Translate the lines by each run, score them by length, print and save the chart."""
    done = [_translated(ready) for ready in each]
    texts = done[0].texts
    comparison = compare_by_length(
        [line for text in texts for line in text.sources],
        [line for text in texts for line in text.references],
        dict(zip(run_names([one.run for one in done]), (one.lines for one in done), strict=True)),
        metric=metric,
        bleu_tokenizer=bleu_tokenizer,
        lowercase=lowercase,
    )
    title = f"{' + '.join(text.name for text in texts)}, {_lines(comparison.count)}"
    if save is not None:
        write_atomic(save, length_svg(comparison, title=title).encode())
    if as_json:
        print_json(_facts(done, comparison), indent=2)
        return
    console = human_console()
    console.print(length_chart(comparison, title=title))
    if save is not None:
        print_message(console, f"written to {save}")


def run_names(runs: list[Run]) -> list[str]:
    """What the runs are called: the folder and the kind of attention, or the path where need be."""
    names = [run.folder.resolve().name for run in runs]
    taken = Counter(names)
    return [
        _with_kind(name if taken[name] == 1 else str(run.folder), run.config.model.attention)
        for name, run in zip(names, runs, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What a run made of its lines; its model is no longer held."""

    run: Run
    texts: list[Texts]
    lines: list[str]
    facts: dict[str, Any]


def _translated(ready: Ready) -> _Done:
    sources = [ids for text in ready.texts for ids in ready.encoded(text)]
    progress = human_console(stderr=True)
    print_message(progress, f"{ready.run.folder}: translating {_lines(len(sources))}")
    translator = ready.translator
    lines = translator.best_lines(sources, ready.settings)
    facts = {
        "attention": ready.run.config.model.attention,
        "search": asdict(ready.settings),
        "precision": translator.precision,
    }
    return _Done(run=ready.run, texts=ready.texts, lines=lines, facts=facts)


def _facts(done: list[_Done], comparison: LengthComparison) -> dict[str, Any]:
    """`ranges`, and for each run its score in all and, in the order of `ranges`, in each."""
    curves = zip(done, comparison.curves.values(), strict=True)
    return {
        "metric": comparison.metric,
        "signature": comparison.signature,
        "splits": [text.name for text in done[0].texts],
        "count": comparison.count,
        "unit": comparison.unit,
        "ranges": [asdict(one) for one in comparison.ranges],
        "runs": {
            str(one.run.folder): {
                **one.facts,
                "score": curve.score.score,
                "by_range": list(curve.by_range),
            }
            for one, curve in curves
        },
    }


def _with_kind(name: str, attention: str) -> str:
    return name if name == attention else f"{name} ({attention})"


def _named(texts: list[Texts]) -> str:
    return " + ".join(f"{text.name} ({_lines(len(text.sources))})" for text in texts)


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
