"""All scores of a set of lines: what `evaluate` reports and what training chooses models by.

One code path: a validation score is the same figure as in the evaluation of the same lines. Knows
nothing of models, datasets or files.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.buckets import Bucket, score_buckets
from seq2seq_cli.scoring.intervals import wilson_interval
from seq2seq_cli.scoring.score import Score, check_lines
from seq2seq_cli.scoring.strings import (
    character_edits,
    error_rate,
    exact_match,
    exact_matches,
    share,
    token_edits,
)
from seq2seq_cli.scoring.translation import bleu, chrf, ter

__all__ = ["Bucket", "Evaluation", "Score", "evaluate_lines", "validation_score"]

VALIDATION_METRICS = ("bleu", "chrf", "exact_match")
"""What `validation_score` can compute; higher is better."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The scores of a set of lines, each on the scale of 0 to 100."""

    scores: dict[str, Score]
    """`bleu`, `chrf`, `ter`, `exact_match`, `token_error_rate`, `character_error_rate`."""
    buckets: tuple[Bucket, ...]
    """By source length, shortest first; together they hold all lines."""
    count: int
    """Lines."""

    def to_json(self) -> dict[str, object]:
        """`count`, each score under its key, and `by_source_length`, a list of buckets."""
        return {
            "count": self.count,
            **{name: score.to_json() for name, score in self.scores.items()},
            "by_source_length": [bucket.to_json() for bucket in self.buckets],
        }


def evaluate_lines(
    *,
    hypotheses: Sequence[str],
    references: Sequence[str],
    source_lengths: Iterable[int],
    tokens: Callable[[str], Sequence[str]],
    bleu_tokenizer: str = "13a",
    lowercase: bool = False,
    confidence: bool = False,
) -> Evaluation:
    """Score raw detokenized hypotheses against raw references, line by line.

    `source_lengths` are in tokens, one per line; `tokens` splits a line of the target into the
    units of the token error rate, as `error_units` does. `lowercase` makes BLEU and chrF ignore
    case; TER always does, exact match and error rates never. `confidence` adds intervals to all but
    the error rates. Raises `InputError` for different
    numbers of lines or none, and for a BLEU tokenizer that is unknown or not installed.
    """
    check_lines(hypotheses, references)
    lengths = _checked_lengths(source_lengths, references)
    matches = exact_matches(hypotheses, references)
    edits = token_edits(hypotheses, references, tokens)
    scores = {
        "bleu": bleu(
            hypotheses,
            references,
            tokenizer=bleu_tokenizer,
            lowercase=lowercase,
            confidence=confidence,
        ),
        "chrf": chrf(hypotheses, references, lowercase=lowercase, confidence=confidence),
        "ter": ter(hypotheses, references, confidence=confidence),
        "exact_match": Score(
            score=share(matches),
            interval=wilson_interval(sum(matches), len(matches)) if confidence else None,
        ),
        "token_error_rate": Score(score=error_rate(edits)),
        "character_error_rate": Score(score=error_rate(character_edits(hypotheses, references))),
    }
    buckets = score_buckets(
        source_lengths=lengths,
        hypotheses=hypotheses,
        references=references,
        matches=matches,
        edits=edits,
        tokenizer=bleu_tokenizer,
        lowercase=lowercase,
    )
    return Evaluation(scores=scores, buckets=buckets, count=len(references))


def validation_score(
    metric: str,
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    bleu_tokenizer: str = "13a",
    lowercase: bool = False,
) -> float:
    """The figure of `metric` (`bleu`, `chrf` or `exact_match`), 0 to 100; higher is better.

    Equal to that of `evaluate_lines` on the same lines with the same options. Raises `InputError`
    as it does, and for another metric.
    """
    return metric_score(
        metric, hypotheses, references, bleu_tokenizer=bleu_tokenizer, lowercase=lowercase
    ).score


def metric_score(
    metric: str,
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    bleu_tokenizer: str = "13a",
    lowercase: bool = False,
) -> Score:
    """The same with its signature, where it has one."""
    if metric == "bleu":
        return bleu(hypotheses, references, tokenizer=bleu_tokenizer, lowercase=lowercase)
    if metric == "chrf":
        return chrf(hypotheses, references, lowercase=lowercase)
    if metric == "exact_match":
        return Score(score=exact_match(hypotheses, references))
    raise InputError(
        f"Unknown metric {metric!r}; lines can be scored by: {', '.join(VALIDATION_METRICS)}."
    )


def _checked_lengths(source_lengths: Iterable[int], references: Sequence[str]) -> list[int]:
    lengths = [int(length) for length in source_lengths]
    if len(lengths) != len(references):
        raise InputError(
            f"Scoring by length needs one source line for each reference; found "
            f"{len(lengths)} source lines and {len(references)} references."
        )
    return lengths
