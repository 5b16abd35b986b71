"""Tokenizers of symbols: single characters, or what white space already separates.

Knows nothing of words: for spelling and sounds, where each symbol counts.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from seq2seq_cli.text.encoding import (
    ESCAPE,
    TOKENIZER_FORMAT,
    Decoding,
    Encoding,
    Tokenizer,
    escape,
    unescape,
)
from seq2seq_cli.text.visible import visible

SPACE = "▁"
_SYMBOL = re.compile(r"\s+|\S")
_CHUNK = re.compile(r"\S+")
_CHARACTER_TOKENS = {" ": SPACE, SPACE: escape(SPACE, SPACE), ESCAPE: escape(ESCAPE, SPACE)}


class CharTokenizer(Tokenizer):
    """Each character a token, each run of white space between characters `▁`.

    A `▁` of the raw text is written `％2581`, and `％` as `％ff05`.
    """

    kind = "char"

    def encode(self, line: str) -> Encoding:
        begin = len(line) - len(line.lstrip())
        spans = tuple(match.span() for match in _SYMBOL.finditer(line.rstrip(), begin))
        return Encoding(tuple(_characters(line)), spans)

    def tokens_batch(self, lines: Iterable[str]) -> list[list[str]]:
        return [_characters(line) for line in lines]

    def decode(self, tokens: Sequence[str]) -> Decoding:
        return decode_spaced(tokens, lambda core: unescape(core, SPACE))

    def literal(self, text: str) -> str:
        return escape(text, SPACE)

    def display(self, token: str) -> str:
        return "␣" if token == SPACE else visible(unescape(token, SPACE))

    def to_json(self) -> dict[str, object]:
        return {"format": TOKENIZER_FORMAT, "kind": self.kind}


class SpaceTokenizer(Tokenizer):
    """What white space separates is a token: text that is tokenized already, such as phones."""

    kind = "space"

    def encode(self, line: str) -> Encoding:
        matches = list(_CHUNK.finditer(line))
        return Encoding(
            tuple(match.group() for match in matches), tuple(match.span() for match in matches)
        )

    def tokens_batch(self, lines: Iterable[str]) -> list[list[str]]:
        return [line.split() for line in lines]

    def decode(self, tokens: Sequence[str]) -> Decoding:
        offsets: list[tuple[int, int]] = []
        start = 0
        for token in tokens:
            offsets.append((start, start + len(token)))
            start += len(token) + 1
        return Decoding(" ".join(tokens), tuple(offsets))

    def literal(self, text: str) -> str:
        return text

    def display(self, token: str) -> str:
        return visible(token)

    def to_json(self) -> dict[str, object]:
        return {"format": TOKENIZER_FORMAT, "kind": self.kind}


def decode_spaced(tokens: Sequence[str], raw: Callable[[str], str]) -> Decoding:
    """The text of tokens in which a first `▁` means a space; `raw` restores the rest of a token.

    Spaces at the ends are left out and several become one. A `▁` alone has an empty span where the
    next word starts.
    """
    parts: list[str] = []
    offsets: list[tuple[int, int]] = []
    length, space = 0, 0
    for token in tokens:
        core = token.removeprefix(SPACE)
        if core != token and length:
            space = 1
        start = length + space
        core = raw(core)
        if core:
            parts.append(" " * space + core)
            length, space = start + len(core), 0
        offsets.append((start, start + len(core)))
    clipped = tuple((min(start, length), min(end, length)) for start, end in offsets)
    return Decoding("".join(parts), clipped)


def _characters(line: str) -> list[str]:
    tokens = list(" ".join(line.split()))
    if _CHARACTER_TOKENS.keys().isdisjoint(tokens):
        return tokens
    return [_CHARACTER_TOKENS.get(character, character) for character in tokens]
