"""Options about alignment links that `align` and `evaluate` share.

Knows nothing of what the commands do with them; imports nothing heavy.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class MethodName(StrEnum):
    """How links are read from attention weights."""

    strongest = "strongest"
    threshold = "threshold"
    mutual = "mutual"


class UnitName(StrEnum):
    """What links count."""

    words = "words"
    space = "space"
    pieces = "pieces"


class CombineName(StrEnum):
    """How the links of two directions become one alignment."""

    mean = "mean"
    intersection = "intersection"
    union = "union"
    grow_diag = "grow-diag"
    grow_diag_final_and = "grow-diag-final-and"


LINKS_PANEL = "Alignment links"

MethodOption = Annotated[
    MethodName,
    typer.Option(
        "--method",
        rich_help_panel=LINKS_PANEL,
        help="strongest: each target word's strongest source word (Luong et al. 2015). threshold: "
        "all weights of at least --threshold (Liang et al. 2006). mutual: the strongest of both "
        "words (SimAlign's Argmax, Jalili Sabet et al. 2020), and weights of --threshold.",
    ),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        rich_help_panel=LINKS_PANEL,
        help="Weight that makes a link by itself (default: 0.9 for mutual, 0.5 for threshold).",
        show_default=False,
    ),
]
ShiftOption = Annotated[
    bool,
    typer.Option(
        "--shift/--no-shift",
        rich_help_panel=LINKS_PANEL,
        help="Read a word off the step after it, whose input it is (SHIFT-ATT, Chen et al. 2020); "
        "made for Transformers, wrong for recurrent decoders.",
    ),
]
ReverseOption = Annotated[
    Path | None,
    typer.Option(
        "--reverse",
        metavar="RUN",
        rich_help_panel=LINKS_PANEL,
        help="A run from the target to the source, to align by both.",
        show_default=False,
    ),
]
CombineOption = Annotated[
    CombineName | None,
    typer.Option(
        "--symmetrize",
        rich_help_panel=LINKS_PANEL,
        help="How --reverse comes in. mean: links of the mean of both weights (the default). Or "
        "the links of both by intersection, union (Och and Ney 2003), grow-diag or "
        "grow-diag-final-and (Koehn et al. 2005).",
        show_default=False,
    ),
]
