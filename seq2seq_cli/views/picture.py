"""What is saved of one alignment: the matrix with what it is the alignment of.

Knows nothing of file formats: `views` has one module for each.
"""

from dataclasses import dataclass

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
