"""Pairs of lines to links: the attention of forced decoding, of one run or of one each way.

`s2s align` and `s2s evaluate` come through here, so that they cannot differ. Knows nothing of
files, formats or gold links.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.config import LinkUnit
from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import Links, transposed
from seq2seq_cli.scoring.extraction import Extraction, Weights, word_rows
from seq2seq_cli.scoring.symmetrization import SYMMETRIZATIONS
from seq2seq_cli.search.alignment import merge_weights
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.encoding import Offsets
from seq2seq_cli.text.link_units import pieces_of_units, unit_spans
from seq2seq_cli.text.vocabulary import UNK

MEAN = "mean"
WAYS_TO_COMBINE = (MEAN, *SYMMETRIZATIONS)
CLEARLY_WORSE = 0.5
"""By how much more of two sides a run must not know, to be taken for one of the other direction."""

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class AlignedPair:
    """One pair with its links; it has no units and no links where a side is blank."""

    source: tuple[str, ...]
    """The units of the source, as the line has them."""
    target: tuple[str, ...]
    links: Links
    agreed: Links
    """The links that each direction finds by itself, too; all of them where there is one run."""
    weights: Weights
    """Attention, (target, source): of the one run, or the mean of both."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Aligner:
    """A run, or one for each direction, and how links are read from their attention."""

    translator: Translator
    reverse: Translator | None = None
    """A run from our target to our source."""
    extraction: Extraction
    combine: str = MEAN
    """One of `WAYS_TO_COMBINE`. With `mean`, links are read from the mean of both directions'
    weights; with the usual extraction that has the lowest AER on the validation set of the built-in
    corpus (4.9; `grow-diag-final-and` 5.7)."""
    source_unit: LinkUnit
    target_unit: LinkUnit

    @property
    def signature(self) -> str:
        """All that the links depend on beside the runs."""
        units = dict.fromkeys((self.source_unit, self.target_unit))
        ways = "" if self.reverse is None else f"|symmetrize:{self.combine}"
        return f"{self.extraction.signature}|units:{'-'.join(units)}{ways}"

    def align(self, pairs: Sequence[Pair]) -> list[AlignedPair]:
        """The links of each pair of raw source and target, in the order of the pairs."""
        text_of = self.translator.source.tokenizer.text_of
        full = [i for i, pair in enumerate(pairs) if text_of(pair[0]).strip() and pair[1].strip()]
        source = _Side.of([pairs[i][0] for i in full], self.source_unit, self.translator.source)
        target = _Side.of([pairs[i][1] for i in full], self.target_unit, self.translator.target)
        forward = self._weights(self.translator, source, target)
        backward = None if self.reverse is None else self._weights(self.reverse, target, source)
        found = [_blank()] * len(pairs)
        for place, index in enumerate(full):
            links, agreed, weights = self._links(
                forward[place], None if backward is None else backward[place]
            )
            found[index] = AlignedPair(
                source=source.words(place),
                target=target.words(place),
                links=links,
                agreed=agreed,
                weights=weights,
            )
        return found

    def _weights(self, translator: Translator, source: "_Side", target: "_Side") -> list[Weights]:
        """One run's attention of each pair between units, (target, source)."""
        source_ids, columns = source.encode(translator.source)
        target_ids, rows = target.encode(translator.target)
        found = []
        for place, matrix in enumerate(translator.attention(source_ids, target_ids)):
            assert matrix is not None  # what is not blank has tokens
            # Pieces are shifted before they are merged: the next step is that of the next piece.
            weights = word_rows(matrix, shift=self.extraction.shift)
            found.append(
                merge_weights(weights, source_groups=columns[place], target_groups=rows[place])
            )
        return found

    def _links(self, forward: Weights, backward: Weights | None) -> tuple[Links, Links, Weights]:
        """Links, those agreed upon, and weights; `backward` is (source, target)."""
        links = self.extraction.links(forward)
        if backward is None:
            return links, links, forward
        others = transposed(self.extraction.links(backward))
        mean = (forward + backward.T) / 2
        if self.combine == MEAN:
            combined = self.extraction.links(mean)
        else:
            combined = SYMMETRIZATIONS[self.combine](links, others)
        return combined, combined & links & others, mean

    def check_direction(self, pairs: Sequence[Pair]) -> None:
        """Check by their vocabularies that the reverse run reads our target.

        Raises:
            InputError: if it clearly knows the sides better the wrong way round.
        """
        if self.reverse is None:
            return
        text_of = self.translator.source.tokenizer.text_of
        sources, targets = [text_of(pair[0]) for pair in pairs], [pair[1] for pair in pairs]
        reads, writes = self.reverse.source, self.reverse.target
        unknown = _unknown_share(reads, targets) + _unknown_share(writes, sources)
        swapped = _unknown_share(reads, sources) + _unknown_share(writes, targets)
        if unknown > swapped + CLEARLY_WORSE:
            raise InputError(
                "--reverse names a run of the same direction as ours: it does not know "
                f"{_unknown_share(reads, targets):.0%} of the target's tokens as its source. "
                "Name a run from our target to our source."
            )


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One side of all pairs: lines, their texts, and where the units of each text are."""

    lines: list[str]
    """With their columns of features, where the run that they are for has any."""
    texts: list[str]
    units: list[Offsets]

    @classmethod
    def of(cls, lines: list[str], unit: LinkUnit, codec: Codec) -> "_Side":
        encodings = codec.tokenizer.encode_batch(lines)
        texts = [codec.tokenizer.text_of(line) for line in lines]
        spans = [
            unit_spans(unit, text, encoding.text_offsets)
            for text, encoding in zip(texts, encodings, strict=True)
        ]
        return cls(lines=lines, texts=texts, units=spans)

    def words(self, place: int) -> tuple[str, ...]:
        text = self.texts[place]
        return tuple(text[start:end] for start, end in self.units[place])

    def encode(self, codec: Codec) -> tuple[list[list[int]], list[list[list[int]]]]:
        """The ids of each line, and the places of those that each unit has."""
        lines = self.lines if codec.tokenizer.feature_columns else self.texts
        encoded = codec.encode_batch_with_offsets(lines)
        groups = [
            pieces_of_units(text, encoding.text_offsets, units, encoding.leading_features)
            for text, (_, encoding), units in zip(self.texts, encoded, self.units, strict=True)
        ]
        return [ids for ids, _ in encoded], groups


def _blank() -> AlignedPair:
    nothing: Links = frozenset()
    return AlignedPair(
        source=(), target=(), links=nothing, agreed=nothing, weights=np.zeros((0, 0))
    )


def _unknown_share(codec: Codec, lines: Sequence[str]) -> float:
    ids = [id_ for line in codec.encode_batch(lines) for id_ in line]
    return ids.count(UNK) / len(ids) if ids else 0.0
