"""Lines of standard input as they arrive, and as text, whatever bytes come.

Knows nothing of what is done with them.
"""

import sys
from collections.abc import Iterator
from io import BufferedReader
from typing import cast

from seq2seq_cli.views.console import human_console, print_message

READ_BYTES = 1 << 16


def arriving_lines() -> Iterator[list[bytes]]:
    """Complete lines of standard input as they come in, all that are there at a time."""
    stream, rest = cast("BufferedReader", sys.stdin.buffer), b""
    while data := stream.read1(READ_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if lines:
            yield lines
    if rest:
        yield [rest]


def decode_line(line: bytes, number: int) -> str:
    """A line without its end as text; bytes that are not UTF-8 are replaced, and that is said."""
    raw = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        warning = f"warning: standard input, line {number}: not UTF-8; bad bytes become U+FFFD."
        print_message(human_console(stderr=True), warning)
        return raw.decode("utf-8", "replace")
