"""Alignments for people: what was attended to, at the level of pieces or of the words they typed.

Knows nothing of how alignments are drawn.
"""

from dataclasses import dataclass

from seq2seq_cli.errors import InputError
from seq2seq_cli.search.alignment import Alignment, merge_alignment
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translation, Translator
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.encoding import Decoding, Encoding, Offsets, Tokenizer
from seq2seq_cli.text.tokenizer import group_pieces
from seq2seq_cli.text.visible import visible
from seq2seq_cli.text.vocabulary import EOS, SPECIALS, UNK

END = SPECIALS[EOS]


@dataclass(frozen=True, kw_only=True, eq=False)
class Attended:
    """One target of a sentence with its alignment."""

    text: str
    score: float
    """What hypotheses are ranked by; for a given target, the same measure."""
    alignment: Alignment
    """By word, or by piece where that was asked for."""
    by_piece: Alignment
    """The same by piece, as the model has it."""
    unknown: dict[str, tuple[str, ...]]
    """Source words that the model has never seen, each with the closest known ones."""


def attend(
    translator: Translator,
    line: str,
    settings: SearchSettings,
    *,
    target: str | None = None,
    pieces: bool = False,
) -> tuple[Attended, ...]:
    """The translations of a line, or the given target, with their alignments, best first.

    Args:
        translator: the model and its text
        line: raw source, with its columns of features where the model has any
        settings: `n_best` says how many
        target: raw text to force instead of searching
        pieces: subwords as they are, not merged into words

    Raises:
        InputError: if the line is blank.
    """
    if not translator.source.tokenizer.text_of(line).strip():
        raise InputError("the sentence is blank: there is nothing to attend to. Type some words.")
    if target is None:
        (found,) = translator.translate([line], settings)
    else:
        found = (translator.force(line, target, settings),)
    return tuple(_attended(translator, line, translation, pieces) for translation in found)


def _attended(translator: Translator, line: str, found: Translation, pieces: bool) -> Attended:
    ids, encoding = translator.source.encode_with_offsets(line)
    by_piece = _pieces(translator, ids, encoding, found)
    by_word = _words(translator, by_piece, line, encoding, found.decoding)
    words = (
        by_piece.source[place] if place < encoding.leading_features else line[start:end]
        for place, (start, end) in enumerate(encoding.offsets)
        if ids[place] == UNK
    )
    unknown = {word: tuple(translator.source.closest(word)) for word in words}
    return Attended(
        text=found.text,
        score=found.score,
        alignment=by_piece if pieces else by_word,
        by_piece=by_piece,
        unknown=unknown,
    )


def _pieces(
    translator: Translator, ids: list[int], encoding: Encoding, found: Translation
) -> Alignment:
    """The alignment as the model has it: a column and a row for each token."""
    hypothesis, source, target = found.hypothesis, translator.source, translator.target
    rows = [
        _row_label(target, id_, found.decoding, place) for place, id_ in enumerate(hypothesis.ids)
    ]
    columns = [source.tokenizer.display(token) for token in encoding.tokens]
    return Alignment(
        source=(*columns, END),
        target=tuple(rows),
        weights=hypothesis.weights,
        log_probs=tuple(hypothesis.log_probs.tolist()),
        source_known=(*(id_ != UNK for id_ in ids), True),
        source_end=True,
        target_end=bool(hypothesis.ids) and hypothesis.ids[-1] == EOS,
        copied=translator.copied(ids, hypothesis),
    )


def _row_label(target: Codec, id_: int, decoding: Decoding, place: int) -> str:
    """A target token as it is shown; for an unknown one, what is written in its place."""
    if id_ == EOS:
        return END
    if id_ == UNK:
        start, end = decoding.offsets[place]
        return visible(decoding.text[start:end])
    return target.tokenizer.display(target.vocabulary.token(id_))


def _words(
    translator: Translator, alignment: Alignment, line: str, encoding: Encoding, decoding: Decoding
) -> Alignment:
    """The same with the pieces of a word merged, on the sides that have pieces."""
    left, right = translator.source.tokenizer, translator.target.tokenizer
    features = encoding.leading_features
    columns = _groups(left, line, encoding.offsets, features)
    rows = _groups(right, decoding.text, decoding.offsets)
    column_labels = [
        *alignment.source[:features],
        *_labels(alignment.source, columns[features:], line, encoding.offsets, left.has_pieces),
    ]
    row_labels = _labels(alignment.target, rows, decoding.text, decoding.offsets, right.has_pieces)
    last_row = len(alignment.target) - 1
    return merge_alignment(
        alignment,
        source_groups=[*columns, [len(encoding.offsets)]],
        target_groups=[*rows, [last_row]] if alignment.target_end else rows,
        source_words=[*column_labels, END],
        target_words=[*row_labels, END] if alignment.target_end else row_labels,
    )


def _groups(
    tokenizer: Tokenizer, line: str, offsets: Offsets, leading_features: int = 0
) -> list[list[int]]:
    if tokenizer.has_pieces:
        return group_pieces(tokenizer.text_of(line), offsets, leading_features)
    return [[index] for index in range(len(offsets))]


def _labels(
    pieces: tuple[str, ...],
    groups: list[list[int]],
    text: str,
    offsets: Offsets,
    has_pieces: bool,
) -> list[str]:
    """What each group is called: the text that its pieces cover, or the token as displayed."""
    labels = []
    for group in groups:
        covered = text[offsets[group[0]][0] : offsets[group[-1]][1]].strip()
        labels.append(covered if has_pieces and covered else pieces[group[0]])
    return labels
