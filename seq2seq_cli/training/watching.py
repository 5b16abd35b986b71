"""Sentences whose alignment is looked at whenever a model in training is validated.

Looking draws no random number and changes nothing. Knows nothing of steps' work or of files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from seq2seq_cli.errors import InputError
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.attend import Attended, attend
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.checks import MAXIMUM_TOKEN_LENGTH, damaged, is_storable, mapping, sequence
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.features import check_columns
from seq2seq_cli.training.events import AttentionWatched

LONGEST = 200
"""Tokens of a watched sentence, or of its target, at most."""
MOST = 20
"""Watched sentences of a run, at most."""
KEYS = ("source", "target")


@dataclass(frozen=True, kw_only=True)
class WatchedSentence:
    """What is asked for: a sentence, and what its rows are to be."""

    source: str
    """A raw line."""
    target: str | None
    """A raw target that stays the same; None: what the model writes at the time."""


def watched_to_json(sentences: Sequence[WatchedSentence]) -> list[dict[str, str | None]]:
    """The sentences as JSON values."""
    return [{"source": one.source, "target": one.target} for one in sentences]


def watched_from_json(value: object, origin: str) -> tuple[WatchedSentence, ...]:
    """What `watched_to_json` described.

    Raises:
        InputError: if it is something else.
    """
    found = []
    for item in sequence(value, "watched sentences", origin):
        source, target = (mapping(item, KEYS, origin)[key] for key in KEYS)
        if not isinstance(source, str) or not isinstance(target, str | None):
            raise damaged(origin, "expected texts as watched sentences, found something else")
        found.append(WatchedSentence(source=source, target=target))
    return tuple(found)


class Watcher:
    """Looks at sentences with one translator, in the settings that validation searches with."""

    def __init__(
        self,
        translator: Translator,
        sentences: Sequence[WatchedSentence],
        settings: SearchSettings,
    ) -> None:
        """Raises InputError for sentences that are blank, too long or too many."""
        self.translator, self.sentences, self.settings = translator, sentences, settings
        if len(sentences) > MOST:
            raise InputError(f"--watch: {len(sentences)} sentences are too many; give {MOST}.")
        for one in sentences:
            _check(one.source, translator.source, "--watch")
            if one.target is not None:
                _check(one.target, translator.target, "--watch-target")
        tokenizers = (translator.source.tokenizer, translator.target.tokenizer)
        self.has_pieces = any(tokenizer.has_pieces for tokenizer in tokenizers)

    def look(self, step: int, epoch: int) -> list[AttentionWatched]:
        """The alignment of each sentence now; none where the figures are no longer numbers."""
        cast(Seq2Seq, self.translator.model).eval()  # what is trained is never an ensemble
        return [
            self._event(one, found, step, epoch)
            for one in self.sentences
            for found in self._attend(one)
            if _is_finite(found)
        ]

    def _attend(self, one: WatchedSentence) -> tuple[Attended, ...]:
        return attend(self.translator, one.source, self.settings, target=one.target)

    def _event(
        self, one: WatchedSentence, found: Attended, step: int, epoch: int
    ) -> AttentionWatched:
        return AttentionWatched(
            step=step,
            epoch=epoch,
            sentence=one.source,
            target=one.target,
            text=found.text,
            score=found.score,
            unknown=found.unknown,
            alignment=found.alignment,
            by_piece=found.by_piece if self.has_pieces else None,
        )


def _check(line: str, side: Codec, option: str) -> None:
    if not line.strip():
        raise InputError(f"{option}: the sentence is blank. Type some words.")
    if not is_storable(line):
        raise InputError(
            f"{option}: expected a sentence of at most {MAXIMUM_TOKEN_LENGTH:,} characters in "
            f"UTF-8, found {_described(line)}. Watch another."
        )
    check_columns(side.tokenizer, line, option)
    tokens = len(side.encode(line))
    if not 1 <= tokens <= LONGEST:
        raise InputError(
            f"{option}: expected a sentence of 1 to {LONGEST} tokens, found {tokens:,}. "
            "Watch another."
        )


def _described(line: str) -> str:
    too_long = len(line) > MAXIMUM_TOKEN_LENGTH
    return f"{len(line):,}" if too_long else "bytes that are not UTF-8"


def _is_finite(found: Attended) -> bool:
    figures = (found.by_piece.weights, found.by_piece.log_probs, found.score)
    return all(np.isfinite(values).all() for values in figures)
