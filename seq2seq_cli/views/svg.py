"""Alignments as one SVG picture that needs nothing else: shapes, words, names of usual fonts.

It has no scripts, no styles and no links, and all text in it is escaped. Knows nothing of layout.
"""

from collections.abc import Iterator, Sequence
from html import escape

from seq2seq_cli.views.drawing import INK, PAPER, Box, Dot, Drawing, Mark, Words
from seq2seq_cli.views.figure import figure
from seq2seq_cli.views.labels import make_label, runs_right_to_left
from seq2seq_cli.views.matrix import matrix_of
from seq2seq_cli.views.palette import Rgb, level
from seq2seq_cli.views.picture import Picture, SaveOptions

FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
TITLE_ID, DESCRIPTION_ID = "s2s-title", "s2s-description"


def svg_document(pictures: Sequence[Picture], options: SaveOptions) -> str:
    """The picture, with a title and a description in words for those who cannot see it."""
    drawing = figure(pictures, options)
    width, height = _number(drawing.width), _number(drawing.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{TITLE_ID} {DESCRIPTION_ID}">',
        f'<title id="{TITLE_ID}">{escape(_title(pictures))}</title>',
        f'<desc id="{DESCRIPTION_ID}">{escape(_description(pictures, options))}</desc>',
        f'<rect width="{width}" height="{height}" fill="{_colour(PAPER)}"/>',
        f'<g font-family="{FONTS}" fill="{_colour(INK)}">',
        *_elements(drawing),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _title(pictures: Sequence[Picture]) -> str:
    sentence = make_label(pictures[0].sentence)
    others = {picture.sentence for picture in pictures} - {pictures[0].sentence}
    more = f" and {len(others)} more" if others else ""
    return f"What each target word attends to: {sentence}{more}"


def _description(pictures: Sequence[Picture], options: SaveOptions) -> str:
    """Each target word with the source word that it attends to most."""
    return " ".join(
        f"{make_label(picture.text)}: {', '.join(_pairs(picture, options))}."
        for picture in pictures
    )


def _pairs(picture: Picture, options: SaveOptions) -> Iterator[str]:
    matrix = matrix_of(picture.alignment, show_end=options.show_end)
    if matrix.instead is not None:
        yield matrix.instead.rstrip(".")
        return
    for row, column in enumerate(matrix.strongest):
        if column is not None:
            percent = level(float(matrix.weights[row, column]))
            yield f"{matrix.rows[row]} to {matrix.columns[column]} {percent} %"


def _elements(drawing: Drawing) -> Iterator[str]:
    for mark in drawing.marks:
        yield _element(mark)


def _element(mark: Mark) -> str:
    match mark:
        case Box():
            size = f'width="{_number(mark.width)}" height="{_number(mark.height)}"'
            place = f'x="{_number(mark.x)}" y="{_number(mark.y)}"'
            return f'<rect {place} {size} fill="{_colour(mark.fill)}"/>'
        case Dot():
            place = f'cx="{_number(mark.x)}" cy="{_number(mark.y)}"'
            return f'<circle {place} r="{_number(mark.radius)}" fill="{_colour(mark.fill)}"/>'
        case Words():
            return _text(mark)


def _text(words: Words) -> str:
    x, y = _number(words.x), _number(words.y)
    attributes = [f'x="{x}" y="{y}" font-size="{_number(words.size)}"']
    if words.anchor != "start":
        attributes.append(f'text-anchor="{words.anchor}"')
    if words.rise:
        attributes.append(f'transform="rotate({_number(-words.rise)} {x} {y})"')
    if words.bold:
        attributes.append('font-weight="bold"')
    if words.fill != INK:
        attributes.append(f'fill="{_colour(words.fill)}"')
    if runs_right_to_left(words.text):
        attributes.append('unicode-bidi="plaintext"')
    return f"<text {' '.join(attributes)}>{escape(words.text)}</text>"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _colour(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
