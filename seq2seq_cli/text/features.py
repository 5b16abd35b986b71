"""Features of a source line: what a model is told beside the text, each one symbol.

A line is its text and, after tabs, columns of features: `walk<TAB>V;PST`, or a language such as
`the cat<TAB>fr`. Knows nothing of how the text becomes tokens: that is another tokenizer's work.
"""

import re
from collections.abc import Iterable, Sequence

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.encoding import TOKENIZER_FORMAT, Decoding, Encoding, Offsets, Tokenizer
from seq2seq_cli.text.visible import visible

COLUMN = "\t"
DEFAULT_SEPARATOR = ";"
MOST_COLUMNS = 64
LONGEST_SEPARATOR = 16
# No tokenizer lets white space into a token, so that a feature `V` is never the letter `V`.
_MARK = " "


class FeatureTokenizer(Tokenizer):
    """Features as whole symbols, then the tokens of the text by another tokenizer.

    Features come first, as tags do in Kann and Schütze 2016 (MED) and language tokens in Johnson
    et al. 2017: they stand in the same columns of a table whatever the length of the text, and the
    encoder's backward state, which the decoder starts from, has just read them. A blank text has no
    tokens, whatever its features.

    Args:
        inner: the tokenizer of the text.
        columns: how many columns of features a line has.
        separator: what stands between the features of a column.
    """

    def __init__(self, inner: Tokenizer, *, columns: int, separator: str) -> None:
        self.kind, self.has_pieces = inner.kind, inner.has_pieces
        self.inner, self.feature_columns, self.feature_separator = inner, columns, separator
        self._feature = re.compile(rf"(?:(?!{COLUMN}|{re.escape(separator)}).)+", re.DOTALL)

    def text_of(self, line: str) -> str:
        return line.partition(COLUMN)[0]

    def encode(self, line: str) -> Encoding:
        text = self.text_of(line)
        encoding = self.inner.encode(text)
        if not encoding.tokens:
            return encoding
        spans = self._spans(line, len(text))
        tokens = tuple(_MARK + line[start:end] for start, end in spans)
        return Encoding(
            tokens + encoding.tokens, spans + encoding.offsets, leading_features=len(tokens)
        )

    def tokens_batch(self, lines: Iterable[str]) -> list[list[str]]:
        kept = list(lines)
        tokens = self.inner.tokens_batch(map(self.text_of, kept))
        return [
            [*self._features(line), *found] if found else found
            for line, found in zip(kept, tokens, strict=True)
        ]

    def _features(self, line: str) -> list[str]:
        columns = line.partition(COLUMN)[2]
        return [_MARK + columns[start:end] for start, end in self._spans(columns, 0)]

    def _spans(self, line: str, begin: int) -> Offsets:
        """Where features stand after `begin`, without the white space around them."""
        spans = []
        for match in self._feature.finditer(line, begin):
            found = match.group()
            start = match.start() + len(found) - len(found.lstrip())
            if found.strip():
                spans.append((start, start + len(found.strip())))
        return tuple(spans)

    def decode(self, tokens: Sequence[str]) -> Decoding:
        """The text; features add nothing to it."""
        decoding = self.inner.decode([token for token in tokens if not is_feature(token)])
        spans = iter(decoding.offsets)
        offsets = tuple((0, 0) if is_feature(token) else next(spans) for token in tokens)
        return Decoding(decoding.text, offsets)

    def literal(self, text: str) -> str:
        return self.inner.literal(text)

    def display(self, token: str) -> str:
        return f"<{visible(token[1:])}>" if is_feature(token) else self.inner.display(token)

    def to_json(self) -> dict[str, object]:
        return {
            "format": TOKENIZER_FORMAT,
            "kind": "features",
            "columns": self.feature_columns,
            "separator": self.feature_separator,
            "inner": self.inner.to_json(),
        }


def with_features(text: str, features: Sequence[str], separator: str) -> str:
    """A line of `text` with these features, each a feature or several with separators."""
    return text + COLUMN + separator.join(features)


def check_columns(tokenizer: Tokenizer, line: str, place: str) -> None:
    """Check that a source line has the columns of features that a model was trained with.

    Raises:
        InputError: saying where (`place`), how many are expected and how many were found.
    """
    expected = tokenizer.feature_columns
    found = line.count(COLUMN)
    if not expected or found == expected or not line.strip():
        return
    columns = "1 column" if expected == 1 else f"{expected} columns"
    raise InputError(
        f"{place}: expected a source and, after tabs, {columns} of features, as the data was "
        f"prepared with; found {found} after `{visible(tokenizer.text_of(line))[:60]}`."
    )


def check_separator(separator: str) -> None:
    """Check what is to stand between features.

    Raises:
        InputError: if it is empty, has a tab or line break, or is long.
    """
    if not 0 < len(separator) <= LONGEST_SEPARATOR or set(separator) & set("\t\n\r"):
        raise InputError(
            f"--feature-separator {visible(repr(separator))}: 1 to {LONGEST_SEPARATOR} characters "
            "without tabs and line breaks are expected, such as ;"
        )


def is_feature(token: str) -> bool:
    """Whether a token of a source is a feature, not text."""
    return token.startswith(_MARK)
