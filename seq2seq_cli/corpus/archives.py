"""One file of an archive (zip, or tar in any packing) as a stream of bounded length.

Nothing is unpacked to disk, so that no name in an archive can lead anywhere; no other file of it is
read. Knows nothing of what the file holds.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible

MOST_BYTES = 2**32
"""Of a file once it is unpacked."""
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError)
_BLOCK = 2**20


class BoundedStream:
    """A stream that refuses to go on for more than `most` bytes; damage becomes a message."""

    def __init__(self, stream: IO[bytes], name: str, most: int) -> None:
        self._stream, self._name, self._most = stream, name, most
        self._came = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        try:
            data = self._stream.read(size)
        except (*_DAMAGED, OSError) as error:
            raise InputError(f"{self._name} is damaged: {error}. Fetch it again.") from error
        self._came += len(data)
        if self._came > self._most:
            raise InputError(f"{self._name} has more than the {self._most:,} bytes that are read.")
        return data


@contextmanager
def open_member(path: Path, member: str, most: int = MOST_BYTES) -> Iterator[BoundedStream]:
    """A file of an archive, unpacked while it is read.

    Args:
        path: the archive.
        member: the file's whole name in it.
        most: bytes that the file may have, and those before it in a tar.

    Raises:
        InputError: if this is no archive, has no such file, or is damaged; while it is read too,
            also if the file is larger.
    """
    name = visible(f"{path}: {member}")
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(_opened(path, member, most, stack))
        except KeyError:
            raise InputError(f"{name}: there is no such file in the archive.") from None
        except (*_DAMAGED, RuntimeError) as error:  # encrypted files are a RuntimeError
            raise InputError(f"{name} cannot be read: {error}. Fetch it again.") from error
        yield BoundedStream(stream, name, most)


def _opened(path: Path, member: str, most: int, stack: ExitStack) -> IO[bytes]:
    if zipfile.is_zipfile(path):
        archive = stack.enter_context(zipfile.ZipFile(path))
        return archive.open(member)
    packed = stack.enter_context(tarfile.open(path))  # noqa: SIM115 - the stack closes it
    for found in packed:
        # A link may name any other file.
        if found.name == member and found.isreg() and (stream := packed.extractfile(found)):
            return stream
        if found.offset_data + found.size > most:  # to go on means to unpack all of that
            break
    raise KeyError(member)


def check_member(path: Path, member: str, most: int = MOST_BYTES) -> None:
    """Read a file of an archive to its end, where its checksum is compared.

    Raises:
        InputError: as `open_member`.
    """
    with open_member(path, member, most) as stream:
        while stream.read(_BLOCK):
            pass
