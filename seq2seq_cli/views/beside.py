"""Figures beside the rows of an alignment: log-probabilities, and how much is copied.

Knows nothing of how or where they are drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST_FIGURE = 6
"""Characters of a figure, at most."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One column of figures."""

    label: str
    texts: tuple[str, ...]
    """A figure for each row, of `LONGEST_FIGURE` characters at most."""

    @property
    def cells(self) -> int:
        """The terminal cells that the column takes, with a gap before it."""
        return max(len(self.label), LONGEST_FIGURE) + 1


def log_prob_figures(log_probs: Sequence[float]) -> Figures:
    """Natural log-probabilities."""
    return Figures(label="log p", texts=tuple(map(_log_prob, log_probs)))


def figures_beside(
    log_probs: Sequence[float] | None, copied: Sequence[float] | None
) -> Iterator[Figures]:
    """The columns of what there is; a share that is copied is in percent."""
    if log_probs is not None:
        yield log_prob_figures(log_probs)
    if copied is not None:
        yield Figures(label="copied", texts=tuple(f"{100 * share:.0f}%" for share in copied))


def _log_prob(value: float) -> str:
    text = f"{round(value, 2) + 0.0:.2f}"
    return text if len(text) <= LONGEST_FIGURE else f"{value:.0f}"
