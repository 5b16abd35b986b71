"""Alignments as a PNG image, drawn by matplotlib, which is an extra of this package.

Only its plain drawing is used: no windows, no settings of the user's, no mathematics in text.
Knows nothing of layout.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.views.drawing import Box, Dot, Drawing, Words
from seq2seq_cli.views.figure import figure
from seq2seq_cli.views.palette import Rgb
from seq2seq_cli.views.picture import Picture, SaveOptions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT_FONT = "DejaVu Sans"
"""Comes with matplotlib."""
PIXELS_PER_INCH = 100.0
"""How many pixels of a drawing are one inch of the image."""
POINTS = 72 / PIXELS_PER_INCH
SHARP, COARSE = 200, 40
"""Dots per inch: what is aimed at, and below what words cannot be read."""
MOST_DOTS = 1 << 16
"""The longest side that matplotlib draws."""
MOST_NAMED = 20


def check_png(font: str | None) -> None:
    """Make sure that matplotlib and the font are there.

    Raises:
        InputError: if they are not.
    """
    if find_spec("matplotlib") is None:
        raise InputError(
            "a .png needs matplotlib, which is not installed. Install it with "
            "`pip install 'seq2seq-cli[png]'` (or `pip install matplotlib`), or save as .svg."
        )
    _families(font)


def png_document(pictures: Sequence[Picture], options: SaveOptions) -> tuple[bytes, list[str]]:
    """The image, and warnings about what could not be drawn well.

    Raises:
        WorkError: if so many pictures cannot be one image.
    """
    drawing = figure(pictures, options)
    families = _families(options.font)
    dots = min(SHARP, int(MOST_DOTS * PIXELS_PER_INCH / max(drawing.width, drawing.height)) - 1)
    if dots < COARSE:
        raise WorkError(
            f"{len(pictures)} alignments are too large for one .png. Save them as .html or .svg."
        )
    with _plain_matplotlib():
        image = _draw(drawing, families, dots)
    return image, list(_missing(drawing, families, options.font))


def _draw(drawing: Drawing, families: list[str], dots: int) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = drawing.width / PIXELS_PER_INCH, drawing.height / PIXELS_PER_INCH
    paper = Figure(figsize=size, dpi=dots, facecolor="white")
    FigureCanvasAgg(paper)
    axes = paper.add_axes((0, 0, 1, 1), frameon=False, xticks=[], yticks=[])
    axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
    _add_shapes(axes, drawing)
    for mark in drawing.marks:
        if isinstance(mark, Words):
            _add_words(axes, mark, families)
    image = BytesIO()
    paper.savefig(image, format="png", metadata={"Software": None})
    return image.getvalue()


def _add_shapes(axes: "Axes", drawing: Drawing) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle, Rectangle

    boxes = [mark for mark in drawing.marks if isinstance(mark, Box)]
    dots = [mark for mark in drawing.marks if isinstance(mark, Dot)]
    rectangles = [Rectangle((box.x, box.y), box.width, box.height) for box in boxes]
    circles = [Circle((dot.x, dot.y), dot.radius) for dot in dots]
    for patches, marks, smooth in ((rectangles, boxes, False), (circles, dots, True)):
        fills = [_colour(mark.fill) for mark in marks]
        axes.add_collection(
            PatchCollection(patches, facecolors=fills, linewidths=0, antialiaseds=smooth),
            autolim=False,
        )


def _add_words(axes: "Axes", words: Words, families: list[str]) -> None:
    axes.text(
        words.x,
        words.y,
        words.text,
        color=_colour(words.fill),
        family=families,
        fontsize=words.size * POINTS,
        fontweight="bold" if words.bold else "normal",
        ha={"start": "left", "middle": "center", "end": "right"}[words.anchor],
        va="baseline",
        rotation=words.rise,
        rotation_mode="anchor",
        parse_math=False,
        usetex=False,
    )


def _colour(colour: Rgb) -> tuple[float, float, float]:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255


@contextmanager
def _plain_matplotlib() -> Iterator[None]:
    """matplotlib as it comes, silent about glyphs: they are reported once and for all."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        yield


def _families(font: str | None) -> list[str]:
    """The fonts to draw with, in the order in which they are asked for a glyph.

    Raises:
        InputError: if the wanted font is not there.
    """
    from matplotlib.font_manager import FontProperties, findfont, fontManager

    if font is None:
        return [DEFAULT_FONT]
    if Path(font).is_file():
        known = len(fontManager.ttflist)
        try:
            fontManager.addfont(font)
        except (OSError, RuntimeError) as error:
            raise InputError(f"--font {font} is no font that can be read: {error}.") from error
        return [fontManager.ttflist[known].name, DEFAULT_FONT]  # the first of a collection
    try:
        findfont(FontProperties(family=font), fallback_to_default=False)
    except ValueError as error:
        raise InputError(
            f"--font {font} is neither a file nor the name of an installed font. "
            "`fc-list : family` lists names; a .ttf or .otf file will do as well."
        ) from error
    return [font, DEFAULT_FONT]


def _missing(drawing: Drawing, families: list[str], font: str | None) -> Iterator[str]:
    """One warning that names the characters for which no font has a glyph, if there are any."""
    known: set[int] = set()
    for family in families:
        known.update(_characters(family))
    used = {
        character for mark in drawing.marks if isinstance(mark, Words) for character in mark.text
    }
    missing = sorted(character for character in used if ord(character) not in known)
    if missing:
        named = " ".join(missing[:MOST_NAMED])
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        whose = f"the font {font} lacks" if font else "matplotlib's own font lacks"
        yield (
            f"{whose} {named}{more}: there are boxes in their place. "
            "Name a font that has them with --font NAME_OR_FILE, or save as .svg."
        )


def _characters(family: str) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return get_font(findfont(FontProperties(family=family))).get_charmap()
