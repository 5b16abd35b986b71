"""Which symbols are taken for which: references and hypotheses aligned by their fewest edits.

Made for phones and characters, where the table is small; it counts words as well. Where several
alignments have as few edits, rapidfuzz's choice counts. Knows nothing of models or files.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from seq2seq_cli.scoring.score import check_lines

Cell = tuple[str | None, str | None]
"""A symbol of the reference and what the hypothesis has there; None: nothing."""


@dataclass(frozen=True, kw_only=True)
class SymbolErrors:
    """One symbol of the references."""

    symbol: str | None
    """None: nothing; what stands there was inserted."""
    count: int
    """Times that it occurs in the references, or that something was inserted."""
    right: int
    instead: tuple[tuple[str | None, int], ...]
    """What it was taken for, with counts, most frequent first; None: it was left out."""

    @property
    def errors(self) -> int:
        """Times that it was not right."""
        return self.count - self.right


@dataclass(frozen=True, kw_only=True)
class Confusions:
    """How often each symbol of the references became which symbol of the hypotheses."""

    cells: dict[Cell, int]

    def by_symbol(self) -> list[SymbolErrors]:
        """Each symbol of the references, and what was inserted; most errors first."""
        rows: dict[str | None, Counter[str | None]] = {}
        for (wanted, found), count in self.cells.items():
            rows.setdefault(wanted, Counter())[found] += count
        symbols = [_errors_of(symbol, found) for symbol, found in rows.items()]
        return sorted(symbols, key=lambda one: (-one.errors, one.symbol or ""))

    def to_json(self) -> list[dict[str, object]]:
        """Every cell that is not 0, most frequent first; null is nothing."""
        ordered = sorted(self.cells.items(), key=lambda item: (-item[1], str(item[0])))
        return [
            {"reference": wanted, "hypothesis": found, "count": count}
            for (wanted, found), count in ordered
        ]


def count_confusions(
    hypotheses: Sequence[str], references: Sequence[str], tokens: Callable[[str], Sequence[str]]
) -> Confusions:
    """Align each line with its reference, symbol by symbol; `tokens` splits a line into symbols."""
    check_lines(hypotheses, references)
    cells: Counter[Cell] = Counter()
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        cells.update(aligned_symbols(tokens(reference), tokens(hypothesis)))
    return Confusions(cells=dict(cells))


def aligned_symbols(reference: Sequence[str], hypothesis: Sequence[str]) -> list[Cell]:
    """Each symbol of both sides, by the fewest edits: those of the reference in their order, then
    what was inserted."""
    found: list[str | None] = list(reference)
    inserted: list[Cell] = []
    for edit in Levenshtein.editops(reference, hypothesis):
        if edit.tag == "insert":
            inserted.append((None, hypothesis[edit.dest_pos]))
        else:
            found[edit.src_pos] = hypothesis[edit.dest_pos] if edit.tag == "replace" else None
    return [*zip(reference, found, strict=True), *inserted]


def _errors_of(symbol: str | None, found: Counter[str | None]) -> SymbolErrors:
    right = 0 if symbol is None else found[symbol]
    wrong = [item for item in found.items() if symbol is None or item[0] != symbol]
    return SymbolErrors(
        symbol=symbol,
        count=found.total(),
        right=right,
        instead=tuple(sorted(wrong, key=lambda item: (-item[1], item[0] or ""))),
    )
