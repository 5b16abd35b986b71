"""Lines to token numbers, and the vocabulary once every line was seen.

Knows nothing of files. Tokens are numbered in the order they are first seen, so each line is
tokenized only once; where tokens come from chunks between white space, so is each distinct chunk.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.text.checks import MAXIMUM_TOKEN_LENGTH
from seq2seq_cli.text.encoding import ChunkTokenizer, Tokenizer
from seq2seq_cli.text.vocabulary import Vocabulary

_REMEMBERED_CHARACTERS = 1 << 20
_REMEMBERED_TOKENS = 1 << 17


class TokenNumbers(dict[str, int]):
    """Numbers for texts, in the order they are first asked for."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number

    def of(self, lines: Iterable[Sequence[str]]) -> NDArray[np.int32]:
        """The numbers of all texts of all lines, one after another, (texts,)."""
        return np.fromiter(map(self.__getitem__, chain.from_iterable(lines)), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Numbered:
    """Lines as token numbers.

    Attributes:
        numbers: of all lines, one after another, (tokens,).
        lengths: tokens of every line, (lines,).
    """

    numbers: NDArray[np.int32]
    lengths: NDArray[np.int64]

    def kept(self, mask: NDArray[np.bool_]) -> "Numbered":
        """Only the lines where `mask`, (lines,), is true."""
        return Numbered(self.numbers[np.repeat(mask, self.lengths)], self.lengths[mask])

    def taken(self, order: NDArray[np.int64]) -> "Numbered":
        """The lines of these places, (lines,), in this order."""
        ends = np.concatenate(([0], np.cumsum(self.lengths)))
        return Numbered(_gather(self.numbers, ends, order)[0], self.lengths[order])


class Numbering:
    """Numbers the tokens of one side.

    Attributes:
        tokens: the number of every token seen since it last forgot.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._forget()

    def tidy(self) -> None:
        """Forget chunks and numbers where there are many: what is remembered stays bounded."""
        if self._characters > _REMEMBERED_CHARACTERS or len(self.tokens) > _REMEMBERED_TOKENS:
            self._forget()

    def of(self, lines: Sequence[str]) -> Numbered:
        """The token numbers of lines."""
        if isinstance(self._tokenizer, ChunkTokenizer):
            return self._through_chunks(self._tokenizer, lines)
        tokens = self._tokenizer.tokens_batch(lines)
        return Numbered(self.tokens.of(tokens), _lengths(tokens))

    def _through_chunks(self, tokenizer: ChunkTokenizer, lines: Sequence[str]) -> Numbered:
        counts: list[int] = []  # chunks of every line
        chunks = self._chunks.of(_split(lines, counts))  # (chunks,)
        self._learn(tokenizer)
        numbers, ends = _gather(self._table, self._ends, chunks)
        line_ends = np.concatenate(([0], ends))[np.cumsum(counts, dtype=np.int64)]
        return Numbered(numbers, np.diff(line_ends, prepend=0))

    def _forget(self) -> None:
        self.tokens = TokenNumbers()
        self._chunks = TokenNumbers()
        self._characters = 0
        self._table = np.empty(0, np.int32)  # numbers of every chunk, one after another
        self._ends = np.zeros(1, np.int64)  # chunk n has self._table[ends[n] : ends[n + 1]]

    def _learn(self, tokenizer: ChunkTokenizer) -> None:
        """Tokenize the chunks that were not there before."""
        new = list(islice(self._chunks, len(self._ends) - 1, None))
        tokens = tokenizer.chunk_tokens(new)
        ends = self._ends[-1] + np.cumsum(_lengths(tokens))
        self._table = np.concatenate((self._table, self.tokens.of(tokens)))
        self._ends = np.concatenate((self._ends, ends))
        self._characters += sum(map(len, new))


def _split(lines: Iterable[str], counts: list[int]) -> Iterator[list[str]]:
    """The chunks of each line, one line at a time: what stays in the processor's cache is fast."""
    for line in lines:
        chunks = line.split()
        counts.append(len(chunks))
        yield chunks


def _gather(
    table: NDArray[Any], ends: NDArray[np.int64], rows: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Rows of different lengths, one after another, and where each ends, (rows,).

    Args:
        table: all rows that can be taken, one after another.
        ends: where they end in it, after a 0.
        rows: which to take.
    """
    lengths = np.diff(ends)[rows]
    ends_here = np.cumsum(lengths)
    shift = ends[:-1][rows] - (ends_here - lengths)
    return table[np.arange(lengths.sum()) + np.repeat(shift, lengths)], ends_here


def vocabulary_of(
    counts: Counter[str], *, maximum_size: int | None, minimum_frequency: int
) -> Vocabulary:
    """The vocabulary of what was counted."""
    # Endless tokens are noise, and vocabulary files bound what they hold.
    found = Counter(
        {token: count for token, count in counts.items() if len(token) <= MAXIMUM_TOKEN_LENGTH}
    )
    return Vocabulary.from_counts(
        found, maximum_size=maximum_size, minimum_frequency=minimum_frequency
    )


def _lengths(lines: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    return np.fromiter(map(len, lines), dtype=np.int64, count=len(lines))
