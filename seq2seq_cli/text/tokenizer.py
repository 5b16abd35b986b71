"""The public face of tokenizers: the kinds by name, training them, reading them from JSON.

Knows nothing of how each kind works.
"""

from collections.abc import Callable, Iterable

from seq2seq_cli.errors import InputError
from seq2seq_cli.text import checks
from seq2seq_cli.text.encoding import TOKENIZER_FORMAT, Decoding, Encoding, Offsets, Tokenizer
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
    checks.mapping(data, ("format", "kind"), origin)
    if not isinstance(kind, str) or kind not in _UNTRAINED:
        raise checks.damaged(
            origin,
            f"expected a tokenizer of kind {', '.join(TOKENIZER_KINDS)}, "
            f"found {visible(repr(kind)[:60])}",
        )
    return _UNTRAINED[kind]()
