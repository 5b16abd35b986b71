"""Columns of features in what commands read: counted, and those never seen noted once each.

Knows nothing of how features become symbols.
"""

from collections.abc import Iterable, Iterator, Sequence

from seq2seq_cli.cli.lines import warn
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.features import check_columns, with_features
from seq2seq_cli.text.visible import visible
from seq2seq_cli.text.vocabulary import UNK
from seq2seq_cli.views.notes import unknown_note

MOST_NOTED = 20


class Conditions:
    """The columns of features of lines that come one after another.

    Args:
        source: the source side of the model that is to read the lines.
        origin: what messages call the lines.
    """

    def __init__(self, source: Codec, origin: str) -> None:
        self._source, self._origin = source, origin
        self._noted: set[str] = set()

    def check(self, line: str, number: int) -> None:
        """Check a line, the first being number 1; say which features the model has never seen.

        Raises:
            InputError: if the line has fewer or more columns than the model was trained with.
        """
        if not self._source.tokenizer.feature_columns:
            return
        check_columns(self._source.tokenizer, line, f"{self._origin}, line {number:,}")
        for feature in unknown_features(self._source, line):
            if feature not in self._noted and len(self._noted) < MOST_NOTED:
                self._noted.add(feature)
                note = unknown_note(feature, self._source.closest(feature))
                warn(f"{self._origin}, line {number:,}: {note}")

    def checked(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines, each after its check."""
        for number, line in enumerate(lines, start=1):
            self.check(line, number)
            yield line


def unknown_features(source: Codec, line: str) -> list[str]:
    """The features of a line that the vocabulary lacks, as people are shown them."""
    ids, encoding = source.encode_with_offsets(line)
    features = encoding.tokens[: encoding.leading_features]
    return [
        source.tokenizer.display(token)
        for id_, token in zip(ids, features, strict=False)
        if id_ == UNK
    ]


def line_of(runs: Sequence[tuple[str, Codec]], sentence: str, features: Sequence[str]) -> str:
    """The line of a sentence with the features that `--feature` gave, for runs by their names.

    Raises:
        InputError: if a run reads features and none are given, or the other way round.
    """
    for name, source in runs:
        columns = source.tokenizer.feature_columns
        if features and not columns:
            raise InputError(
                f"--feature: {visible(name)} was prepared without columns of features. "
                "Leave it out."
            )
        if columns and not features and "\t" not in sentence:
            raise InputError(
                f"{visible(name)} reads features beside the text: give each with --feature, "
                "such as --feature V --feature PST."
            )
        if not features:
            check_columns(source.tokenizer, sentence, "the sentence")
    separator = runs[0][1].tokenizer.feature_separator
    return with_features(sentence, features, separator) if features else sentence
