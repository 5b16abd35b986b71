"""Alignments as figures: heat maps with their titles, one under the other, and one scale.

Knows nothing of the formats that figures are written in.
"""

from collections.abc import Iterator, Sequence

from seq2seq_cli.views.caption import caption_notes
from seq2seq_cli.views.drawing import FAINT, INK, Box, Drawing, Mark, Words, moved, stack
from seq2seq_cli.views.heat_map import GAP, LABEL, SEAM, SMALL, colour_of, heat_map
from seq2seq_cli.views.labels import ELLIPSIS, make_label
from seq2seq_cli.views.matrix import matrix_of
from seq2seq_cli.views.picture import Picture, SaveOptions
from seq2seq_cli.views.text_width import text_width, wrap

MARGIN, BETWEEN = 24.0, 44.0
TITLE, LEADING, TITLE_LINES = 16.0, 1.4, 4
LEAST_WIDTH = 520.0
SCALE_STEPS, SCALE_STEP = 50, 4.0


def figure(pictures: Sequence[Picture], options: SaveOptions) -> Drawing:
    """All pictures one under the other, and the scale where there are weights."""
    matrices = [matrix_of(one.alignment, show_end=options.show_end) for one in pictures]
    ranked = any(picture.rank > 1 for picture in pictures)
    drawn: list[Drawing] = []
    for picture, matrix in zip(pictures, matrices, strict=True):
        body = _sentence(matrix.instead) if matrix.instead else heat_map(matrix, options)
        title = _title(picture, max(LEAST_WIDTH, body.width), ranked=ranked)
        drawn.append(stack([title, body], GAP * 2))
    whole = stack(drawn, BETWEEN)
    if not all(matrix.instead for matrix in matrices):
        whole = stack([whole, _scale(pictures, options, whole.width)], GAP * 3)
    return Drawing(
        width=whole.width + 2 * MARGIN,
        height=whole.height + 2 * MARGIN,
        marks=tuple(moved(whole.marks, MARGIN, MARGIN)),
    )


def _title(picture: Picture, width: float, *, ranked: bool) -> Drawing:
    """The sentence, its target and where that comes from, each wrapped to the width."""
    facts = [f"score {picture.score:.3f}", picture.run, picture.moment]
    facts.extend([f"hypothesis {picture.rank}"] if ranked else [])
    marks: list[Mark] = []
    top = 0.0
    for text, size, bold in (
        (picture.sentence, TITLE, False),
        (picture.text, TITLE, True),
        (" · ".join(filter(None, facts)), SMALL, False),
    ):
        for line in _lines(make_label(text), size, width):
            fill = FAINT if size == SMALL else INK
            marks.append(Words(x=0, y=top + size, text=line, size=size, bold=bold, fill=fill))
            top += size * LEADING
    return Drawing(width=width, height=top, marks=tuple(marks))


def _lines(text: str, size: float, width: float) -> list[str]:
    """The first lines of a text; an ellipsis stands for the rest."""
    lines = list(wrap(text, size, width - size))
    if len(lines) > TITLE_LINES:
        lines[TITLE_LINES - 1 :] = [lines[TITLE_LINES - 1] + ELLIPSIS]
    return lines


def _sentence(text: str) -> Drawing:
    marks = (Words(x=0, y=LABEL, text=text, size=LABEL),)
    return Drawing(width=text_width(text, LABEL), height=LABEL * LEADING, marks=marks)


def _scale(pictures: Sequence[Picture], options: SaveOptions, width: float) -> Drawing:
    """The colours from 0 % to 100 % and what marks mean, the parts wrapped to the width."""
    start = text_width("0% ", SMALL)
    steps = [
        Box(
            x=start + SCALE_STEP * step,
            y=1,
            width=SCALE_STEP + SEAM,
            height=SMALL + 2,
            fill=colour_of(step / (SCALE_STEPS - 1)),
        )
        for step in range(SCALE_STEPS)
    ]
    marks: list[Mark] = [Words(x=0, y=SMALL, text="0%", size=SMALL), *steps]
    x, y = start + SCALE_STEP * SCALE_STEPS + GAP, SMALL
    for note in ("100%", *_notes(pictures, options)):
        if x + text_width(note, SMALL) > width:
            x, y = 0.0, y + SMALL * 1.6
        marks.append(Words(x=x, y=y, text=note, size=SMALL))
        x += text_width(note, SMALL) + GAP * 2
    return Drawing(width=width, height=y + SMALL, marks=tuple(marks))


def _notes(pictures: Sequence[Picture], options: SaveOptions) -> Iterator[str]:
    alignments = [picture.alignment for picture in pictures]
    mark = "bold:" if options.numbers else "●"
    yield from caption_notes(alignments, mark=mark, show_end=options.show_end)
    if options.numbers:
        yield "cells in percent"
