"""The consoles that people read, and what they can show.

Nothing is interpreted: no markup, no emoji codes, no highlighting. Colours follow the terminal,
`NO_COLOR` and pipes; Unicode follows the encoding. Knows nothing of what is printed.
"""

from rich.color import ColorSystem
from rich.console import Console
from rich.text import Text

from seq2seq_cli.text.visible import visible

_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}


def human_console(stderr: bool = False) -> Console:
    """A console for people, on standard output or standard error, that prints text as it is."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)


def colours_of(console: Console) -> ColorSystem | None:
    """The colours that will reach the reader; None: none (`NO_COLOR`, a pipe, a dumb terminal)."""
    if console.no_color or console.color_system is None:
        return None
    return _SYSTEMS[console.color_system]


def can_colour(console: Console) -> bool:
    """Whether the console shows colours."""
    return colours_of(console) is not None


def can_draw_unicode(console: Console) -> bool:
    """Whether the console's encoding holds every character."""
    return console.encoding.lower().replace("_", "-").startswith("utf")


def print_message(console: Console, text: str, style: str = "") -> None:
    """Print text line by line with every control shown visibly; a pipe gets lines unwrapped."""
    encodable = can_draw_unicode(console)
    for line in text.split("\n"):
        shown = visible(line)
        if not encodable:
            shown = shown.encode("ascii", "backslashreplace").decode("ascii")
        console.print(Text(shown, style), soft_wrap=not console.is_terminal)
