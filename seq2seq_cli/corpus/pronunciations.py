"""Pairs of a pronouncing dictionary in the form of CMUdict: a word, then its phones.

    read R EH1 D
    read(2) R IY1 D
    aalen AE1 L AH0 N # place, german

Knows nothing of where the file is.
"""

import re
from collections.abc import Iterator

from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.corpus.sources import InputFile, Row, line_end_notes, record_of
from seq2seq_cli.errors import InputError

_FURTHER = re.compile(r".+\(\d+\)")
"""A word with another pronunciation, after the line of its first."""


class PronunciationPairs:
    """Words and the first pronunciation of each, which a model of one answer can learn."""

    feature_columns = 0
    has_links = False
    has_labels = False

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self.name = file.name

    def rows(self) -> Iterator[Row]:
        """The rows in order; comments and empty lines are none.

        Raises:
            InputError: naming the line that has a word without phones.
        """
        for number, line in enumerate(self._file.lines(), start=1):
            word, *phones = line.partition("#")[0].split() or [""]
            if word and not phones:
                raise InputError(
                    f"{self.name}, line {number:,} has a word and no phones; "
                    "a word is expected, and its phones after spaces."
                )
            if word and not _FURTHER.fullmatch(word):
                yield Row(word, " ".join(phones))

    def inputs(self) -> tuple[InputFile, ...]:
        """The one file."""
        return (record_of(self._file),)

    def notes(self) -> tuple[str, ...]:
        """Whether lines ended in CR LF."""
        return line_end_notes(self._file)
