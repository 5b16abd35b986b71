"""Exact match and edit rates of lines, for words, phones and characters.

Runs of white space count as one space everywhere, since tokenizers do not keep them. Nothing else
is normalised: case, accents and Unicode composition count. Knows nothing of models or files.

Grapheme-to-phoneme papers call the share of words with any error "word error rate": there a line is
a word, so that this WER is 100 - `exact_match`, and the PER is the `token_error_rate` of phones.
Speech and translation call the token error rate of words "word error rate".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from seq2seq_cli.scoring.score import check_lines


@dataclass(frozen=True, slots=True)
class LineEdits:
    """How far one hypothesis is from its reference."""

    edits: int
    """Fewest insertions, deletions and substitutions of one unit that make them equal."""
    length: int
    """Units of the reference."""


def exact_matches(hypotheses: Sequence[str], references: Sequence[str]) -> list[bool]:
    """For each line, whether it equals its reference up to runs of white space."""
    check_lines(hypotheses, references)
    pairs = zip(hypotheses, references, strict=True)
    return [hypothesis.split() == reference.split() for hypothesis, reference in pairs]


def exact_match(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """Share of lines that equal their reference up to runs of white space, in percent.

    100 minus this is the word error rate of grapheme-to-phoneme papers, where a line is a word.
    """
    return share(exact_matches(hypotheses, references))


def token_edits(
    hypotheses: Sequence[str], references: Sequence[str], tokens: Callable[[str], Sequence[str]]
) -> list[LineEdits]:
    """Edits over the tokens that `tokens` makes of each line."""
    check_lines(hypotheses, references)
    pairs = zip(hypotheses, references, strict=True)
    return [_edits(tokens(hypothesis), tokens(reference)) for hypothesis, reference in pairs]


def character_edits(hypotheses: Sequence[str], references: Sequence[str]) -> list[LineEdits]:
    """Edits over code points, single spaces between words included."""
    return token_edits(hypotheses, references, lambda line: " ".join(line.split()))


def error_rate(edits: Iterable[LineEdits]) -> float:
    """All edits by all units of the references, in percent: not the mean of the lines' rates.

    It exceeds 100 where hypotheses are much too long. An empty reference adds the length of its
    hypothesis to the edits. Where all references are empty the rate is 0 without edits, else 100,
    as sacreBLEU has it for TER.
    """
    lines = list(edits)
    total, length = sum(line.edits for line in lines), sum(line.length for line in lines)
    if length == 0:
        return 100.0 if total else 0.0
    return 100.0 * total / length


def share(flags: Sequence[bool]) -> float:
    """Percentage of `flags` that are true; 0 where there are none."""
    return 100.0 * sum(flags) / len(flags) if flags else 0.0


def _edits(hypothesis: Sequence[str], reference: Sequence[str]) -> LineEdits:
    return LineEdits(Levenshtein.distance(hypothesis, reference), len(reference))
