"""How tables are drawn, and the words around them: titles and the caption with the scale.

Knows nothing of rows and columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Console
from rich.text import Text

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.console import colours_of
from seq2seq_cli.views.heat import Look, scale
from seq2seq_cli.views.labels import fence, make_label

SMALLEST_WIDTH = 20
SMALL_SCALE = 8
WIDE_ENOUGH = 40
END = "</s>"
GAP = 3


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """How tables are drawn; see `alignment_view`."""

    width: int
    colour: bool
    unicode: bool
    numbers: bool = False
    show_end: bool = True
    log_probs: bool = False
    unit: str = "words"

    def look(self, console: Console) -> Look:
        """What `console` can show of what is allowed."""
        system = colours_of(console) if self.colour else None
        return Look(system=system, unicode=self.unicode, numbers=self.numbers)

    def within(self, width: int) -> "TableOptions":
        """The same for a narrower place."""
        return replace(self, width=max(SMALLEST_WIDTH, min(self.width, width)))


def paragraph(
    text: str, options: TableOptions, console: Console, style: str = ""
) -> Iterator[Text]:
    """Harmless text, wrapped to the width."""
    label = fence(make_label(text, unicode=options.unicode))
    yield from _wrapped(Text(label, style), options.width, console)


def caption_lines(
    alignments: Sequence[Alignment],
    options: TableOptions,
    look: Look,
    console: Console,
    indent: int = 0,
) -> Iterator[Text]:
    """The scale, what the mark means, and what is hidden or unknown, under a blank line.

    The scale's bar begins in column `indent`, where the columns do, if there is room.
    """
    bar = scale(look) if options.width >= WIDE_ENOUGH else scale(look, SMALL_SCALE)
    notes = caption_notes(
        alignments, mark=look.mark, unicode=look.unicode, show_end=options.show_end
    )
    parts = [bar, *map(Text, notes)]
    yield Text()
    yield from flow(parts, options.width, console, max(0, indent - len("0% ")))


def caption_notes(
    alignments: Sequence[Alignment], *, mark: str, unicode: bool = True, show_end: bool
) -> Iterator[str]:
    """What the mark and the angles mean, and what is hidden: as far as these alignments need it."""
    yield f"{mark} strongest in row"
    if not all(known for alignment in alignments for known in alignment.source_known):
        angles = "‹ ›" if unicode else "< >"
        yield f"{angles} not in the vocabulary"
    if any(alignment.copied is not None for alignment in alignments):
        yield "copied: share of the distribution that is taken from the source"
    if not show_end and any(alignment.source_end for alignment in alignments):
        yield f"without {END}: rows may add up to less than 100%"
    elif any(_falls_short(alignment) for alignment in alignments):
        yield "rows add up to less than 100%"


def _falls_short(alignment: Alignment) -> bool:
    """Whether a row visibly adds up to less than 1, as with `luong-local-p`."""
    sums = alignment.weights.sum(axis=1)
    return bool(((sums > 0.0) & (sums < 0.995)).any())


def flow(parts: Sequence[Text], width: int, console: Console, indent: int = 0) -> Iterator[Text]:
    """Parts beside each other as long as they fit, all lines indented where that fits."""
    lines = [parts[0]]
    for part in parts[1:]:
        if indent + lines[-1].cell_len + GAP + part.cell_len <= width:
            lines[-1] = Text.assemble(lines[-1], " " * GAP, part)
        else:
            lines.append(part)
    for line in lines:
        margin = indent if indent + line.cell_len <= width else 0
        yield from _wrapped(Text.assemble(" " * margin, line), width, console)


def _wrapped(text: Text, width: int, console: Console) -> Iterator[Text]:
    for line in text.wrap(console, width):
        line.rstrip()
        yield line
