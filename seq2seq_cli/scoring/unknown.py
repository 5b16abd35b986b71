"""Words of a test set that a model does not know, and what became of them.

A word of the source is followed to the target tokens that looked at it most; a word of the
references, which the model cannot write, to what the hypothesis has in its place. Knows nothing of
files.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from seq2seq_cli.scoring.confusion import aligned_symbols
from seq2seq_cli.scoring.strings import share
from seq2seq_cli.search.hypothesis import Hypothesis
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.vocabulary import UNK


@dataclass(kw_only=True)
class UnknownWord:
    """A token of the text that the vocabulary lacks."""

    count: int = 0
    became: Counter[str | None] = field(default_factory=Counter)
    """Tokens of hypotheses, with counts; None: nothing stands for it."""

    def most_common(self) -> list[tuple[str | None, int]]:
        """What it became, most frequent first."""
        return sorted(self.became.items(), key=lambda item: (-item[1], item[0] or ""))


@dataclass(frozen=True, kw_only=True)
class UnknownWords:
    """One side of all lines."""

    side: str
    """`source` or `reference`."""
    tokens: int
    """All of them."""
    lines: int
    """Lines that have an unknown one."""
    right_with: float
    """Exact match of these lines, in percent; 0 where there are none."""
    right_without: float
    """Exact match of the others."""
    words: dict[str, UnknownWord]
    """By word, most frequent first."""

    @property
    def count(self) -> int:
        """Unknown tokens."""
        return sum(word.count for word in self.words.values())

    def to_json(self) -> dict[str, Any]:
        """The figures, and `words` with what each became."""
        return {
            "tokens": self.tokens,
            "unknown": self.count,
            "lines": self.lines,
            "exact_match_with": self.right_with,
            "exact_match_without": self.right_without,
            "words": [
                {"word": word, "count": one.count, "became": one.most_common()}
                for word, one in self.words.items()
            ],
        }


Occurrences = list[tuple[str, list[str | None]]]
"""The unknown words of a line, with what became of each."""


def unknown_in_sources(
    sources: Sequence[str],
    best: Sequence[Hypothesis | None],
    written: Sequence[Sequence[str]],
    right: Sequence[bool],
    *,
    source: Codec,
    target: Codec,
) -> UnknownWords:
    """Unknown tokens of the sources, with the target tokens that looked at each most.

    Args:
        sources: raw lines
        best: their hypotheses
        written: the tokens of each, see `Translator.written`
        right: whether each is the reference
        source: encodes the lines
        target: decodes the hypotheses
    """
    encoded = source.encode_batch_with_offsets(sources)
    lines: list[Occurrences] = []
    rows = zip(encoded, sources, best, written, strict=True)
    for (ids, encoding), line, found, tokens in rows:
        looking = _looking_at(found, tokens, target)
        spans = enumerate(zip(ids, encoding.offsets, strict=True))
        lines.append(
            [
                (line[start:end], looking.get(place) or [None])
                for place, (id_, (start, end)) in spans
                if id_ == UNK
            ]
        )
    return _summed("source", lines, sum(len(ids) for ids, _ in encoded), right)


def unknown_in_references(
    references: Sequence[str],
    written: Sequence[Sequence[str]],
    right: Sequence[bool],
    *,
    target: Codec,
) -> UnknownWords:
    """Unknown tokens of the references, with what was written in their place."""
    encoded = target.encode_batch_with_offsets(references)
    lines: list[Occurrences] = []
    for (ids, encoding), line, hypothesis in zip(encoded, references, written, strict=True):
        wanted = ["" if id_ == UNK else target.vocabulary.token(id_) for id_ in ids]
        aligned = aligned_symbols(wanted, hypothesis)
        in_place = aligned[: len(ids)]  # what was inserted comes after it
        spans = zip(wanted, in_place, encoding.offsets, strict=True)
        lines.append(
            [
                (line[start:end], [_shown(became, target)])
                for token, (_, became), (start, end) in spans
                if not token
            ]
        )
    return _summed("reference", lines, sum(len(ids) for ids, _ in encoded), right)


def _looking_at(
    found: Hypothesis | None, written: Sequence[str], target: Codec
) -> dict[int, list[str | None]]:
    """For each place of the source, the target tokens whose strongest weight is there."""
    looking: dict[int, list[str | None]] = {}
    if found is None or not found.weights.any():
        return looking
    for token, weights in zip(written, found.token_weights, strict=True):
        looking.setdefault(int(weights.argmax()), []).append(_shown(token, target))
    return looking


def _shown(token: str | None, target: Codec) -> str | None:
    return None if token is None else target.tokenizer.display(token)


def _summed(
    side: str, lines: Sequence[Occurrences], tokens: int, right: Sequence[bool]
) -> UnknownWords:
    words: dict[str, UnknownWord] = {}
    for word, became in (occurrence for line in lines for occurrence in line):
        one = words.setdefault(word, UnknownWord())
        one.count += 1
        one.became.update(became)
    by_count = sorted(words.items(), key=lambda item: (-item[1].count, item[0]))
    having = [bool(line) for line in lines]
    pairs = list(zip(right, having, strict=True))
    return UnknownWords(
        side=side,
        tokens=tokens,
        lines=sum(having),
        right_with=share([flag for flag, has_unknown in pairs if has_unknown]),
        right_without=share([flag for flag, has_unknown in pairs if not has_unknown]),
        words=dict(by_count),
    )
