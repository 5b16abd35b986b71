"""Text files as streams of lines: plain, gzip, bzip2 or xz, told apart by their first bytes.

Knows nothing of pairs or columns. A line ends at "\\n" and nowhere else, so that form feeds or
Unicode line separators inside a line never shift the lines after it. What cannot be read twice
(standard input, a pipe, a remote file) is first copied to a temporary file.
"""

import bz2
import contextlib
import gzip
import hashlib
import lzma
import stat
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Protocol, cast

from seq2seq_cli.corpus.remote import RemoteFile, is_remote, without_secrets
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.sealed import MAX_LINE_BYTES
from seq2seq_cli.text.visible import visible

STANDARD_INPUT = "-"
_BUFFER = 2**20
_BLOCK = 2**16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_PACKED: tuple[tuple[bytes, Callable[[Path], object]], ...] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_NOT_READ = ((b"\x28\xb5\x2f\xfd", "zstd"), (b"PK\x03\x04", "zip"))


class Readable(Protocol):
    """Bytes that come once."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


@dataclass(frozen=True, slots=True)
class RawLines:
    """Some lines of a file as bytes, to be decoded where there is time for it.

    Attributes:
        name: what messages call the file.
        before: how many lines of the file come before these.
        data: the lines, without the last line break.
    """

    name: str
    before: int
    data: bytes

    @property
    def count(self) -> int:
        """How many lines there are, one at least."""
        return self.data.count(b"\n") + 1

    def cut(self, count: int) -> "tuple[RawLines, RawLines | None]":
        """The first `count` lines, and the others if there are any."""
        if count >= self.count:
            return self, None
        lines = self.data.split(b"\n")
        head, tail = b"\n".join(lines[:count]), b"\n".join(lines[count:])
        return RawLines(self.name, self.before, head), RawLines(
            self.name, self.before + count, tail
        )

    def lines(self) -> Iterable[str]:
        """The lines as text, at once where all is well.

        Raises:
            InputError: naming the line that is not UTF-8 or is longer than `MAX_LINE_BYTES`.
        """
        data = self.data if self.before else self.data.removeprefix(_BYTE_ORDER_MARK)
        lines = self._decoded(data)
        if b"\r" in data:
            return (line.removesuffix("\r") for line in lines)
        return lines

    def _decoded(self, data: bytes) -> Iterable[str]:
        if len(data) <= MAX_LINE_BYTES:
            with contextlib.suppress(UnicodeDecodeError):
                return data.decode("utf-8").split("\n")
        raw = enumerate(data.split(b"\n"), start=self.before + 1)
        return (self._decoded_line(line, number) for number, line in raw)

    def _decoded_line(self, raw: bytes, number: int) -> str:
        if len(raw) > MAX_LINE_BYTES:
            raise InputError(
                f"{self.name}, line {number:,} is longer than {MAX_LINE_BYTES // 2**20} MiB; "
                "one sentence or word a line is expected. Is it a text file with line breaks?"
            )
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{self.name}, line {number:,} is not valid UTF-8 "
                f"(byte 0x{raw[error.start]:02x} after {error.start:,} bytes). "
                "Convert the file to UTF-8, for example with iconv, or mend that line."
            ) from None


class TextFile:
    """A file of UTF-8 lines that can be read any number of times.

    Args:
        name: a path, an address such as `s3://bucket/x.tsv`, or `-` for standard input.

    Attributes:
        name: what messages call it, safe to show: no control codes, no secrets of an address.
        verified: whether its SHA-256 is one that was published with it; None: nobody said what it
            should be.
        carriage_returns: lines of the last whole reading that ended in "\\r\\n"; the "\\r" is
            dropped with the line break.

    Raises:
        InputError: if it is missing, a folder, or may not be read.
    """

    verified: bool | None = None

    def __init__(self, name: str) -> None:
        self.name = "standard input" if name == STANDARD_INPUT else visible(without_secrets(name))
        self.carriage_returns = 0
        self._spool: IO[bytes] | None = None
        if name == STANDARD_INPUT:
            self.path = self._copy(sys.stdin.buffer)
        elif is_remote(name):
            with contextlib.closing(RemoteFile(name)) as stream:
                self.path = self._copy(stream)
        else:
            self.path = self._checked(Path(name))

    def _checked(self, path: Path) -> Path:
        """`path` itself where it is a regular file, a copy where it is a pipe."""
        try:
            if path.is_dir():
                raise InputError(f"{self.name} is a folder; a file with lines is expected here.")
            with path.open("rb") as file:
                regular = stat.S_ISREG(path.stat().st_mode)
                return path if regular else self._copy(file)
        except FileNotFoundError:
            raise InputError(f"{self.name}: there is no such file.") from None
        except (OSError, ValueError) as error:
            raise InputError(f"{self.name} cannot be read: {_reason(error)}.") from error

    def _copy(self, stream: Readable) -> Path:
        try:
            # Open for as long as this object lives.
            self._spool = tempfile.NamedTemporaryFile(prefix="s2s-")  # noqa: SIM115
            while block := stream.read(_BUFFER):
                self._spool.write(block)
            self._spool.flush()
        except OSError as error:
            raise WorkError(
                f"{self.name} cannot be copied to {tempfile.gettempdir()}: {_reason(error)}. "
                "Make room there, or set TMPDIR to another folder."
            ) from error
        return Path(self._spool.name)

    def lines(self) -> Iterator[str]:
        """The lines in order, without their line breaks; a byte-order mark at the start is dropped.

        Raises:
            InputError: naming the file and the line that is not UTF-8, is longer than
                `MAX_LINE_BYTES`, or where compressed data is damaged.
        """
        for block in self.blocks():
            yield from block.lines()

    def blocks(self) -> Iterator[RawLines]:
        """The lines in order, many at a time and not yet decoded.

        Raises:
            InputError: naming the file and the line where compressed data is damaged.
        """
        number = carriage_returns = 0
        try:
            with contextlib.closing(self._open()) as stream:
                for data in _blocks(stream):
                    block = RawLines(self.name, number, data)
                    if b"\r" in data:
                        carriage_returns += data.count(b"\r\n") + data.endswith(b"\r")
                    number += block.count
                    yield block
        except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
            raise InputError(
                f"{self.name} is damaged or cut short after line {number:,}: {_reason(error)}. "
                "Fetch or make the file again."
            ) from error
        self.carriage_returns = carriage_returns

    def _open(self) -> BufferedIOBase:
        with self.path.open("rb") as file:
            head = file.read(8)
        for magic, kind in _NOT_READ:
            if head.startswith(magic):
                raise InputError(
                    f"{self.name} is a {kind} file; text is expected, plain or in gz, bz2 or xz."
                )
        if head.startswith(_UTF16_MARKS):
            raise InputError(
                f"{self.name} looks like UTF-16; UTF-8 is expected. "
                "Convert it, for example with: iconv -f UTF-16 -t UTF-8"
            )
        for magic, opener in _PACKED:
            if head.startswith(magic):
                return cast(BufferedIOBase, opener(self.path))
        return self.path.open("rb")

    def sha256(self) -> str:
        """The SHA-256 of the bytes on disk, still packed where they are packed."""
        return sha256_of(self.path)

    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(stream: BufferedIOBase) -> Iterator[bytes]:
    """Whole lines, without the last line break; a part of one where it is endless."""
    rest = b""
    # read1: where a later part of a packed file is damaged, what comes before it is not lost.
    while data := stream.read1(_BLOCK):
        head, newline, tail = data.rpartition(b"\n")
        if newline:
            yield rest + head
            rest = tail
        else:
            rest += tail
        if len(rest) > MAX_LINE_BYTES + 1:
            break
    if rest:
        yield rest


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).rstrip(".") or type(error).__name__
