"""The tables of a page for readers without JavaScript: escaped text and whole percents.

Knows nothing of the rest of the page.
"""

from collections.abc import Iterator, Sequence
from html import escape

from seq2seq_cli.views.labels import make_label
from seq2seq_cli.views.matrix import Matrix, matrix_of
from seq2seq_cli.views.page_data import is_tall
from seq2seq_cli.views.palette import level
from seq2seq_cli.views.picture import Picture, SaveOptions


def plain_tables(pictures: Sequence[Picture], options: SaveOptions) -> Iterator[str]:
    """One table for each picture, under its sentence and its target."""
    for picture in pictures:
        matrix = matrix_of(picture.alignment, show_end=options.show_end)
        facts = (f"score {picture.score:.3f}", picture.run, picture.moment)
        yield f'<h2 dir="auto">{_text(picture.sentence)}</h2>'
        yield f'<p dir="auto">{_text(picture.text)}</p>'
        yield f'<p class="facts">{" · ".join(_text(fact) for fact in facts if fact)}</p>'
        if matrix.instead is not None:
            yield f"<p>{escape(matrix.instead)}</p>"
        else:
            yield from _table(matrix)


def _table(matrix: Matrix) -> Iterator[str]:
    """End tags are left out where HTML lets them be: cells are most of the page."""
    tall = " tall" if is_tall(matrix) else ""
    yield f'<div class="box"><table class="plain{tall}"><thead><tr><td>'
    yield "".join(f"<th scope=col><span>{escape(label)}</span>" for label in matrix.columns)
    yield "<tbody>"
    for label, weights in zip(matrix.rows, matrix.weights.tolist(), strict=True):
        yield f"<tr><th scope=row>{escape(label)}{''.join(map(_cell, weights))}"
    yield "</table></div>"


def _cell(weight: float) -> str:
    percent = level(weight)
    return f"<td class=w{percent}>{percent}" if percent else "<td>"


def _text(raw: str) -> str:
    return escape(make_label(raw))
