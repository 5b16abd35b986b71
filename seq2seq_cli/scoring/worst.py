"""The lines that a system does worst, to be read.

By sentence chrF, or, where targets are symbols such as phones, by edits. Knows nothing of models or
files.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seq2seq_cli.scoring.score import check_lines
from seq2seq_cli.scoring.strings import LineEdits, exact_matches


@dataclass(frozen=True, kw_only=True)
class BadLine:
    """One line with what it ought to have become."""

    number: int
    """From 1."""
    score: float
    """Sentence chrF (0 to 100), or the number of edits."""
    source: str
    reference: str
    hypothesis: str


@dataclass(frozen=True, kw_only=True)
class WorstLines:
    """The worst lines, worst first; lines that are right are never among them."""

    measure: str
    """`chrf` or `edits`."""
    lines: tuple[BadLine, ...]

    def to_json(self) -> dict[str, object]:
        """`measure`, and `lines` with the fields of each."""
        return {"measure": self.measure, "lines": [asdict(line) for line in self.lines]}


def worst_by_chrf(
    sources: Sequence[str],
    references: Sequence[str],
    hypotheses: Sequence[str],
    count: int,
    *,
    lowercase: bool = False,
) -> WorstLines:
    """The lines of the lowest sentence chrF2 (Popović 2015), 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    metric, wrong = CHRF(lowercase=lowercase), _wrong(hypotheses, references)
    scores = {i: metric.sentence_score(hypotheses[i], [references[i]]).score for i in wrong}
    chosen = sorted(wrong, key=lambda i: (scores[i], i))[:count]
    return _lines("chrf", chosen, [scores[i] for i in chosen], sources, references, hypotheses)


def worst_by_edits(
    sources: Sequence[str],
    references: Sequence[str],
    hypotheses: Sequence[str],
    edits: Sequence[LineEdits],
    count: int,
) -> WorstLines:
    """The lines of the most edits; of as many, those whose reference is shorter."""
    wrong = _wrong(hypotheses, references)
    chosen = sorted(wrong, key=lambda i: (-edits[i].edits, edits[i].length, i))[:count]
    scores = [float(edits[i].edits) for i in chosen]
    return _lines("edits", chosen, scores, sources, references, hypotheses)


def _wrong(hypotheses: Sequence[str], references: Sequence[str]) -> list[int]:
    check_lines(hypotheses, references)
    return [i for i, right in enumerate(exact_matches(hypotheses, references)) if not right]


def _lines(
    measure: str,
    chosen: list[int],
    scores: list[float],
    sources: Sequence[str],
    references: Sequence[str],
    hypotheses: Sequence[str],
) -> WorstLines:
    lines = tuple(
        BadLine(
            number=i + 1,
            score=score,
            source=sources[i],
            reference=references[i],
            hypothesis=hypotheses[i],
        )
        for i, score in zip(chosen, scores, strict=True)
    )
    return WorstLines(measure=measure, lines=lines)
