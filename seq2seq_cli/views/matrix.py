"""What is shown of an alignment, wherever it is drawn: labels, weights, the strongest of each row.

The end of the sentences is shown or left out; nothing is rescaled. Knows nothing of how or where
it is drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.beside import Figures, figures_beside
from seq2seq_cli.views.labels import make_label

NO_ATTENTION = "This run was trained without attention: it has no weights to show."
NO_TARGET = "The translation is empty: there are no target words to show."
NO_SOURCE = "The source sentence is empty: there are no source words to show."


@dataclass(frozen=True, kw_only=True, eq=False)
class Matrix:
    """The rows and columns of an alignment that are shown, with harmless labels."""

    rows: tuple[str, ...]
    """Labels of the target rows."""
    columns: tuple[str, ...]
    """Labels of the source columns; those that the vocabulary lacks stand between angles."""
    weights: NDArray[np.float64]
    """(rows, columns), as the model gave them; 0 for what is no number."""
    strongest: tuple[int | None, ...]
    """The column of each row's largest weight; None if there is none or it is not shown."""
    log_probs: tuple[float, ...]
    """Natural log-probability of each row."""
    copied: tuple[float, ...] | None
    """How much of the distribution at each row is copied; None: nothing can be."""
    words: int
    """Columns that are words of the source, `</s>` not counted."""
    target_end: bool
    """Whether the last row is `</s>`."""
    instead: str | None
    """The sentence that stands for a table where there is nothing to draw."""

    def beside(self, *, log_probs: bool) -> tuple[Figures, ...]:
        """The columns of figures beside the cells; log-probabilities where they are wanted."""
        return tuple(figures_beside(self.log_probs if log_probs else None, self.copied))


def matrix_of(alignment: Alignment, *, show_end: bool, unicode: bool = True) -> Matrix:
    """Choose what is shown; `unicode` is whether labels may be more than ASCII."""
    rows = len(alignment.target) - (alignment.target_end and not show_end)
    columns = len(alignment.source) - (alignment.source_end and not show_end)
    weights = _finite(alignment.weights)
    return Matrix(
        rows=tuple(make_label(word, unicode=unicode) for word in alignment.target[:rows]),
        columns=_column_labels(alignment, unicode)[:columns],
        weights=weights[:rows, :columns],
        strongest=tuple(_strongest(row, columns) for row in weights[:rows]),
        log_probs=alignment.log_probs[:rows],
        copied=None if alignment.copied is None else alignment.copied[:rows],
        words=len(alignment.source) - alignment.source_end,
        target_end=alignment.target_end and show_end,
        instead=_instead(alignment, rows, columns),
    )


def _instead(alignment: Alignment, rows: int, columns: int) -> str | None:
    if not rows:
        return NO_TARGET
    if not alignment.weights.any():
        return NO_ATTENTION
    return None if columns else NO_SOURCE


def _column_labels(alignment: Alignment, unicode: bool) -> tuple[str, ...]:
    opening, closing = ("‹", "›") if unicode else ("<", ">")
    labels = [make_label(word, unicode=unicode) for word in alignment.source]
    return tuple(
        label if known else f"{opening}{label}{closing}"
        for label, known in zip(labels, alignment.source_known, strict=True)
    )


def _strongest(row: NDArray[np.float64], shown_columns: int) -> int | None:
    best = int(row.argmax()) if row.size and row.max() > 0 else shown_columns
    return best if best < shown_columns else None


def _finite(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(weights), weights, 0.0)
