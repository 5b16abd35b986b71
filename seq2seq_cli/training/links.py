"""Given links of the training pairs, read once into flat arrays and handed out by the batch.

Knows nothing of losses or of what made the links.
"""

from array import array
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq_cli.batching.batch import Batch
from seq2seq_cli.batching.dataset import SOURCE, TARGET, Split
from seq2seq_cli.config import LinkUnit
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import Link, parse_links
from seq2seq_cli.text.encoding import ChunkTokenizer, Tokenizer
from seq2seq_cli.text.link_units import LINK_UNITS, pieces_of_units, unit_spans
from seq2seq_cli.text.symbols import SpaceTokenizer
from seq2seq_cli.text.visible import visible

_COUNTED = {"words": "words", "space": "words between spaces", "pieces": "tokens"}


@dataclass(frozen=True, kw_only=True, eq=False)
class BatchLinks:
    """The links of a batch."""

    places: Tensor
    """The target token of each link in the padded batch, row * width + step, (links,)"""
    columns: Tensor
    """Its source token, (links,)"""
    sharing: Tensor
    """How many links, this one among them, its target token has, (links,)"""
    tokens: int
    """Target tokens that have links."""

    def to(self, device: torch.device) -> "BatchLinks":
        """The same links on `device`."""
        if device.type == "cpu":
            return self
        return BatchLinks(
            places=self.places.to(device, non_blocking=True),
            columns=self.columns.to(device, non_blocking=True),
            sharing=self.sharing.to(device, non_blocking=True),
            tokens=self.tokens,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TokenLinks:
    """The links of every pair of a split, between tokens."""

    offsets: NDArray[np.int64]
    """Where the links of each pair begin, and the end, (pairs + 1,)"""
    sources: NDArray[np.integer]
    """Source token of each link, counted from 0 in its pair, (links,)"""
    targets: NDArray[np.integer]
    """Target token of each link, likewise, (links,)"""

    @property
    def pairs(self) -> int:
        """Pairs that have links."""
        return int(np.count_nonzero(np.diff(self.offsets)))

    def of_batch(self, batch: Batch) -> BatchLinks:
        """The links of the pairs that a batch was made of."""
        rows, links = self._rows(np.array(batch.indices))
        places = rows * batch.target_in.size(1) + self.targets[links]
        sharing = np.bincount(places)
        return BatchLinks(
            places=torch.from_numpy(places),
            columns=torch.from_numpy(self.sources[links].astype(np.int64)),
            sharing=torch.from_numpy(sharing[places]),
            tokens=int(np.count_nonzero(sharing)),
        )

    def tokens(self, pairs: NDArray[np.integer]) -> int:
        """Target tokens of some pairs that have links."""
        rows, links = self._rows(pairs)
        return len(set(zip(rows.tolist(), self.targets[links].tolist(), strict=True)))

    def _rows(self, pairs: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All links of some pairs, and for each its row: the place of its pair among these."""
        begins = self.offsets[pairs]
        counts = self.offsets[pairs + 1] - begins
        before = np.cumsum(counts) - counts  # links of the rows before
        links = np.arange(counts.sum()) + np.repeat(begins - before, counts)
        return np.repeat(np.arange(len(pairs)), counts), links


def read_links(
    file: TextFile, split: Split, source: Tokenizer, target: Tokenizer, *, units: LinkUnit
) -> TokenLinks:
    """Read a line of links, in Pharaoh format, for each pair of a split.

    A target unit with sure links (`i-j`) has these alone; one with nothing but possible links
    (`ipj`) has those. Linked units are linked token by token. A blank line has no links.

    Args:
        file: the lines
        split: the pairs
        source, target: the tokenizers of its two sides
        units: what the lines count, one of `LINK_UNITS`

    Raises:
        InputError: if there are more or fewer lines than pairs, if a line is no list of links, or
            if a link is out of its pair's range.
    """
    lines = sum(1 for _ in file.lines())
    if lines != len(split):
        raise _wrong_count(file, lines, split)
    reader = _Reader(file.name, split, _Side(source, units), _Side(target, units))
    kind = "H" if max(split.source_lengths.max(), split.target_lengths.max()) < 2**16 else "i"
    sources, targets, ends = array(kind), array(kind), array("q", [0])
    for number, (line, pair) in enumerate(zip(file.lines(), split.raw_pairs(), strict=True)):
        if line.strip():
            found = reader.links(number, line, pair)
            targets.extend(target for target, _ in found)
            sources.extend(source for _, source in found)
        ends.append(len(sources))
    return TokenLinks(offsets=np.array(ends), sources=np.array(sources), targets=np.array(targets))


def _wrong_count(file: TextFile, lines: int, split: Split) -> InputError:
    source, target = (visible(str(split.text_path(side))) for side in (SOURCE, TARGET))
    return InputError(
        f"{file.name} has {lines:,} lines, and the dataset has {len(split):,} training pairs. One "
        f"line of links is expected for each pair of {source} and {target}, in their order "
        "(`s2s prepare` may have dropped pairs): align these files."
    )


class _Reader:
    """Lines of links to links between tokens."""

    def __init__(self, name: str, split: Split, source: "_Side", target: "_Side") -> None:
        self.name, self.split = name, split
        self.source, self.target = source, target

    def links(self, number: int, line: str, pair: tuple[str, str]) -> list[tuple[int, int]]:
        """Linked (target token, source token), in order, of pair `number`, counted from 0."""
        sure, possible = parse_links(line, origin=self.name, line_number=number + 1)
        surely = {target for _, target in sure}
        links = sure | {link for link in possible if link[1] not in surely}
        source_tokens, sources = self.source.groups(pair[0])
        target_tokens, targets = self.target.groups(pair[1])
        self._check_tokens(number, source_tokens, target_tokens)
        self._check_range(number, possible, (len(sources), len(targets)))
        return sorted({(t, s) for i, j in links for t in targets[j] for s in sources[i]})

    def _check_tokens(self, number: int, source: int, target: int) -> None:
        lengths = self.split.source_lengths[number], self.split.target_lengths[number]
        if lengths != (source, target):
            raise InputError(
                f"{visible(str(self.split.text_path(SOURCE).parent))}: pair {number + 1:,} of "
                f"{self.split.name} has {source:,} and {target:,} tokens where {lengths[0]:,} and "
                f"{lengths[1]:,} are expected: the dataset is damaged. Prepare it again."
            )

    def _check_range(self, number: int, links: frozenset[Link], sizes: tuple[int, int]) -> None:
        outside = [link for link in links if link[0] >= sizes[0] or link[1] >= sizes[1]]
        if not outside:
            return
        wrong = min(outside)
        counted = _COUNTED[self.source.units]
        raise InputError(
            f"{self.name}, line {number + 1:,}: link {wrong[0]}-{wrong[1]} is out of range: its "
            f"source has {sizes[0]:,} {counted} and its target "
            f"{sizes[1]:,}, counted from 0. Were the links made of these very lines? What they "
            f"count, --guide-units says: {', '.join(LINK_UNITS)}."
        )


class _Side:
    """Groups of tokens of one side's lines.

    What stands between white space is grouped once and remembered, where it is also tokenized by
    itself: lines are many, different words are few.
    """

    def __init__(self, tokenizer: Tokenizer, units: LinkUnit) -> None:
        self.tokenizer, self.units = tokenizer, units
        self.by_chunk = isinstance(tokenizer, ChunkTokenizer | SpaceTokenizer)
        self.remembered = lru_cache(maxsize=2**16)(self._grouped)

    def groups(self, line: str) -> tuple[int, list[list[int]]]:
        """How many tokens a line has, and those of each unit."""
        if not self.by_chunk:
            return self._grouped(line)
        tokens, groups = 0, []
        for chunk in line.split():
            count, found = self.remembered(chunk)
            groups += [[tokens + token for token in group] for group in found]
            tokens += count
        return tokens, groups

    def _grouped(self, line: str) -> tuple[int, list[list[int]]]:
        text, encoding = self.tokenizer.text_of(line), self.tokenizer.encode(line)
        offsets, features = encoding.text_offsets, encoding.leading_features
        units = unit_spans(self.units, text, offsets)
        return len(encoding.tokens), pieces_of_units(text, offsets, units, features)
