"""Lines of standard input as they arrive, and as text, whatever bytes come.

Knows nothing of what is done with them.
"""

import sys
from collections.abc import Iterator
from io import BufferedReader
from typing import cast

from seq2seq_cli.views.console import human_console, print_message

READ_BYTES = 1 << 16
MOST_LINE_BYTES = 1 << 20
"""What is kept of a line; the rest of an endless one is read and dropped."""


def arriving_lines() -> Iterator[list[bytes]]:
    """Complete lines of standard input as they come in, all that are there at a time."""
    stream, rest = cast("BufferedReader", sys.stdin.buffer), b""
    while data := stream.read1(READ_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        rest = rest[: MOST_LINE_BYTES + 1]
        if lines:
            yield lines
    if rest:
        yield [rest]


def decode_line(line: bytes, number: int) -> str:
    """A line without its end as text; bytes that are not UTF-8 are replaced, an endless
    line is cut, and that is said.
    """
    raw = line.removesuffix(b"\n").removesuffix(b"\r")
    if len(raw) > MOST_LINE_BYTES:
        raw = raw[:MOST_LINE_BYTES].decode("utf-8", "ignore").encode()
        warn(f"standard input, line {number}: cut after {MOST_LINE_BYTES:,} bytes.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        warn(f"standard input, line {number}: not UTF-8; bad bytes become U+FFFD.")
        return raw.decode("utf-8", "replace")


def warn(words: str) -> None:
    """Say something about the input on standard error."""
    print_message(human_console(stderr=True), f"warning: {words}")
