"""Links from attention weights: which cells of a matrix count as an alignment.

Pure functions on one matrix of weights; links are pairs (source word, target word), counted from 0.
Knows nothing of models, pieces or gold links.

`</s>` is no word: its row and its column are cut off first and never compete. On the validation set
of the built-in corpus that gave `mutual` an AER of 6.0 against 6.1 where the column competes, and
4.9 against 5.0 with a run in the other direction (`strongest` alone was better off with it, 6.9
against 7.3).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import Links

Method = Literal["strongest", "threshold", "mutual"]
METHODS: tuple[Method, ...] = ("strongest", "threshold", "mutual")
USUAL_THRESHOLDS = {"threshold": 0.5, "mutual": 0.9}
Weights = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """How links are read from weights.

    The defaults have the lowest AER on the validation set of the built-in corpus, for `bahdanau`
    (6.0; `strongest` 7.3, `threshold` 6.8) and for `luong-general` (7.0; 7.7, 7.7).

    Raises:
        InputError: if there is a threshold where none is used, or it is no weight.
    """

    method: Method = "mutual"
    threshold: float | None = None
    """Weight from which a cell is a link by itself; None: 0.5 for `threshold`, 0.9 for `mutual`."""
    shift: bool = False
    """Whether a word is read off the step that it is the input of, see `word_rows`."""

    def __post_init__(self) -> None:
        if self.threshold is None:
            return
        if self.method not in USUAL_THRESHOLDS:
            raise InputError(
                f"--threshold belongs to --method threshold or mutual; {self.method} has none. "
                "Leave one of them out."
            )
        if not 0.0 < self.threshold <= 1.0:
            raise InputError(
                f"--threshold {self.threshold}: a weight above 0 and up to 1 is expected."
            )

    @property
    def least(self) -> float | None:
        """The threshold that is used; None where the method has none."""
        return self.threshold or USUAL_THRESHOLDS.get(self.method)

    def links(self, weights: Weights) -> Links:
        """The links of weights between words, (target, source)."""
        if self.least is None:
            return strongest_links(weights)
        if self.method == "mutual":
            return mutual_links(weights, self.least)
        return threshold_links(weights, self.least)

    @property
    def signature(self) -> str:
        """The settings in words."""
        least = "" if self.least is None else f"|threshold:{self.least:g}"
        return f"method:{self.method}{least}|shift:{'yes' if self.shift else 'no'}"


def word_rows(weights: Weights, *, shift: bool) -> Weights:
    """The rows in which target words are read, without the column of `</s>`.

    Without `shift`, word t has the step that writes it, row t. With it, word t has the step that
    reads it as the decoder's input, row t + 1; the row of `</s>` serves the last word. That is
    SHIFT-ATT, made for Transformers (Chen et al. 2020, "Accurate Word Alignment Induction from
    Neural Machine Translation"). The decoders here attend in order to write the next word: on the
    validation set of the built-in corpus, AER is about 90 with `shift`, below 8 without.

    Args:
        weights: of words or pieces with `</s>` last on both sides, (target + 1, source + 1)

    Returns:
        (target, source)
    """
    return weights[1:, :-1] if shift else weights[:-1, :-1]


def strongest_links(weights: Weights) -> Links:
    """For each target word its strongest cell, the first of equals; none in a row of zeros.

    Source: Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine
    Translation", where alignment quality is measured.
    """
    if not weights.size:
        return frozenset()
    best = weights.argmax(axis=1)
    return frozenset(
        (int(source), target) for target, source in enumerate(best) if weights[target, source] > 0
    )


def threshold_links(weights: Weights, threshold: float) -> Links:
    """All cells of at least `threshold`: none, one or several for a word.

    Source: Liang et al. 2006, "Alignment by Agreement" (posterior decoding).
    """
    targets, sources = np.nonzero(weights >= threshold)
    return frozenset(zip(sources.tolist(), targets.tolist(), strict=True))


def mutual_links(weights: Weights, threshold: float) -> Links:
    """The cells that are the strongest of their row and of their column, and all of `threshold`.

    Source: Jalili Sabet et al. 2020, "SimAlign" (Argmax). The threshold lets a source word
    have several target words that are sure of it, such as *not* - *ne ... pas*.
    """
    by_source = strongest_links(weights.T)
    agreed = {(source, target) for target, source in by_source}
    return (strongest_links(weights) & agreed) | threshold_links(weights, threshold)
