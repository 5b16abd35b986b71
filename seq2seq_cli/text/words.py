"""Word tokens: Unicode words and punctuation, with join marks that make them reversible.

Knows nothing of what a word is (segmentation decides) or how often one occurs.
"""

from collections.abc import Sequence
from itertools import pairwise

from seq2seq_cli.text.encoding import (
    TOKENIZER_FORMAT,
    ChunkTokenizer,
    Decoding,
    Encoding,
    escape,
    unescape,
)
from seq2seq_cli.text.segmentation import word_spans
from seq2seq_cli.text.visible import visible

JOINER = "￭"
_APOSTROPHES = ("'", "’")


class WordTokenizer(ChunkTokenizer):
    """Words and punctuation; `￭` on a token says that no space was on that side of it.

    Of two tokens that touch, punctuation bears the mark: `(￭ hello ￭)`, `l'￭ ami`. A `￭` of the raw
    text is written `￭` escaped, as `％ffed`, and `％` as `％ff05`.
    """

    kind = "word"

    def encode_chunks(self, chunks: Sequence[str]) -> list[Encoding]:
        return [_encode_chunk(chunk) for chunk in chunks]

    def decode(self, tokens: Sequence[str]) -> Decoding:
        parts: list[str] = []
        offsets: list[tuple[int, int]] = []
        length, joined = 0, True
        for token in tokens:
            core = token.removeprefix(JOINER)
            if not joined and core == token:
                parts.append(" ")
                length += 1
            core = unescape(core.removesuffix(JOINER), JOINER)
            parts.append(core)
            offsets.append((length, length + len(core)))
            length += len(core)
            joined = token.endswith(JOINER) or length == 0
        return Decoding("".join(parts), tuple(offsets))

    def literal(self, text: str) -> str:
        return escape(text, JOINER)

    def display(self, token: str) -> str:
        return visible(unescape(token.removeprefix(JOINER).removesuffix(JOINER), JOINER))

    def to_json(self) -> dict[str, object]:
        return {"format": TOKENIZER_FORMAT, "kind": self.kind}


def _encode_chunk(chunk: str) -> Encoding:
    spans = word_spans(chunk)
    raw = [chunk[start:end] for start, end in spans]
    tokens = [escape(token, JOINER) for token in raw]
    for index, (left, right) in enumerate(pairwise(raw)):
        if right[0].isalnum() and not _is_plain(left):
            tokens[index] += JOINER
        else:
            tokens[index + 1] = JOINER + tokens[index + 1]
    return Encoding(tuple(tokens), spans)


def _is_plain(token: str) -> bool:
    """Whether `token` is a word that is no elision: it bears no mark for what follows."""
    return token[0].isalnum() and not token.endswith(_APOSTROPHES)
