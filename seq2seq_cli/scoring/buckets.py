"""Quality by source length: whether long sentences are worse, which attention is there to prevent.

Knows nothing of how source tokens are made; it is given their numbers.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count

from seq2seq_cli.scoring.strings import LineEdits, error_rate, share
from seq2seq_cli.scoring.translation import bleu

MOST_BUCKETS = 10
"""Buckets are widened until there are no more than this."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The scores of the lines whose source has from `shortest` to `longest` tokens."""

    shortest: int
    longest: int
    count: int
    """Lines."""
    bleu: float | None
    """0 to 100; None where every reference is too short for BLEU, which needs four tokens."""
    exact_match: float
    """Percent."""
    token_error_rate: float
    """Percent."""

    def to_json(self) -> dict[str, object]:
        """The fields under their names."""
        return asdict(self)


def score_buckets(
    *,
    source_lengths: Sequence[int],
    hypotheses: Sequence[str],
    references: Sequence[str],
    matches: Sequence[bool],
    edits: Sequence[LineEdits],
    tokenizer: str = "13a",
    lowercase: bool = False,
) -> tuple[Bucket, ...]:
    """Score the lines of each range of source lengths; all sequences have one item per line."""
    result = []
    for shortest, longest in length_ranges(source_lengths):
        lines = [i for i, length in enumerate(source_lengths) if shortest <= length <= longest]
        ours, gold = [hypotheses[i] for i in lines], [references[i] for i in lines]
        bucket = Bucket(
            shortest=shortest,
            longest=longest,
            count=len(lines),
            bleu=bleu_or_none(ours, gold, tokenizer, lowercase),
            exact_match=share([matches[i] for i in lines]),
            token_error_rate=error_rate(edits[i] for i in lines),
        )
        result.append(bucket)
    return tuple(result)


def length_ranges(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Split lengths into ranges 1-5, 6-10, ... that hold enough lines each; both ends belong.

    Neighbours are merged until each holds a fortieth of the lines, but 10 at least and 50 at most;
    the steps grow to 10, 20, 50, ... where that leaves too many ranges. The last range ends at the
    longest line; lines without tokens go into the first, which then starts at 0.
    """
    if not lengths:
        return []
    enough = min(50, max(10, len(lengths) // 40))
    for width in _widths():
        ranges = _merged_ranges(lengths, width, enough)
        if len(ranges) <= MOST_BUCKETS:
            return ranges
    raise AssertionError("widths grow without end")


def _widths() -> Iterator[int]:
    for power in count():
        yield from (step * 10**power for step in (5, 10, 20))


def _merged_ranges(lengths: Sequence[int], width: int, enough: int) -> list[tuple[int, int]]:
    steps = Counter(max(0, length - 1) // width for length in lengths)
    ranges: list[tuple[int, int]] = []
    first, held = None, 0
    for step in sorted(steps):
        first = step * width + 1 if first is None else first
        held += steps[step]
        if held >= enough:
            ranges.append((first, (step + 1) * width))
            first, held = None, 0
    return _with_true_ends(ranges, first, min(lengths), max(lengths))


def _with_true_ends(
    ranges: list[tuple[int, int]], rest: int | None, shortest: int, longest: int
) -> list[tuple[int, int]]:
    """Merge the lines from `rest` on, too few for a range, into the last one; mend both ends."""
    if not ranges:
        return [(rest if shortest > 0 and rest is not None else shortest, longest)]
    ranges[-1] = (ranges[-1][0], longest)
    if shortest == 0:
        ranges[0] = (0, ranges[0][1])
    return ranges


def bleu_or_none(
    ours: Sequence[str], gold: Sequence[str], tokenizer: str, lowercase: bool
) -> float | None:
    """BLEU, 0 to 100; None where every reference is too short for it, which needs four tokens."""
    score = bleu(ours, gold, tokenizer=tokenizer, lowercase=lowercase).score
    if score > 0.0:
        return score
    best = bleu(gold, gold, tokenizer=tokenizer, lowercase=lowercase).score
    return score if best > 0.0 else None  # where not even the references would score
