"""Alignments as one web page that needs nothing else: no network, no server, no other file.

The page's own policy forbids everything but the script and the style that are in it. What comes
from sentences stands in it as JSON data, which the script sets as text, and once more as escaped
text in plain tables for readers without JavaScript. Knows nothing of how the page is drawn:
`page/` has that.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from seq2seq_cli.views.caption import caption_notes
from seq2seq_cli.views.labels import fit, make_label
from seq2seq_cli.views.page_data import page_data
from seq2seq_cli.views.page_tables import plain_tables
from seq2seq_cli.views.palette import LEVELS, Rgb, background, ink
from seq2seq_cli.views.picture import Picture, SaveOptions

LONGEST_TITLE = 80
SCALE_STEP = 5
"""Percent from one colour of the scale to the next."""
SCRIPTS = ("page.js", "looking.js", "moving.js", "choosing.js")
_NEVER_IN_DATA = str.maketrans(
    {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
)


def page_document(pictures: Sequence[Picture], options: SaveOptions) -> str:
    """The page of one or more pictures."""
    style = _part("page.css") + "\n".join(_colours()) + "\n"
    script = "".join(map(_part, SCRIPTS))
    parts = {
        "policy": _policy(script, style),
        "title": escape(_title(pictures)),
        "style": style,
        "classes": "numbers" if options.numbers else "",
        "tables": "\n".join(plain_tables(pictures, options)),
        "scale": "".join(f'<i class="w{step}"></i>' for step in range(0, LEVELS + 1, SCALE_STEP)),
        "notes": " ".join(_notes(pictures, options)),
        "data": embedded(page_data(pictures, options)),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _part("page.html"))


def embedded(facts: Any) -> str:
    """JSON that no parser of HTML or JavaScript takes for anything else."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_NEVER_IN_DATA)


def _part(name: str) -> str:
    return (files("seq2seq_cli.views") / "page" / name).read_text("utf-8")


def _policy(script: str, style: str) -> str:
    """Nothing but this very script and style: `default-src` is what all else falls back to."""
    return (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode('utf-8')).digest()).decode('ascii')}'"


def _title(pictures: Sequence[Picture]) -> str:
    sentences = list(dict.fromkeys(picture.sentence for picture in pictures))
    if len(sentences) > 1:
        return f"Attention: {len(sentences)} sentences"
    return f"Attention: {fit(make_label(sentences[0]), LONGEST_TITLE)}"


def _notes(pictures: Sequence[Picture], options: SaveOptions) -> Iterator[str]:
    """What marks mean; the first is for cells without percentages only."""
    alignments = [picture.alignment for picture in pictures]
    mark, *others = caption_notes(alignments, mark="●", show_end=options.show_end)
    yield f'<span class="only-marks">{escape(mark)}</span>'
    yield '<span class="only-numbers">bold: strongest in row</span>'
    yield from (f"<span>{escape(note)}</span>" for note in others)


def _colours() -> Iterator[str]:
    """A class for each percent, on light grounds and on dark ones."""
    yield from _ramp(light=True)
    yield "@media (prefers-color-scheme: dark) {"
    yield from _ramp(light=False)
    yield "}"


def _ramp(*, light: bool) -> Iterator[str]:
    for percent in range(LEVELS + 1):
        ground = background(percent / LEVELS, light=light)
        yield f".w{percent}{{--ground:{_colour(ground)};--letters:{_colour(ink(ground))}}}"


def _colour(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
