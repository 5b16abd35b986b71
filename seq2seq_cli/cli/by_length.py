"""What `s2s evaluate --by-length` does: the same lines by several runs, scored by source length.

Imports torch: the command imports this module when it runs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seq2seq_cli.cli.evaluating import Ready, translated_lines
from seq2seq_cli.cli.output import print_json
from seq2seq_cli.cli.systems import System
from seq2seq_cli.cli.texts import Texts, count_lines
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.job import Job
from seq2seq_cli.scoring.by_length import LengthComparison, compare_by_length
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.length_chart import length_chart
from seq2seq_cli.views.length_svg import length_svg


def check_options(
    *,
    by_length: bool,
    metric: str | None,
    save: Path | None,
    force: bool,
    others: Mapping[str, Any],
) -> None:
    """Refuse, before any work, options that would have no effect and files that cannot be made.

    `others` are options of the evaluation that the chart has no place for, by name.

    Raises:
        InputError: naming the option.
    """
    unused = [name for name, is_given in others.items() if is_given]
    if by_length and unused:
        raise InputError(f"--by-length draws a chart alone: leave out {', '.join(unused)}.")
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
    texts, names = done[0].texts, system_names([one.system for one in done])
    comparison = compare_by_length(
        done[0].sources,
        [line for text in texts for line in text.references],
        dict(zip(names, (one.lines for one in done), strict=True)),
        metric=metric,
        bleu_tokenizer=bleu_tokenizer,
        lowercase=lowercase,
    )
    title = f"{' + '.join(text.name for text in texts)}, {count_lines(comparison.count)}"
    if save is not None and done[0].job.is_first:
        write_atomic(save, length_svg(comparison, title=title).encode())
    if as_json:
        print_json(_facts(done, comparison), indent=2)
        return
    console = human_console()
    console.print(length_chart(comparison, title=title))
    if save is not None:
        print_message(console, f"written to {save}")


def system_names(systems: list[System]) -> list[str]:
    """What systems are called: folder and kind of attention, or the path where need be."""
    names = [one.name for one in systems]
    taken = Counter(names)
    return [
        _with_kind(name if taken[name] == 1 else one.path, one.attention)
        for name, one in zip(names, systems, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What a system made of its lines; its model is no longer held."""

    system: System
    texts: list[Texts]
    sources: list[str]
    """Without their features."""
    lines: list[str]
    facts: dict[str, Any]
    job: Job


def _translated(ready: Ready) -> _Done:
    facts = {
        "attention": ready.system.attention,
        "search": asdict(ready.settings),
        "precision": ready.translator.precision,
    }
    lines = translated_lines(ready, ready.texts)
    text_of = ready.translator.source.tokenizer.text_of
    return _Done(
        system=ready.system,
        texts=ready.texts,
        sources=[text_of(line) for text in ready.texts for line in text.sources],
        lines=lines,
        facts=facts,
        job=ready.job,
    )


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
            one.system.path: {
                **one.facts,
                "score": curve.score.score,
                "by_range": list(curve.by_range),
            }
            for one, curve in curves
        },
    }


def _with_kind(name: str, attention: str) -> str:
    return name if name == attention else f"{name} ({attention})"
