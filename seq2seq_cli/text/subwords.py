"""Subword tokens, byte-pair encoding or a unigram model, through the `tokenizers` library.

Knows nothing of training data beyond the lines it is given. The library is imported only here,
and only when a subword tokenizer is made. What is stored is pieces, merges and scores, from which
the library's objects are built anew: no file reaches the library unchecked.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seq2seq_cli.errors import InputError, S2SError, WorkError
from seq2seq_cli.text import checks
from seq2seq_cli.text.encoding import TOKENIZER_FORMAT, UNKNOWN, ChunkTokenizer, Decoding, Encoding
from seq2seq_cli.text.symbols import SPACE, decode_spaced
from seq2seq_cli.text.visible import visible

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Library
    from tokenizers.pre_tokenizers import PreTokenizer

SUBWORD_KINDS = ("bpe", "unigram")
SMALLEST_VOCABULARY = 16

# White space never reaches the library, so a tab can stand for a ▁ of the raw text.
_RAW_MARK = "\t"
# Pieces never straddle words and punctuation; the ▁ of a word start stays with what follows it.
_PARTS = r"▁?[\p{L}\p{N}\p{M}]+|▁?[^\p{L}\p{N}\p{M}▁]|▁"
_SURROGATES = re.compile("[\ud800-\udfff]")
_LONGEST_PIECE = 64
_AT_ONCE = 256
_SCORE_DIGITS = 6
# The library gives characters that no piece needs rising scores in an order that varies.
_LADDER_STEP = 0.0001


@dataclass(frozen=True, kw_only=True)
class SubwordModel:
    """What training learns.

    Attributes:
        kind: "bpe" or "unigram".
        pieces: every piece, without `<unk>`.
        merges: bpe: the pairs to merge, the first first; else empty.
        scores: unigram: the log probability of each piece; else empty.
    """

    kind: str
    pieces: tuple[str, ...]
    merges: tuple[tuple[str, str], ...] = ()
    scores: tuple[float, ...] = ()


class SubwordTokenizer(ChunkTokenizer):
    """Pieces of words; `▁` starts the first piece of what follows white space.

    Each unknown character is one `<unk>`, and its offsets tell which character it was. A `▁` of the
    raw text is the piece `\\t`, which no white space can be confused with. There are no special
    pieces: `</s>` in a line is ordinary text.
    """

    has_pieces = True

    def __init__(self, model: SubwordModel) -> None:
        super().__init__()
        self.kind = model.kind
        self.model = model
        self._library = _build(model)
        self._tokens = (UNKNOWN, *model.pieces)  # by the library's ids

    def encode_chunks(self, chunks: Sequence[str]) -> list[Encoding]:
        encodings = self._library.encode_batch([_prepared(chunk) for chunk in chunks])
        return [_shifted(encoding.tokens, encoding.ids, encoding.offsets) for encoding in encodings]

    def chunk_tokens(self, chunks: Sequence[str]) -> list[Sequence[str]]:
        # Many chunks as one text take the library half of the time; the ▁ of each tells them apart.
        parts = (chunks[at : at + _AT_ONCE] for at in range(0, len(chunks), _AT_ONCE))
        texts = ["".join(map(_prepared, part)) for part in parts]
        result: list[Sequence[str]] = []
        for found in self._library.encode_batch_fast(texts):
            result += _split_at_spaces(map(self._tokens.__getitem__, found.ids))
        unknown = [place for place, tokens in enumerate(result) if UNKNOWN in tokens]
        again = self.encode_chunks([chunks[place] for place in unknown])
        for place, encoding in zip(unknown, again, strict=True):
            result[place] = encoding.tokens
        return result

    def decode(self, tokens: Sequence[str]) -> Decoding:
        return decode_spaced(tokens, lambda core: core.replace(_RAW_MARK, SPACE))

    def literal(self, text: str) -> str:
        return text.replace(SPACE, _RAW_MARK)

    def display(self, token: str) -> str:
        return visible(token.replace(_RAW_MARK, SPACE))

    def to_json(self) -> dict[str, object]:
        model = self.model
        data: dict[str, object] = {
            "format": TOKENIZER_FORMAT,
            "kind": model.kind,
            "pieces": list(model.pieces),
        }
        if model.kind == "bpe":
            return data | {"merges": [list(pair) for pair in model.merges]}
        return data | {"scores": list(model.scores)}


def train_subwords(kind: str, lines: Iterable[str], *, vocabulary_size: int) -> SubwordTokenizer:
    """Learn pieces from lines; the same lines give the same pieces.

    Args:
        kind: "bpe" or "unigram".
        lines: raw lines, read once.
        vocabulary_size: pieces at most, `<unk>` included; every character of the lines is a piece,
            for bpe even if that makes more.

    Raises:
        InputError: if the size is out of range, or for unigram below the number of different
            characters, or if the lines hold no text.
        WorkError: if the library fails.
    """
    if not SMALLEST_VOCABULARY <= vocabulary_size <= checks.MAXIMUM_TOKENS:
        raise InputError(
            f"a {kind} vocabulary must have {SMALLEST_VOCABULARY} to {checks.MAXIMUM_TOKENS:,} "
            f"pieces, found {vocabulary_size:,}."
        )
    with _library_errors(
        WorkError(f"learning {kind} pieces failed. Choose another tokenizer, such as word.")
    ):
        model = _train_library(kind, lines, vocabulary_size)
    if len(model.pieces) < 2:
        raise InputError(f"a {kind} tokenizer needs text to learn from, found only empty lines.")
    return SubwordTokenizer(model)


def subwords_from_json(kind: str, data: object, origin: str) -> SubwordTokenizer:
    """The tokenizer that `to_json` described; every part is checked first.

    Raises:
        InputError: if a part is not what it must be.
    """
    learned = "merges" if kind == "bpe" else "scores"
    fields = checks.mapping(data, ("format", "kind", "pieces", learned), origin)
    pieces = checks.texts(fields["pieces"], "pieces", origin)
    if SPACE not in pieces or UNKNOWN in pieces:
        raise checks.damaged(origin, f"expected the piece {SPACE} and no piece {UNKNOWN}")
    values = checks.sequence(fields[learned], learned, origin)
    if kind == "bpe":
        known = frozenset(pieces)
        merges = tuple(_merge(value, known, origin) for value in values)
        if len(set(merges)) != len(merges):
            raise checks.damaged(origin, "expected different merges, found one twice")
        model = SubwordModel(kind=kind, pieces=pieces, merges=merges)
    else:
        if len(values) != len(pieces):
            raise checks.damaged(
                origin, f"expected one score per piece, found {len(values)} for {len(pieces)}"
            )
        scores = tuple(checks.number(value, "a score", origin) for value in values)
        model = SubwordModel(kind=kind, pieces=pieces, scores=scores)
    with _library_errors(checks.damaged(origin, f"expected a {kind} model, found something else")):
        return SubwordTokenizer(model)


def _merge(value: object, pieces: frozenset[str], origin: str) -> tuple[str, str]:
    """`value`, if it is a pair of pieces that together are a piece."""
    match value:
        case [str(left), str(right)] if {left, right, left + right} <= pieces:
            return left, right
    found = visible(repr(value)[:60])
    raise checks.damaged(origin, f"expected a merge of two pieces to one, found {found}")


def _train_library(kind: str, lines: Iterable[str], size: int) -> SubwordModel:
    from tokenizers import Tokenizer as Library
    from tokenizers import models, trainers

    trainer: trainers.Trainer
    if kind == "bpe":
        library = Library(models.BPE(unk_token=UNKNOWN))
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=2,
            show_progress=False,
            special_tokens=[UNKNOWN],
            max_token_length=_LONGEST_PIECE,
        )
    else:
        library = Library(models.Unigram())
        trainer = trainers.UnigramTrainer(
            vocab_size=size, show_progress=False, special_tokens=[UNKNOWN], unk_token=UNKNOWN
        )
    library.pre_tokenizer = _splitter()
    characters: set[str] = set()

    def prepared() -> Iterator[str]:
        for line in lines:
            text = "".join(map(_prepared, line.split()))
            characters.update(text)
            yield text

    try:
        library.train_from_iterator(prepared(), trainer=trainer)
    except BaseException as cause:
        if kind == "unigram" and size <= len(characters) + 1:  # and one for `<unk>`
            raise InputError(
                f"a unigram vocabulary needs a piece for each character: the lines have "
                f"{len(characters):,}, and --vocab-size is {size:,}. Raise it, or choose bpe."
            ) from cause
        raise
    learned = json.loads(library.to_str())["model"]
    if kind == "bpe":
        return _bpe_model(learned["vocab"], learned["merges"])
    return _unigram_model(learned["vocab"])


def _bpe_model(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> SubwordModel:
    pieces = sorted(vocabulary.keys() - {UNKNOWN}, key=vocabulary.__getitem__)
    pairs = tuple((left, right) for left, right in merges)
    return SubwordModel(kind="bpe", pieces=tuple(pieces), merges=pairs)


def _unigram_model(vocabulary: list[tuple[str, float]]) -> SubwordModel:
    """The pieces with what varies from run to run removed: the last digits, the ladder, the order.

    The library sums in the order of a hash table, and gives the characters that no piece needs the
    lowest score and rising ones above it; here they all get the lowest.
    """
    scores = {piece: round(score, _SCORE_DIGITS) for piece, score in vocabulary if piece != UNKNOWN}
    lowest = min(scores.values(), default=0.0)
    characters = [piece for piece in scores if len(piece) == 1]
    for piece in characters:
        if scores[piece] <= lowest + _LADDER_STEP * len(characters):
            scores[piece] = lowest
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return SubwordModel(
        kind="unigram",
        pieces=tuple(piece for piece, _ in ranked),
        scores=tuple(score for _, score in ranked),
    )


def _build(model: SubwordModel) -> "Library":
    from tokenizers import Tokenizer as Library
    from tokenizers import models

    built: models.Model
    if model.kind == "bpe":
        ids = {piece: id_ for id_, piece in enumerate((UNKNOWN, *model.pieces))}
        built = models.BPE(ids, list(model.merges), unk_token=UNKNOWN)
    else:
        scored = [(UNKNOWN, 0.0), *zip(model.pieces, model.scores, strict=True)]
        built = models.Unigram(scored, unk_id=0)
    library = Library(built)
    library.pre_tokenizer = _splitter()
    return library


def _splitter() -> "PreTokenizer":
    from tokenizers import Regex, pre_tokenizers

    return pre_tokenizers.Split(Regex(_PARTS), "isolated")


def _prepared(chunk: str) -> str:
    """What the library is given for a chunk: `▁` and the chunk, character for character."""
    if not chunk.isascii():
        chunk = _SURROGATES.sub("\ufffd", chunk.replace(SPACE, _RAW_MARK))
    return SPACE + chunk


def _split_at_spaces(tokens: Iterable[str]) -> list[list[str]]:
    """The tokens of several chunks apart; the first of each begins with `▁`."""
    result: list[list[str]] = []
    for token in tokens:
        if token[0] == SPACE:
            result.append([])
        result[-1].append(token)
    return result


def _shifted(tokens: list[str], ids: list[int], offsets: list[tuple[int, int]]) -> Encoding:
    """The library's result with offsets in the chunk, and one `<unk>` per unknown character."""
    if 0 not in ids:
        spans = tuple((max(start - 1, 0), end - 1) for start, end in offsets)
        return Encoding(tuple(tokens), spans)
    pieces: list[tuple[str, tuple[int, int]]] = []
    for token, id_, (start, end) in zip(tokens, ids, offsets, strict=True):
        if id_:
            pieces.append((token, (max(start - 1, 0), end - 1)))
        else:
            pieces += [(UNKNOWN, (place - 1, place)) for place in range(start, end)]
    return Encoding(tuple(token for token, _ in pieces), tuple(span for _, span in pieces))


@contextmanager
def _library_errors(error: S2SError) -> Iterator[None]:
    """Raise `error` for whatever the library raises, its panics included."""
    try:
        yield
    except (S2SError, OSError):
        raise
    except BaseException as cause:
        # A panic of the library is no Exception, and its class cannot be imported.
        if isinstance(cause, Exception) or type(cause).__name__ == "PanicException":
            raise error from cause
        raise
