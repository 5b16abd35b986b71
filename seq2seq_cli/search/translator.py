"""Lines in, hypotheses out: the one path by which anything is decoded.

Validation in training, `evaluate`, `translate`, `attend` and the Python API all come through here,
so that they cannot differ. Knows nothing of scores or of how results are shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch

from seq2seq_cli.batching.batch import Ids, make_batch, pad_rows
from seq2seq_cli.config import SearchConfig
from seq2seq_cli.model.device import computing
from seq2seq_cli.search.beam import beam_search
from seq2seq_cli.search.forced import Matrix, force_attention, force_copying, force_targets
from seq2seq_cli.search.greedy import greedy_search
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.model import SearchModel
from seq2seq_cli.search.threads import side_by_side
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.encoding import UNKNOWN, Decoding, Encoding
from seq2seq_cli.text.tokenizer import group_pieces
from seq2seq_cli.text.vocabulary import EOS, UNK

BATCH_SENTENCES = 128
BATCH_ROWS = 320
"""Hypotheses that are extended together, at most: with more, products are no faster on a CPU."""
BATCH_TOKENS = 4_096
"""Source tokens with padding, at most, unless one sentence has more."""


def settings_of(
    config: SearchConfig, *, beam: int | None = None, n_best: int = 1
) -> SearchSettings:
    """Search settings from a run's configuration; `beam` overrides its own."""
    return SearchSettings(
        beam=max(beam or config.beam, n_best),
        n_best=n_best,
        length_penalty=config.length_penalty,
        coverage_penalty=config.coverage_penalty,
        max_length_ratio=config.max_length_ratio,
        max_length_extra=config.max_length_extra,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Translator:
    """A model, or several that decode together, with the two sides of text."""

    model: SearchModel
    source: Codec
    target: Codec
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    precision: str = "fp32"

    def search(
        self, sources: Sequence[Ids], settings: SearchSettings
    ) -> list[tuple[Hypothesis, ...]]:
        """Hypotheses of each source, given as ids without `</s>`, best first.

        Sources are decoded in batches of similar length and come back in their own order. An
        empty source has no hypothesis.
        """
        found: list[tuple[Hypothesis, ...]] = [() for _ in sources]

        def search_batch(part: list[int]) -> list[tuple[Hypothesis, ...]]:
            ids, lengths = pad_rows([sources[i] for i in part], first=None, last=EOS)
            with computing(self.precision, self.device):
                return self._search_batch(ids.to(self.device), lengths, settings)

        parts = list(_batches([len(source) for source in sources], settings.beam))
        results = side_by_side(search_batch, parts, self.device)
        for part, hypotheses in zip(parts, results, strict=True):
            for index, its in zip(part, hypotheses, strict=True):
                found[index] = its
        return found

    def _search_batch(
        self, ids: torch.Tensor, lengths: torch.Tensor, settings: SearchSettings
    ) -> list[tuple[Hypothesis, ...]]:
        if settings.beam == 1:
            return [(found,) for found in greedy_search(self.model, ids, lengths, settings)]
        return [tuple(found) for found in beam_search(self.model, ids, lengths, settings)]

    def translate(
        self, lines: Sequence[str], settings: SearchSettings, *, replace_unknown: bool = False
    ) -> list[tuple["Translation", ...]]:
        """Translations of each line, best first; a blank line has none. See `decode`."""
        sources = self.source.encode_batch(lines)
        results = self.search(sources, settings)
        return [
            tuple(self.decode(line, found, replace_unknown=replace_unknown) for found in hypotheses)
            for line, hypotheses in zip(lines, results, strict=True)
        ]

    def best(self, sources: Sequence[Ids], settings: SearchSettings) -> list[Hypothesis | None]:
        """The best hypothesis of each source; None for an empty source."""
        results = self.search(sources, replace(settings, n_best=1))
        return [found[0] if found else None for found in results]

    def texts(self, lines: Sequence[str], best: Sequence[Hypothesis | None]) -> list[str]:
        """The hypothesis of each line as raw text, see `decode`; empty where there is none."""
        return [
            "" if found is None else self.decode(line, found).text
            for line, found in zip(lines, best, strict=True)
        ]

    def force(self, line: str, target: str, settings: SearchSettings) -> "Translation":
        """What the model makes of a given target."""
        batch = make_batch([self.source.encode(line)], [self.target.encode(target)], [0])
        with computing(self.precision, self.device):
            (found,) = force_targets(self.model, batch.to(self.device), settings)
        return Translation(hypothesis=found, decoding=self.target.decode(found.ids))

    def attention(self, sources: Sequence[Ids], targets: Sequence[Ids]) -> list[Matrix | None]:
        """The attention of given targets, both sides as ids without `</s>`, in their own order.

        Returns:
            for each pair (target + 1, source + 1), `</s>` last on both sides; None where a side
            is empty
        """
        found: list[Matrix | None] = [None for _ in sources]
        pairs = list(zip(sources, targets, strict=True))
        longest = [max(map(len, pair)) if all(map(len, pair)) else 0 for pair in pairs]

        def force_batch(part: list[int]) -> list[Matrix]:
            batch = make_batch([sources[i] for i in part], [targets[i] for i in part], part)
            with computing(self.precision, self.device):
                return force_attention(self.model, batch.to(self.device))

        parts = list(_batches(longest, beam=1))
        results = side_by_side(force_batch, parts, self.device)
        for part, matrices in zip(parts, results, strict=True):
            for index, matrix in zip(part, matrices, strict=True):
                found[index] = matrix
        return found

    def copied(self, source: Ids, found: Hypothesis) -> tuple[float, ...] | None:
        """The share of each token of a hypothesis that is copied; None: the model does not copy."""
        if not self.model.copies:
            return None
        batch = make_batch([source], [[id_ for id_ in found.ids if id_ != EOS]], [0])
        with computing(self.precision, self.device):
            shares = force_copying(self.model, batch.to(self.device))
        return None if shares is None else tuple(shares[0][: len(found.ids)].tolist())

    def decode(
        self, line: str, found: Hypothesis, *, replace_unknown: bool = False
    ) -> "Translation":
        """A hypothesis as raw text; an unknown word may take the source word attended most.

        With a model that copies, it always does: an unknown word is a copy of one that the target
        vocabulary lacks.
        """
        copied = self._copied(line, found, replace_unknown=replace_unknown)
        return Translation(hypothesis=found, decoding=self.target.decode(found.ids, copied))

    def written(self, line: str, found: Hypothesis | None) -> list[str]:
        """The tokens of a hypothesis of `line` without `</s>`, with those that a model copied."""
        if found is None:
            return []
        copied = self._copied(line, found, replace_unknown=False)
        tokens = self.target.vocabulary.token
        return [copied.get(i) or tokens(id_) for i, id_ in enumerate(found.ids) if id_ != EOS]

    def _copied(self, line: str, found: Hypothesis, *, replace_unknown: bool) -> dict[int, str]:
        replaced = UNK in found.ids and (replace_unknown or self.model.copies)
        return self._attended(line, found) if replaced else {}

    def _attended(self, line: str, found: Hypothesis) -> dict[int, str]:
        """For each unknown token, by its place, a token of what the line has where it looked.

        That is never `</s>`. Between tokenizers of one kind a token stays what it is, with the
        marks that say whether a space comes before it.
        """
        ids, encoding = self.source.encode_with_offsets(line)
        units = self._units(line, encoding)[encoding.leading_features :]
        if self.model.copies:
            lacking = [
                id_ == UNK or token not in self.target.vocabulary
                for id_, token in zip(ids, encoding.tokens, strict=True)
            ]
            units = [unit for unit in units if any(lacking[i] for i in unit)] or units
        copied = {}
        for place, weights in enumerate(found.weights):
            if found.ids[place] == UNK and weights.any():
                best = max(units, key=lambda unit: float(weights[unit].sum()))
                copied[place] = self._copy(line, encoding, best)
        return copied

    def _copy(self, line: str, encoding: Encoding, unit: list[int]) -> str:
        """The token of the target that stands for some tokens of the line."""
        target, token = self.target.tokenizer, encoding.tokens[unit[0]]
        if len(unit) == 1 and target.kind == self.source.tokenizer.kind and token != UNKNOWN:
            return token
        start, end = encoding.offsets[unit[0]][0], encoding.offsets[unit[-1]][1]
        return target.literal(line[start:end])

    def _units(self, line: str, encoding: Encoding) -> list[list[int]]:
        """The source tokens that are copied together: a word of pieces, for a target of words."""
        tokenizer = self.source.tokenizer
        if tokenizer.has_pieces and not self.target.tokenizer.has_pieces:
            text = tokenizer.text_of(line)
            return group_pieces(text, encoding.offsets, encoding.leading_features)
        return [[index] for index in range(len(encoding.tokens))]


@dataclass(frozen=True, kw_only=True, eq=False)
class Translation:
    """A hypothesis and its raw text."""

    hypothesis: Hypothesis
    decoding: Decoding
    """Text, and where in it each token stands; `</s>` has no span."""

    @property
    def text(self) -> str:
        """Raw text."""
        return self.decoding.text

    @property
    def score(self) -> float:
        """What hypotheses are ranked by."""
        return self.hypothesis.score


def _batches(lengths: Sequence[int], beam: int) -> Iterator[list[int]]:
    """Indices of what is not empty, in batches of similar length."""
    order = sorted((i for i, length in enumerate(lengths) if length), key=lambda i: -lengths[i])
    most = max(1, min(BATCH_SENTENCES, BATCH_ROWS // beam))
    part: list[int] = []
    for index in order:
        longest = lengths[part[0]] if part else lengths[index]
        if len(part) == most or (len(part) + 1) * longest > BATCH_TOKENS:
            if part:
                yield part
            part = []
        part.append(index)
    if part:
        yield part
