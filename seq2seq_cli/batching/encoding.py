"""The second look at a corpus: cleans, tokenizes and writes every row, in chunks.

Knows nothing of where rows come from or of manifests.
"""

from collections.abc import Sequence
from pathlib import Path

from seq2seq_cli.batching.dataset import SOURCE, TARGET
from seq2seq_cli.batching.numbering import Numbered, Numbering
from seq2seq_cli.batching.writer import SideWriter, write_lines
from seq2seq_cli.corpus.cleaning import Cleaner
from seq2seq_cli.corpus.overlap import Overlap
from seq2seq_cli.corpus.sources import Row
from seq2seq_cli.corpus.splitting import TRAIN, text_digest
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.tokenizer import Tokenizer

CHUNK = 10_000
LONGEST_HELD_OUT = 10_000
"""Tokens of a side of a pair that is not for training: held-out lines are never cleaned."""


class SplitEncoder:
    """One split on its way to disk.

    Args:
        folder: where its files go.
        name: the split's name.
        links, labels: whether its rows have them.
    """

    def __init__(self, folder: Path, name: str, *, links: bool, labels: bool) -> None:
        self.name, self.links, self.labels = name, links, labels
        self.rows: list[Row] = []
        self.digests: list[bytes] = []
        self.pairs = 0
        self.sides = {side: SideWriter(folder, name, side) for side in (SOURCE, TARGET)}
        self._links = (folder / f"{name}.links.txt").open("wb") if links else None
        self._labels = (folder / f"{name}.labels.txt").open("wb") if labels else None

    def write(self, rows: Sequence[Row], tokens: dict[str, Numbered]) -> None:
        """Append rows; `tokens` has the numbers of both sides."""
        if not rows:
            return
        self.pairs += len(rows)
        for side, lines in (
            (SOURCE, [row.source for row in rows]),
            (TARGET, [row.target for row in rows]),
        ):
            self.sides[side].add(lines, tokens[side].numbers, tokens[side].lengths)
        if self._links:
            write_lines(self._links, [row.links or "" for row in rows])
        if self._labels:
            write_lines(self._labels, [row.labels or "" for row in rows])

    def close(self) -> None:
        """End writing."""
        for writer in (*self.sides.values(), self._links, self._labels):
            if writer:
                writer.close()


class Encoder:
    """Takes rows one by one, in any order of splits, and writes them chunk by chunk.

    Args:
        tokenizers: by side.
        splits: by name.
        cleaner: decides about training rows alone.
        overlap: is told of every training row that is kept.
    """

    def __init__(
        self,
        tokenizers: dict[str, Tokenizer],
        splits: dict[str, SplitEncoder],
        cleaner: Cleaner,
        overlap: Overlap,
    ) -> None:
        self.numberings = {side: Numbering(tokenizer) for side, tokenizer in tokenizers.items()}
        self._splits = splits
        self._cleaner = cleaner
        self._overlap = overlap

    def add(self, name: str, row: Row, digest: bytes) -> None:
        """Take the next row of a split, with the digest of its pair."""
        split = self._splits[name]
        if name == TRAIN:
            if not self._cleaner.accepts(row.source, row.target, digest):
                return
            split.digests.append(digest)
        split.rows.append(row)
        if len(split.rows) >= CHUNK:
            self._flush(split)

    def finish(self) -> None:
        """Write what is left."""
        for split in self._splits.values():
            self._flush(split)
            split.close()

    def _flush(self, split: SplitEncoder) -> None:
        rows = split.rows
        tokens = {
            SOURCE: self.numberings[SOURCE].of([row.source for row in rows]),
            TARGET: self.numberings[TARGET].of([row.target for row in rows]),
        }
        if split.name == TRAIN:
            mask = self._cleaner.keep_mask(tokens[SOURCE].lengths, tokens[TARGET].lengths)
            tokens = {side: numbered.kept(mask) for side, numbered in tokens.items()}
            rows = [row for row, keep in zip(rows, mask, strict=True) if keep]
            digests = (d for d, keep in zip(split.digests, mask, strict=True) if keep)
            for row, digest in zip(rows, digests, strict=True):
                self._overlap.train(text_digest(row.source), digest)
        else:
            _check_lengths(split, tokens)
        split.write(rows, tokens)
        split.rows, split.digests = [], []


def _check_lengths(split: SplitEncoder, tokens: dict[str, Numbered]) -> None:
    """Refuse what no validation would ever get through."""
    for side, numbered in tokens.items():
        longest = int(numbered.lengths.max(initial=0))
        if longest > LONGEST_HELD_OUT:
            number = split.pairs + int(numbered.lengths.argmax()) + 1
            raise InputError(
                f"{split.name}, pair {number:,}: its {side} has {longest:,} tokens; at most "
                f"{LONGEST_HELD_OUT:,} are possible in a split that is not for training. Is it a "
                "line of text? Remove the pair."
            )
