"""Several systems on the same lines, scored by source length in the same ranges.

Lengths are counted in the raw source, so that they are the same for every system, whatever its
tokenizer. In the manner of Bahdanau et al. 2015, figure 2. Knows nothing of models or files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seq2seq_cli.scoring.buckets import bleu_or_none, length_ranges
from seq2seq_cli.scoring.evaluation import metric_score
from seq2seq_cli.scoring.score import Score, check_lines
from seq2seq_cli.scoring.strings import share

FEW_LINES = 50
"""With fewer, a figure varies much by chance."""


@dataclass(frozen=True, kw_only=True)
class LengthRange:
    """The lines whose source is from `shortest` to `longest` long."""

    shortest: int
    longest: int
    count: int
    """Lines."""
    mean_length: float

    @property
    def has_few_lines(self) -> bool:
        """Whether its figures vary much by chance."""
        return self.count < FEW_LINES


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The scores of one system."""

    score: Score
    """Of all lines."""
    by_range: tuple[float | None, ...]
    """0 to 100, one for each range; None where every reference is too short for BLEU."""


@dataclass(frozen=True, kw_only=True)
class LengthComparison:
    """The curves of several systems over the same ranges."""

    metric: str
    """`bleu`, `chrf` or `exact_match`."""
    unit: str
    """What lengths are counted in: `words` (between white space) or `characters`."""
    ranges: tuple[LengthRange, ...]
    """Shortest first; together they hold all lines."""
    curves: dict[str, Curve]
    """By the name of the system."""

    @property
    def count(self) -> int:
        """Lines."""
        return sum(one.count for one in self.ranges)

    @property
    def signature(self) -> str | None:
        """sacreBLEU's, the same for every curve; None where there is none."""
        return next((curve.score.signature for curve in self.curves.values()), None)


def compare_by_length(
    sources: Sequence[str],
    references: Sequence[str],
    hypotheses: Mapping[str, Sequence[str]],
    *,
    metric: str = "bleu",
    bleu_tokenizer: str = "13a",
    lowercase: bool = False,
) -> LengthComparison:
    """Score the hypotheses of each system, by name, in ranges of source length that all share.

    Raises `InputError` for different numbers of lines or none, for an unknown metric, and for a
    BLEU tokenizer that is unknown or not installed.
    """
    check_lines(sources, references)
    unit, lengths = source_lengths(sources)
    members = _members(lengths)
    return LengthComparison(
        metric=metric,
        unit=unit,
        ranges=tuple(_range(ends, lines, lengths) for ends, lines in members),
        curves={
            name: Curve(
                score=metric_score(
                    metric, ours, references, bleu_tokenizer=bleu_tokenizer, lowercase=lowercase
                ),
                by_range=tuple(
                    _score_of(
                        metric,
                        [ours[i] for i in lines],
                        [references[i] for i in lines],
                        bleu_tokenizer,
                        lowercase,
                    )
                    for _, lines in members
                ),
            )
            for name, ours in hypotheses.items()
        },
    )


def source_lengths(sources: Sequence[str]) -> tuple[str, list[int]]:
    """The unit, and the length of each raw line in it.

    Words are what white space separates. Where most lines are a single word (letters to phones, or
    scripts that are written without spaces), characters without white space are counted instead.
    """
    words = [len(line.split()) for line in sources]
    if share([count <= 1 for count in words]) <= 50.0:
        return "words", words
    return "characters", [len("".join(line.split())) for line in sources]


def _members(lengths: list[int]) -> list[tuple[tuple[int, int], list[int]]]:
    """Each range with the indices of its lines."""
    return [
        (ends, [index for index, length in enumerate(lengths) if ends[0] <= length <= ends[1]])
        for ends in length_ranges(lengths)
    ]


def _range(ends: tuple[int, int], lines: list[int], lengths: list[int]) -> LengthRange:
    return LengthRange(
        shortest=ends[0],
        longest=ends[1],
        count=len(lines),
        mean_length=sum(lengths[i] for i in lines) / len(lines),
    )


def _score_of(
    metric: str, ours: list[str], gold: list[str], tokenizer: str, lowercase: bool
) -> float | None:
    if metric == "bleu":
        return bleu_or_none(ours, gold, tokenizer, lowercase)
    return metric_score(metric, ours, gold, lowercase=lowercase).score
