"""A corpus cut into blocks of rows: what is read in one place and worked on in many.

Knows nothing of tokens or processes. Where a block ends depends on the rows alone, so that the same
corpus always has the same blocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from seq2seq_cli.corpus.rows import ListPiece, Piece, Row
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.sources import PairSource, PiecedSource
from seq2seq_cli.corpus.splitting import VALID

BLOCK_ROWS = 2**14
BLOCK_BYTES = 2**22
"""A block ends with the piece that brings it to one of these."""
_PIECE_ROWS = 2**10


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of one source.

    Attributes:
        number: how many blocks of the corpus come before it.
        start: how many rows of the corpus come before it.
        split: what its rows are for; None where a hash of each pair decides.
        pieces: the rows, not yet taken apart.
    """

    number: int
    start: int
    split: str | None
    pieces: tuple[Piece, ...]

    @property
    def count(self) -> int:
        """How many rows."""
        return sum(piece.count for piece in self.pieces)

    def rows(self) -> Sequence[Row]:
        """The rows.

        Raises:
            InputError: naming the file and line at fault.
        """
        return list(chain.from_iterable(piece.rows() for piece in self.pieces))


def blocks_of(corpus: Corpus) -> Iterator[Block]:
    """Every row of a corpus: those of the training source, then validation, then the tests.

    Raises:
        InputError: if a file is damaged, or two do not fit together.
    """
    given = {} if corpus.valid is None else {VALID: corpus.valid}
    sources = [(None, corpus.train), *given.items(), *corpus.tests.items()]
    number = start = 0
    for split, source in sources:
        for pieces in _gathered(_pieces_of(source)):
            block = Block(number, start, split, pieces)
            yield block
            number, start = number + 1, start + block.count


def has_rows(corpus: Corpus, count: int) -> bool:
    """Whether the training source has so many rows; no more than these are read."""
    found = 0
    for piece in _pieces_of(corpus.train):
        found += piece.count
        if found >= count:
            return True
    return found >= count


def _pieces_of(source: PairSource) -> Iterator[Piece]:
    if isinstance(source, PiecedSource):
        return source.pieces()
    rows = source.rows()
    return iter(lambda: ListPiece(list(islice(rows, _PIECE_ROWS))), ListPiece([]))


def _gathered(pieces: Iterator[Piece]) -> Iterator[tuple[Piece, ...]]:
    gathered: list[Piece] = []
    rows = size = 0
    for piece in pieces:
        gathered.append(piece)
        rows, size = rows + piece.count, size + piece.size
        if rows >= BLOCK_ROWS or size >= BLOCK_BYTES:
            yield tuple(gathered)
            gathered, rows, size = [], 0, 0
    if gathered:
        yield tuple(gathered)
