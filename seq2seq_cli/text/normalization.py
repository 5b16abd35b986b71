"""Tokens of text in a Unicode normal form, and text back in the form that it was given in.

Decomposed (`nfd`), Korean syllables are letters and Vietnamese letters are bases with marks, which
a model of characters can share. Knows nothing of how the text becomes tokens.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Literal, get_args
from unicodedata import combining, is_normalized, lookup, name, normalize

from seq2seq_cli.text.encoding import (
    TOKENIZER_FORMAT,
    Decoding,
    Encoding,
    Offsets,
    Tokenizer,
)

Form = Literal["nfc", "nfd", "nfkc"]
FORMS: tuple[Form, ...] = get_args(Form)
WRITTEN_FORMS: tuple[Form, ...] = ("nfc", "nfd")
_UNICODE_NAMES: dict[Form, Literal["NFC", "NFD", "NFKC"]] = {
    "nfc": "NFC",
    "nfd": "NFD",
    "nfkc": "NFKC",
}
_CONJOINING = ("HANGUL CHOSEONG ", "HANGUL JUNGSEONG ", "HANGUL JONGSEONG ")


class NormalizedTokenizer(Tokenizer):
    """Another tokenizer behind a Unicode normal form (Unicode Standard Annex 15).

    Offsets are those of the line as it was given: each character that one letter was decomposed
    into has the place of that letter.

    Args:
        inner: the tokenizer of normalised lines.
        form: what lines are normalised to, one of `FORMS`.
        written: what decoded text is composed to, `nfc` or `nfd`: the form of the training lines.
    """

    def __init__(self, inner: Tokenizer, *, form: Form, written: Form) -> None:
        self.kind, self.has_pieces = inner.kind, inner.has_pieces
        self.feature_columns = inner.feature_columns
        self.feature_separator = inner.feature_separator
        self.inner, self.form, self.written = inner, form, written

    def text_of(self, line: str) -> str:
        return self.inner.text_of(line)

    def most_tokens(self, line: str) -> int:
        return self.inner.most_tokens(normalized(line, self.form))

    def encode(self, line: str) -> Encoding:
        normal = normalized(line, self.form)
        encoding = self.inner.encode(normal)
        if normal == line:
            return encoding
        segments = _segments(line, self.form)
        places = [(old, old_end) for old, old_end, new, end in segments for _ in range(new, end)]
        offsets = _moved(encoding.offsets, places, len(line))
        return Encoding(encoding.tokens, offsets, encoding.leading_features)

    def tokens_batch(self, lines: Iterable[str]) -> list[list[str]]:
        return self.inner.tokens_batch(normalized(line, self.form) for line in lines)

    def decode(self, tokens: Sequence[str]) -> Decoding:
        decoding = self.inner.decode(tokens)
        text = normalized(decoding.text, self.written)
        if text == decoding.text:
            return decoding
        segments = _segments(decoding.text, self.written)
        places = [(new, end) for old, old_end, new, end in segments for _ in range(old, old_end)]
        return Decoding(text, _moved(decoding.offsets, places, len(text)))

    def literal(self, text: str) -> str:
        return self.inner.literal(text)

    def display(self, token: str) -> str:
        return "".join(map(_standing, self.inner.display(token)))

    def to_json(self) -> dict[str, object]:
        return {
            "format": TOKENIZER_FORMAT,
            "kind": "normalized",
            "form": self.form,
            "written": self.written,
            "inner": self.inner.to_json(),
        }


def normalized(text: str, form: Form | None) -> str:
    """`text` in a normal form; as it is for None."""
    return text if form is None or text.isascii() else normalize(_UNICODE_NAMES[form], text)


def form_of(lines: Iterable[str]) -> Form:
    """`nfd` where more lines are decomposed than composed, else `nfc`."""
    composed = decomposed = 0
    for line in lines:
        if not line.isascii():
            is_nfc, is_nfd = is_normalized("NFC", line), is_normalized("NFD", line)
            composed += is_nfc and not is_nfd
            decomposed += is_nfd and not is_nfc
    return "nfd" if decomposed > composed else "nfc"


def count_lost(lines: Iterable[str], form: Form, written: Form) -> int:
    """How many lines do not come back as they were given, after `form` and then `written`."""
    return sum(normalized(normalized(line, form), written) != line for line in lines)


def as_form(value: object) -> Form | None:
    """The form that a value names; None where it names none."""
    return next((form for form in FORMS if form == value), None)


def _segments(text: str, form: Form) -> list[tuple[int, int, int, int]]:
    """The shortest parts that are normalised by themselves: their places in `text` and after it.

    A part begins where a character neither is a mark nor melts into what stands before it.
    """
    parts: list[str] = []
    for character in text:
        if parts and (combining(character) or _melts(parts[-1], character, form)):
            parts[-1] += character
        else:
            parts.append(character)
    if "".join(normalized(part, form) for part in parts) != normalized(text, form):
        parts = [text]
    segments, old, new = [], 0, 0
    for part in parts:
        old_end, new_end = old + len(part), new + len(normalized(part, form))
        segments.append((old, old_end, new, new_end))
        old, new = old_end, new_end
    return segments


def _melts(before: str, character: str, form: Form) -> bool:
    apart = normalized(before, form) + normalized(character, form)
    return normalized(before + character, form) != apart


def _moved(offsets: Offsets, places: Sequence[tuple[int, int]], end: int) -> Offsets:
    """Spans in other text: `places` has where each character went, whose text ends at `end`."""
    starts = list(chain((start for start, _ in places), (end,)))
    return tuple(
        (starts[first], places[last - 1][1] if last > first else starts[first])
        for first, last in offsets
    )


def _standing(character: str) -> str:
    """A letter of Hangul that is made to be joined as the letter that stands alone."""
    if not "\u1100" <= character <= "\u11ff":
        return character
    for prefix in _CONJOINING:
        if name(character, "").startswith(prefix):
            try:
                return lookup(name(character).replace(prefix, "HANGUL LETTER "))
            except KeyError:
                return character
    return character
