"""Options that several commands share, so that a name means the same everywhere.

Knows nothing of what the commands do with them.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class DeviceName(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class PrecisionName(StrEnum):
    """How exactly to compute."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"


RunsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--run", metavar="<path>", help="Run folder; repeatable (default: the last one trained)."
    ),
]
EnsembleOption = Annotated[
    bool,
    typer.Option(
        "--ensemble",
        help="Decode with all runs of --run together: their log-probabilities and their attention "
        "are averaged.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Dataset, if not the one the run remembers.", show_default=False),
]
DeviceOption = Annotated[DeviceName, typer.Option("--device", help="Where to compute.")]
PrecisionOption = Annotated[
    PrecisionName | None,
    typer.Option(
        "--precision", help="auto, fp32 or bf16 (default: the run's own).", show_default=False
    ),
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=0, help="Computing threads; 0: one for each core.")
]
JOB_PANEL = "Several processes"
DevicesOption = Annotated[
    int,
    typer.Option(
        "--devices",
        metavar="N",
        rich_help_panel=JOB_PANEL,
        help="Let N processes on this machine do the work together, one for each GPU, or sharing "
        "the cores. On several machines: torchrun, see docs/scaling.md.",
        min=1,
        max=1_024,
    ),
]
BeamOption = Annotated[
    int | None,
    typer.Option("--beam", min=1, max=1_000, help="Hypotheses kept (default: the run's own, 5)."),
]
MaxLengthOption = Annotated[
    int,
    typer.Option(
        "--max-length", min=1, help="Tokens of a line that are read; what comes after is left out."
    ),
]
MAX_LENGTH = 1_000
"""Far more than sentences have, few enough for one to be done in seconds."""
NBestOption = Annotated[int, typer.Option("--n-best", min=1, max=1_000, help="Hypotheses shown.")]
LengthPenaltyOption = Annotated[
    float | None,
    typer.Option("--length-penalty", min=0.0, max=10.0, help="Alpha of the length normalisation."),
]
CoveragePenaltyOption = Annotated[
    float | None,
    typer.Option("--coverage-penalty", min=0.0, max=10.0, help="Beta of the coverage penalty."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
SaveOption = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE",
        help="Save what is shown as well, in the format that FILE ends with: .html (a page to "
        "explore), .svg or .png (a picture), .json (what --json prints), .tsv (a row for each "
        "cell: spreadsheets, pandas). Needs the extra `png` for .png.",
        show_default=False,
    ),
]
FontOption = Annotated[
    str | None,
    typer.Option(
        "--font",
        metavar="NAME_OR_FILE",
        help="Font of a .png, for scripts that matplotlib's own font lacks.",
        show_default=False,
    ),
]
ForceSaveOption = Annotated[
    bool, typer.Option("--force", help="Replace the file at --save if it exists.")
]
