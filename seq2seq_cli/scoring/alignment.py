"""Alignment error rate of links between source and target tokens (Och and Ney 2003).

Links are pairs (source token, target token), counted from 0. Knows nothing of attention, and
nothing of where links come from; lines are read in Pharaoh format.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible

Link = tuple[int, int]
Links = frozenset[Link]

_LINK = re.compile(r"([0-9]{1,9})([-p])([0-9]{1,9})")


@dataclass(frozen=True, kw_only=True)
class AlignmentScores:
    """Percentages over all links of all sentences; A: hypothesis, S: sure, P: sure or possible."""

    precision: float
    """Share of A that is in P; 0 where A is empty."""
    recall: float
    """Share of S that is in A."""
    f1: float
    """Harmonic mean of precision and recall."""
    aer: float
    """Alignment error rate, 100 (1 - (|A and S| + |A and P|) / (|A| + |S|)); lower is better."""


def parse_links(
    line: str, *, one_based: bool = False, origin: str, line_number: int
) -> tuple[Links, Links]:
    """Read a line in Pharaoh format: `i-j` a sure link, `ipj` a possible one, spaces between.

    Returns the sure links, and the possible ones, which include the sure; counted from 0, also
    where the file counts from 1 (`one_based`). An empty line has none. Raises `InputError` naming
    `origin` and `line_number`.
    """
    place = f"{origin}, line {line_number}"
    links = [(_parse_link(part, one_based, place), "p" in part) for part in line.split()]
    sure = frozenset(link for link, is_possible in links if not is_possible)
    return sure, frozenset(link for link, _ in links)


def format_links(links: Links, possible: Links = frozenset(), *, one_based: bool = False) -> str:
    """A line in the same format: sure links, and those of `possible` that are not sure as `ipj`.

    Sorted by source, then target.
    """
    return " ".join(
        f"{source + one_based}{'-' if (source, target) in links else 'p'}{target + one_based}"
        for source, target in sorted(links | possible)
    )


def transposed(links: Links) -> Links:
    """The links of the other direction: target words first, or back."""
    return frozenset((target, source) for source, target in links)


def alignment_scores(sentences: Iterable[tuple[Links, Links, Links]]) -> AlignmentScores:
    """Score hypothesis links against sure and possible ones, summed over sentences.

    Each sentence is (hypothesis, sure, possible); sure links count as possible whether listed there
    or not. Source: Och and Ney 2003, section 5. Raises `InputError` where there is no
    sure link at all, since recall is then undefined.
    """
    links = in_sure = in_possible = all_sure = 0
    for hypothesis, sure, possible in sentences:
        links += len(hypothesis)
        in_sure += len(hypothesis & sure)
        in_possible += len(hypothesis & (possible | sure))
        all_sure += len(sure)
    if not all_sure:
        raise InputError(
            "The gold alignments have no sure link, so that recall and AER are undefined. "
            "Mark sure links as i-j, possible ones as ipj."
        )
    precision = 100.0 * in_possible / links if links else 0.0
    recall = 100.0 * in_sure / all_sure
    total = precision + recall
    return AlignmentScores(
        precision=precision,
        recall=recall,
        f1=2.0 * precision * recall / total if total else 0.0,
        aer=100.0 * (1.0 - (in_sure + in_possible) / (links + all_sure)),
    )


def _parse_link(part: str, one_based: bool, place: str) -> Link:
    match = _LINK.fullmatch(part)
    if match is None:
        raise InputError(
            f"{place}: expected links such as 0-1 (sure) or 0p1 (possible), found "
            f"{visible(part[:40])!r}."
        )
    source, target = int(match[1]) - one_based, int(match[3]) - one_based
    if min(source, target) < 0:
        raise InputError(
            f"{place}: link {part} counts from 0, but links that count from 1 were asked for."
        )
    return source, target
