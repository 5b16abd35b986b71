"""Lines of standard input as text, whatever bytes come.

Knows nothing of what is done with them.
"""

from seq2seq_cli.views.console import human_console, print_message


def decode_line(line: bytes, number: int) -> str:
    """A line without its end as text; bytes that are not UTF-8 are replaced, and that is said."""
    raw = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        warning = f"warning: standard input, line {number}: not UTF-8; bad bytes become U+FFFD."
        print_message(human_console(stderr=True), warning)
        return raw.decode("utf-8", "replace")
