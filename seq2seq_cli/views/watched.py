"""The alignment of a watched sentence: while it is trained on, and when its history is shown.

Knows nothing of how it is computed or kept.
"""

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console, Group, RenderableType
from rich.text import Text

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.training.events import AttentionWatched
from seq2seq_cli.views.attention_table import alignment_view
from seq2seq_cli.views.console import can_colour, can_draw_unicode
from seq2seq_cli.views.labels import fence, fit, make_label
from seq2seq_cli.views.notes import hypothesis_header

SCORE = 18
"""Cells kept free for the score beside a hypothesis that is cut."""
FEWEST_ROWS = 20
"""Rows that are always shown; beyond them, twice as many as there are columns."""


def moment(event: AttentionWatched) -> str:
    """When in training it was: `epoch 2, step 942`."""
    return f"epoch {event.epoch}, step {event.step:,}"


def heading(event: AttentionWatched, *, unicode: bool = True) -> Text:
    """The sentence that was watched, and the target if one was given."""
    lines = [_named("watched", event.sentence, unicode)]
    if event.target is not None:
        lines.append(_named("target", event.target, unicode))
    return Text("\n").join(lines)


def _named(name: str, line: str, unicode: bool) -> Text:
    return Text.assemble((f"{name:<9}", "dim"), fence(make_label(line, unicode=unicode)))


def watched_view(
    event: AttentionWatched,
    console: Console,
    *,
    numbers: bool = False,
    show_end: bool = True,
    unit: str = "words",
    title: str | None = None,
) -> RenderableType:
    """The hypothesis with its score, under a title if given, and the whole table."""
    unicode = can_draw_unicode(console)
    table = alignment_view(
        event.alignment,
        width=console.width,
        colour=can_colour(console),
        unicode=unicode,
        numbers=numbers,
        show_end=show_end,
        log_probs=event.target is not None,
        unit=unit,
    )
    header = hypothesis_header(event.text, event.score, unicode=unicode)
    return Group(*([] if title is None else [Text(title, "bold")]), header, Text(), table)


def bounded_view(event: AttentionWatched, console: Console) -> RenderableType:
    """The same in a bounded number of lines: early in training a hypothesis may be endless."""
    unicode = can_draw_unicode(console)
    room = max(1, console.width - SCORE)
    text = fit(make_label(event.text, unicode=unicode), room, unicode=unicode)
    rows = max(FEWEST_ROWS, 2 * len(event.alignment.source))
    shown = replace(event, text=text, alignment=_first_rows(event.alignment, rows))
    return Group(watched_view(shown, console), *_left_out(len(event.alignment.target), rows))


def _first_rows(alignment: Alignment, rows: int) -> Alignment:
    return replace(
        alignment,
        target=alignment.target[:rows],
        weights=alignment.weights[:rows],
        log_probs=alignment.log_probs[:rows],
        copied=None if alignment.copied is None else alignment.copied[:rows],
        target_end=alignment.target_end and len(alignment.target) <= rows,
    )


def _left_out(rows: int, shown: int) -> Iterator[Text]:
    if rows > shown:
        said = f"the first {shown} of {rows} target words; `s2s attend --history` shows them all"
        yield Text(said, "dim")
