"""Which tokenizers a dataset gets: what the user said, else what the corpus suggests.

Knows nothing of files; it sees a sample of the training pairs.
"""

from collections.abc import Iterator, Sequence
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
from seq2seq_cli.corpus.suggest import Suggestion, script_of, suggest
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.features import COLUMN, FeatureTokenizer
from seq2seq_cli.text.normalization import (
    Form,
    NormalizedTokenizer,
    count_lost,
    form_of,
    normalized,
)
from seq2seq_cli.text.tokenizer import Tokenizer, train_tokenizer

_ASKED = "it was asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Tokenizer kinds and what follows from them.

    Attributes:
        source_reason, target_reason: why, as the end of a sentence.
        joint: whether one subword tokenizer serves both sides.
        preset: the training preset that fits.
        preset_reason: why, as the end of a sentence.
        source_form, target_form: Unicode normal form of each side; None: as it is.
        feature_columns: columns of features that follow the text of a source.
        feature_separator: what stands between the features of a column.
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
    preset_reason: str
    source_form: Form | None
    target_form: Form | None
    feature_columns: int
    feature_separator: str
    max_ratio: float | None
    pieces: int
    entries: int

    def limit(self, kind: str) -> int | None:
        """Most vocabulary entries of a side; None for subwords, which are bounded already."""
        return None if kind in SUBWORDS else self.entries


def choose(
    sample: Sequence[tuple[str, str]],
    settings: PrepareSettings,
    *,
    suggestion: Suggestion | None = None,
    feature_columns: int = 0,
) -> Choice:
    """Decide, the user's word first.

    Args:
        sample: training pairs; columns of features follow their sources.
        settings: the user's word.
        suggestion: what is known to fit; None: it is found by a look at the sample.
        feature_columns: how many columns of features there are.

    Raises:
        InputError: if one joint tokenizer is asked for where there cannot be one.
    """
    suggestion = suggestion or _suggested(sample, feature_columns)
    source = settings.source_tokenizer or suggestion.source
    target = settings.target_tokenizer or suggestion.target
    can_be_joint = source == target and source in SUBWORDS
    if settings.joint and not can_be_joint:
        raise InputError(
            f"--joint needs bpe or unigram on both sides; here the source is {source} and the "
            f"target {target}. Give --tokenizer bpe, or leave --joint out."
        )
    preset, why = suggestion.preset, suggestion.preset_reason
    if preset == "mt" and (source, target) == ("char", "space"):
        preset, why = "g2p", "characters become symbols between spaces"
    both_text = source in TEXT_KINDS and target in TEXT_KINDS
    return Choice(
        source=source,
        source_reason=_ASKED if settings.source_tokenizer else suggestion.source_reason,
        target=target,
        target_reason=_ASKED if settings.target_tokenizer else suggestion.target_reason,
        joint=can_be_joint if settings.joint is None else settings.joint,
        preset=preset,
        preset_reason=why,
        source_form=settings.source_form,
        target_form=settings.target_form,
        feature_columns=feature_columns,
        feature_separator=settings.feature_separator,
        max_ratio=settings.max_ratio or (DEFAULT_RATIO if both_text else None),
        pieces=settings.vocabulary_limit or DEFAULT_PIECES,
        entries=settings.vocabulary_limit or DEFAULT_ENTRIES,
    )


def _suggested(sample: Sequence[tuple[str, str]], feature_columns: int) -> Suggestion:
    if not feature_columns:
        return suggest(sample)
    return suggest([(_text(source), target) for source, target in sample], features=True)


def train_tokenizers(
    sample: Sequence[tuple[str, str]], choice: Choice
) -> tuple[Tokenizer, Tokenizer]:
    """The tokenizers of source and target, trained on the sample where they need it."""
    source_lines = (normalized(line, choice.source_form) for line in _sources(sample, choice))
    target_lines = (normalized(line, choice.target_form) for _, line in sample)
    if choice.joint:
        both = chain(source_lines, target_lines)
        source = target = train_tokenizer(choice.source, both, vocabulary_size=choice.pieces)
    else:
        source = train_tokenizer(choice.source, source_lines, vocabulary_size=choice.pieces)
        target = train_tokenizer(choice.target, target_lines, vocabulary_size=choice.pieces)
    if choice.feature_columns:
        separator = normalized(choice.feature_separator, choice.source_form)
        source = FeatureTokenizer(source, columns=choice.feature_columns, separator=separator)
    return (
        _normalizing(source, choice.source_form, _sources(sample, choice)),
        _normalizing(target, choice.target_form, (target for _, target in sample)),
    )


def _sources(sample: Sequence[tuple[str, str]], choice: Choice) -> Iterator[str]:
    """The texts of the sources, one at a time: a sample may be most of what is in memory."""
    return (_text(source) if choice.feature_columns else source for source, _ in sample)


def _normalizing(tokenizer: Tokenizer, form: Form | None, lines: Iterator[str]) -> Tokenizer:
    if form is None:
        return tokenizer
    return NormalizedTokenizer(tokenizer, form=form, written=form_of(lines))


def form_notes(sample: Sequence[tuple[str, str]], choice: Choice) -> tuple[str, ...]:
    """What a user should know of Unicode normal forms in this corpus, in whole sentences."""
    return (*_syllable_note(sample, choice), *_lost_note(sample, choice))


def _syllable_note(sample: Sequence[tuple[str, str]], choice: Choice) -> tuple[str, ...]:
    """Korean letters to phones: 75.9 % of words right with nfd, 64.8 % without, in equal time."""
    if choice.source != "char" or choice.source_form is not None:
        return ()
    if script_of(_text(source) for source, _ in sample) != "Hangul":
        return ()
    return (
        "the source is written in syllables of Hangul: --src-normalize nfd makes each of their "
        "letters a token, which learns from far fewer words.",
    )


def _lost_note(sample: Sequence[tuple[str, str]], choice: Choice) -> tuple[str, ...]:
    """That some targets cannot be written as they were given."""
    if choice.target_form is None:
        return ()
    written = form_of(target for _, target in sample)
    lost = count_lost((target for _, target in sample), choice.target_form, written)
    if not lost:
        return ()
    return (
        f"{lost:,} of {len(sample):,} training targets that were looked at do not come back as "
        f"they are from {choice.target_form}: hypotheses are written in {written}, and references "
        "are compared as they are. --tgt-normalize says how targets are normalised.",
    )


def _text(source: str) -> str:
    return source.partition(COLUMN)[0]
