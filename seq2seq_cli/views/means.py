"""Scores of several runs on the same lines: their mean, and how far they lie apart.

Knows nothing of runs or of how scores are computed.
"""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.spread import spread_of
from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.scores import SCORE_NAMES


def means_view(scores: Mapping[str, Mapping[str, Sequence[float]]]) -> RenderableType:
    """Draw mean, standard deviation, lowest and highest of each score, by the name of the lines.

    Args:
        scores: by the name of the lines and by score, that of each run, two or more
    """
    return _MeansView(scores)


class _MeansView:
    def __init__(self, scores: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
        self.scores = scores

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for name, by_score in self.scores.items():
            count = max(map(len, by_score.values()), default=0)
            title = f"Mean of {count:,} runs on {visible(name)}"
            yield Text.assemble("\n ", (title, "bold"))
            table = Table(box=box.SIMPLE_HEAD)
            table.add_column("score", no_wrap=True)
            for heading in ("mean", "deviation", "lowest", "highest"):
                table.add_column(heading, justify="right", no_wrap=True)
            for score, found in by_score.items():
                spread = spread_of(found)
                figures = (spread.mean, spread.deviation, min(found), max(found))
                table.add_row(SCORE_NAMES[score], *(f"{figure:.1f}" for figure in figures))
            yield table
