"""The public face of tokenizers: the kinds by name, training them, reading them from JSON.

Knows nothing of how each kind works.
"""

from collections.abc import Callable, Iterable

from seq2seq_cli.errors import InputError
from seq2seq_cli.text import checks
from seq2seq_cli.text.encoding import TOKENIZER_FORMAT, Decoding, Encoding, Offsets, Tokenizer
from seq2seq_cli.text.features import MOST_COLUMNS, FeatureTokenizer, check_separator
from seq2seq_cli.text.normalization import WRITTEN_FORMS, NormalizedTokenizer, as_form
from seq2seq_cli.text.segmentation import group_pieces, word_spans
from seq2seq_cli.text.subwords import SUBWORD_KINDS, subwords_from_json, train_subwords
from seq2seq_cli.text.symbols import CharTokenizer, SpaceTokenizer
from seq2seq_cli.text.visible import visible
from seq2seq_cli.text.words import WordTokenizer

__all__ = [
    "TOKENIZER_KINDS",
    "Decoding",
    "Encoding",
    "Offsets",
    "Tokenizer",
    "group_pieces",
    "tokenizer_from_json",
    "train_tokenizer",
    "word_spans",
]

_UNTRAINED: dict[str, Callable[[], Tokenizer]] = {
    "word": WordTokenizer,
    "char": CharTokenizer,
    "space": SpaceTokenizer,
}
TOKENIZER_KINDS = (*_UNTRAINED, *SUBWORD_KINDS)


def train_tokenizer(kind: str, lines: Iterable[str], *, vocabulary_size: int = 8000) -> Tokenizer:
    """A tokenizer of this kind, learned from lines if it is one that learns.

    Args:
        kind: one of `TOKENIZER_KINDS`.
        lines: raw lines; bpe and unigram read them once, word, char and space not at all.
        vocabulary_size: pieces at most, for bpe and unigram.

    Raises:
        InputError: if the kind is unknown, the size out of range or the lines hold no text.
        WorkError: if learning fails.
    """
    if kind in _UNTRAINED:
        return _UNTRAINED[kind]()
    if kind not in SUBWORD_KINDS:
        raise InputError(
            f"there is no tokenizer {visible(kind)}; choose one of {', '.join(TOKENIZER_KINDS)}."
        )
    return train_subwords(kind, lines, vocabulary_size=vocabulary_size)


def tokenizer_from_json(data: object, *, origin: str) -> Tokenizer:
    """The tokenizer that `Tokenizer.to_json` described.

    Args:
        data: a parsed JSON value, not trusted.
        origin: what to call it in messages, usually its file.

    Raises:
        InputError: if it is not a tokenizer.
    """
    fields = data if isinstance(data, dict) else {}
    kind = fields.get("kind")
    if "format" in fields:
        checks.format_number(fields["format"], TOKENIZER_FORMAT, origin)
    if isinstance(kind, str) and kind in SUBWORD_KINDS:
        return subwords_from_json(kind, data, origin)
    if isinstance(kind, str) and kind in _AROUND:
        return _AROUND[kind](data, origin)
    checks.mapping(data, ("format", "kind"), origin)
    if not isinstance(kind, str) or kind not in _UNTRAINED:
        raise checks.damaged(
            origin,
            f"expected a tokenizer of kind {', '.join(TOKENIZER_KINDS)}, "
            f"found {visible(repr(kind)[:60])}",
        )
    return _UNTRAINED[kind]()


def _with_features(data: object, origin: str) -> Tokenizer:
    fields = checks.mapping(data, ("format", "kind", "columns", "separator", "inner"), origin)
    columns, separator = fields["columns"], fields["separator"]
    if type(columns) is not int or not 1 <= columns <= MOST_COLUMNS:
        found = visible(repr(columns)[:60])
        raise checks.damaged(origin, f"expected 1 to {MOST_COLUMNS} columns, found {found}")
    separator = checks.text(separator, "a separator", origin)
    check_separator(separator)
    inner = _inner(fields["inner"], (*_UNTRAINED, *SUBWORD_KINDS), origin)
    return FeatureTokenizer(inner, columns=columns, separator=separator)


def _normalized(data: object, origin: str) -> Tokenizer:
    fields = checks.mapping(data, ("format", "kind", "form", "written", "inner"), origin)
    form, written = as_form(fields["form"]), as_form(fields["written"])
    if form is None or written is None or written not in WRITTEN_FORMS:
        found = visible(f"{fields['form']!r:.60} and {fields['written']!r:.60}")
        raise checks.damaged(origin, f"expected two Unicode normal forms, found {found}")
    inner = _inner(fields["inner"], ("features", *_UNTRAINED, *SUBWORD_KINDS), origin)
    return NormalizedTokenizer(inner, form=form, written=written)


def _inner(data: object, kinds: tuple[str, ...], origin: str) -> Tokenizer:
    """A tokenizer inside another; which kinds may stand there bounds how deep a file can go."""
    if not isinstance(data, dict) or data.get("kind") not in kinds:
        raise checks.damaged(origin, f"expected an inner tokenizer of kind {', '.join(kinds)}")
    return tokenizer_from_json(data, origin=origin)


_AROUND: dict[str, Callable[[object, str], Tokenizer]] = {
    "features": _with_features,
    "normalized": _normalized,
}
