"""Lines of standard input as they arrive, and as text, whatever bytes come.

Knows nothing of what is done with them.
"""

import sys
from collections.abc import Iterator
from io import BufferedReader
from typing import cast

from seq2seq_cli.sealed import MAX_LINE_BYTES
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.views.console import human_console, print_message

READ_BYTES = 1 << 16


def arriving_lines() -> Iterator[list[bytes]]:
    """Complete lines of standard input as they come in, all that are there at a time.

    Of an endless line no more than `MAX_LINE_BYTES` are kept; more is never needed of one.
    """
    stream, parts, kept = cast("BufferedReader", sys.stdin.buffer), [b""], 0
    while data := stream.read1(READ_BYTES):
        first, *lines = data.split(b"\n")
        if kept < MAX_LINE_BYTES:
            parts.append(first)
            kept += len(first)
        if lines:
            yield [b"".join(parts), *lines[:-1]]
            parts, kept = [lines[-1]], len(lines[-1])
    if rest := b"".join(parts):
        yield [rest]


def clipped(line: str, codec: Codec, most: int, place: str) -> str:
    """The line with at most so many tokens; where something is left out, that is said."""
    short = codec.clip(line, most)
    if len(short) < len(line):
        warn(
            f"{place}: more than {most:,} tokens; what comes after them is left out. "
            "--max-length N reads more."
        )
    return short


def decode_line(line: bytes, number: int) -> str:
    """A line without its end as text; bytes that are not UTF-8 are replaced, and that is said."""
    raw = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        warn(f"standard input, line {number}: not UTF-8; bad bytes become U+FFFD.")
        return raw.decode("utf-8", "replace")


def warn(words: str) -> None:
    """Say something about the input on standard error."""
    print_message(human_console(stderr=True), f"warning: {words}")
