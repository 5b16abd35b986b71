"""Files of named data sets in the cache: fetched once, and verified whenever they are used.

A file whose SHA-256 is published is compared with it. One without is trusted on first use: its
SHA-256 is recorded beside it, `NAME.sha256`, and compared from then on. What is put into the cache
by hand is treated alike. A wrong file never has its final name. Knows nothing of pairs.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from seq2seq_cli.corpus.archives import check_member
from seq2seq_cli.corpus.catalogue import DataSet, StoredFile
from seq2seq_cli.corpus.files import sha256_of
from seq2seq_cli.corpus.remote import without_secrets
from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.holding import HeldError, hold
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.text.visible import visible

CACHE_VARIABLE = "S2S_CACHE"
Progress = Callable[[str, int, int | None], None]
_RECORD = re.compile(r"([0-9a-f]{64})  .*\n?")
_SECONDS_BETWEEN_LOOKS = 0.2


def cache_folder() -> Path:
    """Where fetched files are kept: `S2S_CACHE`, else `s2s` in the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("s2s", appauthor=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedFile:
    """A file that is there and is what it should be.

    Attributes:
        place: its name below the cache's folder.
        sha256: of its bytes, compared just now.
        verified: whether that SHA-256 was published, and not only seen before.
    """

    path: Path
    place: str
    sha256: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Brings the files of one data set.

    Attributes:
        folder: the cache.
        mirror: an address that has the layout of the cache, asked instead of the publishers.
        progress: is told the file, its bytes so far, and all of them or None.
    """

    data_set: DataSet
    folder: Path = field(default_factory=cache_folder)
    mirror: str | None = None
    progress: Progress = lambda place, done, whole: None

    def fetch(self, file: StoredFile) -> CachedFile:
        """The file, from the cache or else from the network.

        Raises:
            InputError: if the file in the cache is not what it should be.
            WorkError: if it cannot be had, naming every file that is missing and its place.
        """
        place = self.data_set.place(file)
        path = self.folder / place
        if not path.exists():
            self._download(file, path)
        sha256 = sha256_of(path)
        expected = file.sha256 or self._recorded(path)
        if expected is None:
            expected = self._trust(path, file, sha256)
        if sha256 != expected:
            raise InputError(self._wrong(path, expected, sha256, published=bool(file.sha256)))
        return CachedFile(path=path, place=place, sha256=sha256, verified=file.sha256 is not None)

    def _trust(self, path: Path, file: StoredFile, sha256: str) -> str:
        """Record what is seen for the first time, if it is whole as far as can be told."""
        self._check_whole(path, file)
        write_atomic(_record_of(path), f"{sha256}  {path.name}\n".encode())
        return sha256

    def _recorded(self, path: Path) -> str | None:
        record = _record_of(path)
        if not record.exists():
            return None
        with suppress(OSError, ValueError):
            if found := _RECORD.fullmatch(record.read_text("utf-8")):
                return found[1]
        raise InputError(
            f"{_shown(record)} is damaged: it should have the SHA-256 of the file beside it. "
            "Remove it if you trust that file."
        )

    def _wrong(self, path: Path, expected: str, found: str, *, published: bool) -> str:
        what = "the published one is" if published else "when it was first used it was"
        both = "it" if published else f"it and {_record_of(path).name}"
        return (
            f"{_shown(path)} is not the file that is expected: its SHA-256 is {found}, {what} "
            f"{expected}. Remove {both}, and it is fetched again."
        )

    def _download(self, file: StoredFile, path: Path) -> None:
        """Fetch into a partial file, verify that, and only then give it its name."""
        with _held(path), _disk_trouble(path):
            if path.exists():  # by the process that was waited for
                return
            with suppress(OSError):
                _record_of(path).unlink()  # of a file that was removed
            part = path.with_name(f"{path.name}.part")
            for last in (False, True):
                put_together = self._complete(part, file)
                try:
                    self._check_whole(part, file)
                    self._accept(part, file)
                    return
                except (ValueError, InputError) as error:
                    part.unlink(missing_ok=True)
                    # Parts of two versions fit nowhere: then all of it is fetched, once.
                    if last or not put_together:
                        raise WorkError(self._not_it(file, path)) from error

    def _complete(self, part: Path, file: StoredFile) -> bool:
        """Bring a partial file to its length; whether it came in parts, at different times."""
        from seq2seq_cli.corpus.resuming import UnreachableError, fetch

        failures = []
        for address in self._addresses(file):
            try:
                return fetch(
                    address,
                    part,
                    size=file.size,
                    progress=lambda done, whole: self.progress(part.stem, done, whole),
                )
            except UnreachableError as error:
                failures.append(str(error))
        raise UnreachableError(self._advice(failures))

    def _accept(self, part: Path, file: StoredFile) -> None:
        """Verify a file and give it its name. (Pooch's own downloads cannot be resumed.)

        Raises:
            ValueError: if its SHA-256 is not the published one.
        """
        from pooch.core import create
        from pooch.utils import get_logger

        get_logger().setLevel(logging.ERROR)
        place = self.data_set.place(file)
        store = create(
            path=self.folder,
            base_url="",
            registry={place: file.sha256},
            urls={place: self._addresses(file)[0]},
        )
        store.fetch(place, downloader=lambda address, output, store: part.replace(output))

    def _check_whole(self, path: Path, file: StoredFile) -> None:
        """Read an archive to its end, where its own checksum is."""
        if file.member is not None:
            check_member(path, self.data_set.spelled(file.member))

    def _addresses(self, file: StoredFile) -> tuple[str, ...]:
        """Where to ask for it."""
        if not self.mirror:
            return self.data_set.addresses(file)
        return (f"{self.mirror.rstrip('/')}/{self.data_set.place(file)}",)

    def _advice(self, failures: list[str]) -> str:
        """What failed, and what to fetch by other means and where to put it."""
        missing = [
            (self.folder / self.data_set.place(file), self.data_set.addresses(file)[0])
            for file in self.data_set.entry.stored()
        ]
        lines = [
            f"  {visible(address)}\n    to {_shown(path)}"
            for path, address in missing
            if not path.exists()
        ]
        return "\n".join(
            (
                *failures,
                "The same command goes on where this one stopped. Or fetch what is missing by "
                "other means and put it there; it is verified and used:",
                *lines,
                f"What there is, and how it is now: {self.data_set.entry.homepage}",
            )
        )

    def _not_it(self, file: StoredFile, path: Path) -> str:
        addresses = " or ".join(visible(without_secrets(each)) for each in self._addresses(file))
        return (
            f"what came from {addresses} is not {path.name} of {self.data_set.name}: it is "
            "damaged, or another file than the one whose SHA-256 is published. It was not kept. "
            "Try again, or another server by --mirror."
        )


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Wait for another process that fetches the same file, then go on alone."""
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold(path))
                break
            except HeldError:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        yield


@contextmanager
def _disk_trouble(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorkError(
            f"cannot write {_shown(path)}: {error.strerror}. Make room, or choose another folder "
            f"by {CACHE_VARIABLE}."
        ) from error


def _record_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _shown(path: Path) -> str:
    return visible(str(path))
