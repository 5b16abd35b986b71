"""One score with what makes it reproducible, and the checks that every score needs.

Knows nothing of how a score is computed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seq2seq_cli.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The 95 % confidence interval of a figure: how far other lines of the same kind may lead."""

    low: float
    high: float
    method: str
    """`bootstrap` or `Wilson`."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """A figure on the scale of 0 to 100 (error rates may exceed 100)."""

    score: float
    signature: str | None = None
    """sacreBLEU's signature: every setting the figure depends on; None where there is none."""
    interval: Interval | None = None
    """None where none was asked for."""

    def to_json(self) -> dict[str, object]:
        """`score`, and `signature` and `interval` where there are."""
        signature = {} if self.signature is None else {"signature": self.signature}
        interval = {} if self.interval is None else {"interval": asdict(self.interval)}
        return {"score": self.score, **signature, **interval}


def check_lines(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    """Raise `InputError` unless there is one hypothesis for each reference, and at least one."""
    if len(hypotheses) != len(references):
        raise InputError(
            f"Scoring needs one hypothesis for each reference, in the same order; found "
            f"{len(hypotheses)} hypotheses and {len(references)} references. "
            "Check that both come from the same split and that no line was dropped."
        )
    if not references:
        raise InputError(
            "There are no lines to score. Give at least one hypothesis with its reference."
        )
