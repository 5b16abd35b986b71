"""What every tokenizer offers, and the parts they share: encodings, escapes, chunks.

Knows nothing of any one kind of tokenizer, nor of vocabularies: tokens are text here.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

Offsets = tuple[tuple[int, int], ...]

UNKNOWN = "<unk>"
ESCAPE = "％"
TOKENIZER_FORMAT = 1

_BLOCK_LINES = 4096
_CACHED_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class Encoding:
    """The tokens of one line.

    Attributes:
        tokens: the tokens, in order; an unknown character is `<unk>` (bpe and unigram only).
        offsets: for each token its start and end in characters of the raw line.
        leading_features: how many of the first tokens are features of the line, not of its text.
    """

    tokens: tuple[str, ...]
    offsets: Offsets
    leading_features: int = 0

    @property
    def text_offsets(self) -> Offsets:
        """The offsets of the tokens that are no features."""
        return self.offsets[self.leading_features :]


@dataclass(frozen=True, slots=True)
class Decoding:
    """The raw form of tokens.

    Attributes:
        text: the restored line, without white space at its ends.
        offsets: for each token its start and end in `text`; empty where it adds nothing.
    """

    text: str
    offsets: Offsets


class Tokenizer(ABC):
    """Turns lines into tokens and back: `decode(encode(line).tokens)` restores the line.

    White space is what `str.split()` takes for it; each run of it is one space.

    Attributes:
        kind: one of `TOKENIZER_KINDS`.
        has_pieces: whether tokens are parts of words, to be merged when words are shown.
        feature_columns: how many columns of features follow the text of a line, after tabs.
        feature_separator: what stands between the features of a column.
    """

    kind: str
    has_pieces: bool = False
    feature_columns: int = 0
    feature_separator: str = ""

    def text_of(self, line: str) -> str:
        """The text of a line, without its columns of features."""
        return line

    def most_tokens(self, line: str) -> int:
        """A number of tokens that the text of a line does not exceed, found without encoding it."""
        return len(line)  # a token has a character at least

    @abstractmethod
    def encode(self, line: str) -> Encoding:
        """The tokens of `line` and where each one stands in it."""

    @abstractmethod
    def tokens_batch(self, lines: Iterable[str]) -> list[list[str]]:
        """The tokens of each line, without offsets: the fast way."""

    @abstractmethod
    def decode(self, tokens: Sequence[str]) -> Decoding:
        """The raw form of any tokens, whether or not `encode` would make them."""

    @abstractmethod
    def literal(self, text: str) -> str:
        """One token that decodes to `text` and nothing else: a word copied from elsewhere."""

    @abstractmethod
    def display(self, token: str) -> str:
        """How people are shown `token`: without join marks, and safe for a terminal."""

    @abstractmethod
    def to_json(self) -> dict[str, object]:
        """What `tokenizer_from_json` makes the same tokenizer of."""

    def encode_batch(self, lines: Iterable[str]) -> list[Encoding]:
        """The encoding of each line."""
        return [self.encode(line) for line in lines]


class ChunkTokenizer(Tokenizer):
    """A tokenizer for which chunks between white space do not influence each other.

    So each distinct chunk is encoded once and remembered, which makes corpora fast.
    """

    def __init__(self) -> None:
        self._known: dict[str, Encoding] = {}
        self._known_characters = 0

    @abstractmethod
    def encode_chunks(self, chunks: Sequence[str]) -> list[Encoding]:
        """The encoding of each chunk (no white space in it), offsets counted from its start."""

    def chunk_tokens(self, chunks: Sequence[str]) -> list[Sequence[str]]:
        """The tokens of each chunk, without offsets: the fast way."""
        return [encoding.tokens for encoding in self.encode_chunks(chunks)]

    def encode(self, line: str) -> Encoding:
        chunks = line.split()
        known = self._lookup(chunks)
        tokens: list[str] = []
        offsets: list[tuple[int, int]] = []
        end = 0
        for chunk in chunks:
            begin = line.index(chunk, end)
            end = begin + len(chunk)
            encoding = known[chunk]
            tokens.extend(encoding.tokens)
            offsets.extend((begin + first, begin + last) for first, last in encoding.offsets)
        return Encoding(tuple(tokens), tuple(offsets))

    def tokens_batch(self, lines: Iterable[str]) -> list[list[str]]:
        result: list[list[str]] = []
        for block in blocks(lines):
            split = [line.split() for line in block]
            known = self._lookup(chain.from_iterable(split))
            result += [[token for chunk in line for token in known[chunk].tokens] for line in split]
        return result

    def encode_batch(self, lines: Iterable[str]) -> list[Encoding]:
        result: list[Encoding] = []
        for block in blocks(lines):
            self._lookup(chain.from_iterable(line.split() for line in block))
            result += [self.encode(line) for line in block]
        return result

    def _lookup(self, chunks: Iterable[str]) -> dict[str, Encoding]:
        """Encodings by chunk, of at least `chunks`; what is remembered stays bounded."""
        distinct = dict.fromkeys(chunks)
        missing = [chunk for chunk in distinct if chunk not in self._known]
        if not missing:
            return self._known
        added = sum(map(len, missing))
        if self._known and self._known_characters + added > _CACHED_CHARACTERS:
            missing = list(distinct)
            added = sum(map(len, missing))
            self._known, self._known_characters = {}, 0
        self._known.update(zip(missing, self.encode_chunks(missing), strict=True))
        self._known_characters += added
        return self._known


def escape(text: str, mark: str) -> str:
    """`text` without `mark`, which becomes `％` and its code, as `％` itself does."""
    if ESCAPE in text:
        text = text.replace(ESCAPE, _code(ESCAPE))
    return text.replace(mark, _code(mark))


def unescape(text: str, mark: str) -> str:
    """The inverse of `escape`."""
    if ESCAPE not in text:
        return text
    return text.replace(_code(mark), mark).replace(_code(ESCAPE), ESCAPE)


def _code(character: str) -> str:
    return f"{ESCAPE}{ord(character):04x}"


def blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """`lines` in lists of bounded size, so that what is made of them on the way stays small."""
    rest = iter(lines)
    while block := list(islice(rest, _BLOCK_LINES)):
        yield block
