"""Files of data sets in the cache: verified, or trusted on first use, and never half there."""

import hashlib
import io
import threading
import zipfile
from pathlib import Path

import pytest

from seq2seq_cli.corpus import resuming
from seq2seq_cli.corpus.catalogue import DataSet, Entry, SplitFiles, StoredFile
from seq2seq_cli.corpus.fetching import CachedFile, Fetcher, cache_folder
from seq2seq_cli.errors import InputError, WorkError

TEXT = b"a line of a file\n" * 6_000
PUBLISHED = StoredFile(file="a.txt", size=len(TEXT), sha256=hashlib.sha256(TEXT).hexdigest())
OTHER = StoredFile(file="b.txt", size=7, sha256="0" * 64)
ARCHIVE = StoredFile(file="XX-eng.zip", member="XX.txt")


def zipped(text: bytes = TEXT, name: str = "fra.txt") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


@pytest.fixture
def fetcher(server, tmp_path: Path) -> Fetcher:
    server.files = {"/at/a.txt": TEXT, "/at/fra-eng.zip": zipped()}
    entry = Entry(
        about="",
        sides=("XX", "en"),
        pairs="",
        licence="",
        citation="",
        homepage="",
        addresses=(f"{server.address}/at/{{file}}",),
        tokenizers={},
        preset="mt",
        splits={
            "train": SplitFiles(files={"XX": PUBLISHED, "en": OTHER}),
            "more": SplitFiles(table=ARCHIVE),
        },
    )
    data_set = DataSet(
        name="set-fr-en", key="set", entry=entry, source="XX", target="en", language="fra"
    )
    return Fetcher(data_set=data_set, folder=tmp_path / "cache")


def refused(fetcher: Fetcher, file: StoredFile, kind: type[Exception] = WorkError) -> str:
    with pytest.raises(kind) as caught:
        fetcher.fetch(file)
    return str(caught.value)


def names(fetcher: Fetcher) -> list[str]:
    """Every file of the cache."""
    return sorted(path.name for path in fetcher.folder.rglob("*") if path.is_file())


def test_the_users_cache_and_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("S2S_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("S2S_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().name == "s2s"
    assert cache_folder().is_relative_to(tmp_path)


def test_a_file_is_fetched_once(server, fetcher: Fetcher) -> None:
    place = fetcher.folder / "set" / "a.txt"
    expected = CachedFile(path=place, place="set/a.txt", sha256=PUBLISHED.sha256, verified=True)
    assert fetcher.fetch(PUBLISHED) == fetcher.fetch(PUBLISHED) == expected
    assert place.read_bytes() == TEXT
    assert names(fetcher) == ["a.txt"]
    assert len(server.asked) == 1


def test_wrong_bytes_are_not_kept(server, fetcher: Fetcher) -> None:
    server.files["/at/a.txt"] = TEXT[:-1] + b"x"
    message = refused(fetcher, PUBLISHED)
    assert f"what came from {server.address}/at/a.txt is not a.txt of set-fr-en" in message
    assert names(fetcher) == []
    assert len(server.asked) == 1


def test_parts_of_two_versions_are_fetched_anew(server, fetcher: Fetcher) -> None:
    part = fetcher.folder / "set" / "a.txt.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"an older version")
    fetcher.fetch(PUBLISHED)
    assert (fetcher.folder / "set" / "a.txt").read_bytes() == TEXT
    assert [wanted for _, wanted in server.asked] == ["bytes=16-", None]


def test_what_a_broken_connection_left_is_used(
    server, behaviour, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "WAITS", ())
    server.behaviours = [behaviour["breaks_off"](40_960), behaviour["status"](404)]
    assert "404" in refused(fetcher, PUBLISHED)
    assert names(fetcher) == ["a.txt.part"]
    fetcher.fetch(PUBLISHED)
    assert server.asked[-1] == ("/at/a.txt", "bytes=40960-")
    assert names(fetcher) == ["a.txt"]


def test_a_file_that_changed_in_the_cache(server, fetcher: Fetcher) -> None:
    path = fetcher.fetch(PUBLISHED).path
    path.write_bytes(b"something else")
    message = refused(fetcher, PUBLISHED, InputError)
    assert f"{path} is not the file that is expected" in message
    assert PUBLISHED.sha256 in message
    assert message.endswith("Remove it, and it is fetched again.")


def test_what_is_put_there_by_hand_is_verified_and_used(server, fetcher: Fetcher) -> None:
    place = fetcher.folder / "set"
    place.mkdir(parents=True)
    (place / "a.txt").write_bytes(TEXT)
    (place / "b.txt").write_bytes(b"another")
    assert fetcher.fetch(PUBLISHED).verified
    assert "is not the file that is expected" in refused(fetcher, OTHER, InputError)
    assert server.asked == []


def test_without_a_connection_all_that_is_missing_is_named(server, fetcher: Fetcher) -> None:
    fetcher.fetch(PUBLISHED)
    server.stop()
    message = refused(fetcher, OTHER)
    assert message.startswith(f"{server.address}/at/b.txt: there is no connection")
    for name in ("b.txt", "fra-eng.zip"):
        place = fetcher.folder / "set" / name
        assert f"  {server.address}/at/{name}\n    to {place}" in message
    assert "at/a.txt" not in message


def test_the_next_address_is_asked(server, fetcher: Fetcher) -> None:
    first = f"{server.address}/gone/{{file}}"
    entry = fetcher.data_set.entry
    object.__setattr__(entry, "addresses", (first, *entry.addresses))
    assert fetcher.fetch(PUBLISHED).verified
    assert [path for path, _ in server.asked] == ["/gone/a.txt", "/at/a.txt"]


def test_a_mirror_is_laid_out_like_the_cache(server, fetcher: Fetcher) -> None:
    server.files = {"/mirror/set/a.txt": TEXT}
    address = server.address.replace("//", "//me:secret@") + "/mirror/"
    mirrored = Fetcher(data_set=fetcher.data_set, folder=fetcher.folder, mirror=address)
    assert mirrored.fetch(PUBLISHED).verified
    assert "secret" not in refused(mirrored, OTHER)
    server.files = {"/mirror/set/b.txt": b"another"}
    assert "secret" not in refused(mirrored, OTHER)


def test_first_use_is_recorded_and_compared(server, fetcher: Fetcher) -> None:
    first = fetcher.fetch(ARCHIVE)
    assert not first.verified
    record = first.path.with_name("fra-eng.zip.sha256")
    assert record.read_text() == f"{first.sha256}  fra-eng.zip\n"  # as sha256sum writes it
    assert fetcher.fetch(ARCHIVE) == first
    first.path.write_bytes(zipped(b"other\n"))
    message = refused(fetcher, ARCHIVE, InputError)
    assert f"when it was first used it was {first.sha256}" in message
    assert "Remove it and fra-eng.zip.sha256" in message


def test_a_removed_file_is_fetched_and_recorded_anew(server, fetcher: Fetcher) -> None:
    first = fetcher.fetch(ARCHIVE)
    first.path.unlink()
    server.files["/at/fra-eng.zip"] = zipped(b"next week\n")
    assert fetcher.fetch(ARCHIVE).sha256 != first.sha256
    assert fetcher.fetch(ARCHIVE).sha256 != first.sha256


def test_a_damaged_record(fetcher: Fetcher) -> None:
    path = fetcher.fetch(ARCHIVE).path
    path.with_name("fra-eng.zip.sha256").write_bytes(b"\xff\x1b[31m")
    assert "fra-eng.zip.sha256 is damaged" in refused(fetcher, ARCHIVE, InputError)


@pytest.mark.parametrize("data", [b"<html>Not here</html>", zipped()[:-30], zipped(name="../x")])
def test_archives_that_cannot_be_read_are_not_kept(server, fetcher: Fetcher, data: bytes) -> None:
    server.files["/at/fra-eng.zip"] = data
    assert "is not fra-eng.zip of set-fr-en" in refused(fetcher, ARCHIVE)
    assert names(fetcher) == []


def test_two_versions_of_an_archive_are_not_put_together(server, fetcher: Fetcher) -> None:
    """There is no SHA-256 to compare with, but each file of an archive has a checksum."""
    part = fetcher.folder / "set" / "fra-eng.zip.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(zipped(TEXT.upper())[:50_000])
    assert fetcher.fetch(ARCHIVE).path.read_bytes() == zipped()


def test_an_unwritable_cache(server, fetcher: Fetcher, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    refused(fetcher, PUBLISHED)
    assert server.asked == []


def test_two_at_once_fetch_it_once(server, behaviour, fetcher: Fetcher) -> None:
    """Locks belong to open files, not to processes: threads stand for processes here."""
    let_go = threading.Event()

    def slowly(handler, data: bytes, start: int) -> None:
        let_go.wait(10)
        behaviour["without_ranges"]()(handler, data, start)

    server.behaviours = [slowly]
    found: list[CachedFile] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetcher.fetch(PUBLISHED))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    let_go.set()
    for thread in threads:
        thread.join(20)
    assert len(found) == 3
    assert len(set(found)) == len(server.asked) == 1


def test_a_full_disk(server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*arguments: object, **options: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(resuming, "fetch", no_room)
    message = refused(fetcher, PUBLISHED)
    assert "set/a.txt: No space left on device. Make room, or choose another folder" in message
    assert "S2S_CACHE" in message
