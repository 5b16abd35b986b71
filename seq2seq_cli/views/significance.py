"""Two systems on the same lines: each score of both, and whether the difference is real.

Knows nothing of how it is tested.
"""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.significance import LEVEL, Difference
from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.scores import SCORE_NAMES, signature_lines

_VERDICTS = {
    "better": ("better", "green"),
    "worse": ("worse", "red"),
    "unclear": ("tests disagree", "yellow"),
    "chance": ("may be chance", "dim"),
}


def significance_view(differences: Sequence[Difference], *, baseline: str) -> RenderableType:
    """Draw the scores beside those of the baseline, p of each test, a verdict in words, and what
    makes the tests reproducible."""
    return _SignificanceView(tuple(differences), baseline)


class _SignificanceView:
    def __init__(self, differences: tuple[Difference, ...], baseline: str) -> None:
        self.differences = differences
        self.baseline = baseline

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text.assemble("\n ", (f"Compared with {visible(self.baseline)}", "bold"))
        yield _table(self.differences)
        for paragraph in self._sentences():
            for line in Text(paragraph, style="dim").wrap(console, options.max_width - 2):
                yield Text.assemble(" ", line)
        for difference in self.differences:
            for signature in difference.signatures.values():
                yield from signature_lines(difference.metric, signature, options.max_width)

    def _sentences(self) -> Iterator[str]:
        yield (
            f"better, worse: p is below {LEVEL} in each test of the score, by paired bootstrap "
            "resampling and by approximate randomization; for exact match by McNemar's exact test. "
            "That is about these lines: other seeds may differ as much, see s2s train --seeds."
        )
        for difference in self.differences:
            if difference.discordant is not None:
                ours, theirs = difference.discordant
                yield (f"Lines that only one has right: {ours:,} here, {theirs:,} in the baseline.")


def _table(differences: Sequence[Difference]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("score", no_wrap=True)
    for heading in ("here", "baseline", "gain"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("p", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in differences:
        table.add_row(
            Text(SCORE_NAMES.get(one.metric, one.metric)),
            Text(f"{one.score:.1f}", style="bold"),
            Text(f"{one.baseline:.1f}"),
            Text(f"{one.gain:+.1f}"),
            Text("  ".join(f"{p_text(p):>5}" for p in one.p_values.values())),
            Text(*_VERDICTS[one.verdict]),
        )
    return table


def p_text(p: float) -> str:
    """A p-value in three digits; small ones are not rounded to nothing."""
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")
