"""What is saved of one alignment: the matrix with what it is the alignment of, and how.

Knows nothing of file formats: `views` has one module for each.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seq2seq_cli.search.alignment import Alignment


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """One alignment; several make a page that switches between what they differ in."""

    sentence: str
    """The raw source line."""
    run: str
    """The run's name with its kind of attention."""
    rank: int
    """Counted from 1: which of the hypotheses of this sentence by this run."""
    moment: str
    """When in training it was made, such as `epoch 2, step 942`; empty for a finished run."""
    text: str
    """The raw target: a hypothesis, or what was given."""
    score: float
    """What hypotheses are ranked by."""
    alignment: Alignment
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Source words that the run has never seen, each with the closest known ones."""


@dataclass(frozen=True, kw_only=True)
class SaveOptions:
    """How pictures are saved; each format heeds what concerns it."""

    numbers: bool = False
    """Percentages in the cells."""
    show_end: bool = True
    """Whether the row and the column of `</s>` are shown."""
    log_probs: bool = False
    """Whether each target word has its log-probability beside it."""
    several: bool = False
    """Whether there may be several sentences, so that JSON is a list however many there are."""
    font: str | None = None
    """The name or the file of a font for `.png`."""


def by_sentence(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """The pictures of each sentence, in the order in which sentences first come.

    A sentence that was asked for again stands by itself again: what repeats run, rank and moment
    belongs to the next time.
    """
    times: Counter[tuple[str, str, int, str]] = Counter()
    groups: dict[tuple[str, int], list[Picture]] = {}
    for picture in pictures:
        key = (picture.sentence, picture.run, picture.rank, picture.moment)
        groups.setdefault((picture.sentence, times[key]), []).append(picture)
        times[key] += 1
    return list(groups.values())
