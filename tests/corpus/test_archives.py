"""Files of archives: the named one alone, bounded, and nothing on disk."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from seq2seq_cli.corpus.archives import check_member, open_member
from seq2seq_cli.errors import InputError


def a_zip(folder: Path) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.txt", "un\n" * 1_000)
        archive.writestr("../outside.txt", "hostile")
    return path


def a_tar(folder: Path) -> Path:
    path = folder / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("one.txt")
        member.size = 3_000
        archive.addfile(member, io.BytesIO(b"un\n" * 1_000))
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    return path


def whole(path: Path, member: str, **options: int) -> bytes:
    with open_member(path, member, **options) as stream:
        return b"".join(iter(lambda: stream.read(1_000), b""))


@pytest.mark.parametrize("make", [a_zip, a_tar])
def test_one_file_is_read_and_none_is_written(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    assert whole(path, "one.txt") == b"un\n" * 1_000
    assert whole(path, "one.txt", most=3_000) == b"un\n" * 1_000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("make", [a_zip, a_tar])
def test_sizes_are_bounded_whatever_is_announced(tmp_path: Path, make) -> None:
    with pytest.raises(InputError, match=r"more than the 2,999 bytes"):
        whole(make(tmp_path), "one.txt", most=2_999)


@pytest.mark.parametrize("make", [a_zip, a_tar])
def test_a_file_that_is_not_there(tmp_path: Path, make) -> None:
    with pytest.raises(InputError, match=r"two\.txt: there is no such file in the archive"):
        whole(make(tmp_path), "two.txt")


@pytest.mark.parametrize("name", ["link", "hard"])
def test_links_are_not_followed(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no such file in the archive"):
        whole(a_tar(tmp_path), name)


@pytest.mark.parametrize("make", [a_zip, a_tar])
def test_damage_is_named(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    data = bytearray(path.read_bytes())
    data[42:48] = bytes(6)
    path.write_bytes(data)
    with pytest.raises(InputError, match="Fetch it again"):
        check_member(path, "one.txt")
    path.write_bytes(data[:30])
    with pytest.raises(InputError, match="Fetch it again"):
        check_member(path, "one.txt")


def test_a_tar_is_not_searched_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("zeros", "one.txt"):
            member = tarfile.TarInfo(name)
            member.size = 100_000
            archive.addfile(member, io.BytesIO(bytes(100_000)))
    assert len(whole(path, "one.txt", most=200_000)) == 100_000
    with pytest.raises(InputError, match="no such file in the archive"):
        whole(path, "one.txt", most=99_999)
