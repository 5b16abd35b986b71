"""What `s2s align` does once its options are parsed: a filter from pairs to lines of links.

Imports torch: the command imports this module when it runs.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from seq2seq_cli.cli.lines import clipped
from seq2seq_cli.cli.pairs import Pair
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.job import Job
from seq2seq_cli.scoring.aligner import AlignedPair, Aligner
from seq2seq_cli.scoring.alignment import format_links
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.views.facts import to_json

DIGITS = 4
ENOUGH_TO_JUDGE = 5
"""Pairs that tell whether the reverse run's direction is right."""


def one_tsv(argument: str | None, option: str | None) -> str | None:
    """The TSV that is named, once, as the argument or as `--tsv`."""
    if argument is not None and option is not None:
        raise InputError("the TSV is named twice: as the argument and as --tsv. Give it once.")
    return option if argument is None else argument


def clipped_pairs(
    chunks: Iterator[list[Pair]], translator: Translator, most: int
) -> Iterator[list[Pair]]:
    """The pairs with at most so many tokens on a side; where something is left out, it is said."""
    number, sides = 0, (translator.source, translator.target)
    for pairs in chunks:
        short: list[Pair] = []
        for pair in pairs:
            number += 1
            place = f"pair {number:,}"
            source, target = (
                clipped(line, codec, most, place) for line, codec in zip(pair, sides, strict=True)
            )
            short.append((source, target))
        yield short


def align_stream(aligner: Aligner, chunks: Iterator[list[Pair]], written: str, job: Job) -> None:
    """Write one line for each pair to standard output, in the format of that name.

    In a job of several processes the first reads and writes, and all align their share.
    """
    show, output = _FORMATS[written], sys.stdout.buffer

    def work(part: Sequence[Pair]) -> list[str]:
        return [show(found) for found in aligner.align(part)]

    for number, shared in enumerate(job.stream(chunks)):
        pairs = [(source, target) for source, target in shared]
        if number == 0 and len(pairs) >= ENOUGH_TO_JUDGE:
            aligner.check_direction(pairs)
        for line in job.spread(pairs, work):
            output.write(line.encode() + b"\n")
        output.flush()


def _pharaoh(found: AlignedPair) -> str:
    return format_links(found.links)


def _talp(found: AlignedPair) -> str:
    """Sure links as `i-j`, possible ones as `ipj`, counted from 1, as the WPT shared tasks do."""
    return format_links(found.agreed, found.links, one_based=True)


def _probabilities(found: AlignedPair) -> str:
    return " ".join(
        f"{source}-{target}:{found.weights[target, source]:.{DIGITS}f}"
        for source, target in sorted(found.links)
    )


def _json(found: AlignedPair) -> str:
    links: list[dict[str, Any]] = [
        {
            "source": source,
            "target": target,
            "weight": round(float(found.weights[target, source]), DIGITS),
            "agreed": (source, target) in found.agreed,
        }
        for source, target in sorted(found.links)
    ]
    facts = {"source_tokens": found.source, "target_tokens": found.target, "links": links}
    return to_json(facts)


_FORMATS: dict[str, Callable[[AlignedPair], str]] = {
    "pharaoh": _pharaoh,
    "talp": _talp,
    "probabilities": _probabilities,
    "json": _json,
}
