"""Which tokenizers a dataset gets: what the user said, else what the corpus suggests.

Knows nothing of files; it sees a sample of the training pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from seq2seq_cli.batching.settings import (
    DEFAULT_ENTRIES,
    DEFAULT_PIECES,
    DEFAULT_RATIO,
    SUBWORDS,
    TEXT_KINDS,
    PrepareSettings,
)
from seq2seq_cli.corpus.suggest import Suggestion, suggest
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.tokenizer import Tokenizer, train_tokenizer

_BUILTIN = Suggestion(
    source="word",
    source_reason="the built-in corpus is made of words",
    target="word",
    target_reason="the built-in corpus is made of words",
    preset="demo",
)
_ASKED = "it was asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Tokenizer kinds and what follows from them.

    Attributes:
        source_reason, target_reason: why, as the end of a sentence.
        joint: whether one subword tokenizer serves both sides.
        preset: the training preset that fits.
        max_ratio: most times that one side of a training pair may be as long as the other.
        pieces: most subwords of one tokenizer.
        entries: most vocabulary entries of a side that is not made of subwords.
    """

    source: str
    source_reason: str
    target: str
    target_reason: str
    joint: bool
    preset: str
    max_ratio: float | None
    pieces: int
    entries: int

    def limit(self, kind: str) -> int | None:
        """Most vocabulary entries of a side; None for subwords, which are bounded already."""
        return None if kind in SUBWORDS else self.entries


def choose(
    sample: Sequence[tuple[str, str]], settings: PrepareSettings, *, builtin: bool
) -> Choice:
    """Decide, the user's word first.

    Raises:
        InputError: if one joint tokenizer is asked for where there cannot be one.
    """
    suggestion = _BUILTIN if builtin else suggest(sample)
    source = settings.source_tokenizer or suggestion.source
    target = settings.target_tokenizer or suggestion.target
    can_be_joint = source == target and source in SUBWORDS
    if settings.joint and not can_be_joint:
        raise InputError(
            f"--joint needs bpe or unigram on both sides; here the source is {source} and the "
            f"target {target}. Give --tokenizer bpe, or leave --joint out."
        )
    both_text = source in TEXT_KINDS and target in TEXT_KINDS
    return Choice(
        source=source,
        source_reason=_ASKED if settings.source_tokenizer else suggestion.source_reason,
        target=target,
        target_reason=_ASKED if settings.target_tokenizer else suggestion.target_reason,
        joint=can_be_joint if settings.joint is None else settings.joint,
        preset=suggestion.preset,
        max_ratio=settings.max_ratio or (DEFAULT_RATIO if both_text else None),
        pieces=settings.vocabulary_limit or DEFAULT_PIECES,
        entries=settings.vocabulary_limit or DEFAULT_ENTRIES,
    )


def train_tokenizers(
    sample: Sequence[tuple[str, str]], choice: Choice
) -> tuple[Tokenizer, Tokenizer]:
    """The tokenizers of source and target, trained on the sample where they need it."""
    sources = (source for source, _ in sample)
    targets = (target for _, target in sample)
    if choice.joint:
        both = train_tokenizer(
            choice.source, chain(sources, targets), vocabulary_size=choice.pieces
        )
        return both, both
    return (
        train_tokenizer(choice.source, sources, vocabulary_size=choice.pieces),
        train_tokenizer(choice.target, targets, vocabulary_size=choice.pieces),
    )
