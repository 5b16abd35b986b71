"""What is written is there whole or not at all."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.storage import new_folder, write_atomic


def fail_with(number: int) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_write_atomic_replaces_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert (path.read_bytes(), entries(tmp_path)) == (b"new", ["a"])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_write_atomic_keeps_the_old_file_when_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fail_with(number))
    with pytest.raises(WorkError, match=f"cannot write .*a: {os.strerror(number)}"):
        write_atomic(path, b"new")
    assert (path.read_bytes(), entries(tmp_path)) == (b"old", ["a"])


def test_write_atomic_keeps_the_old_file_when_renaming_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", fail_with(errno.EACCES))
    with pytest.raises(WorkError, match="Permission denied"):
        write_atomic(path, b"new")
    assert (path.read_bytes(), entries(tmp_path)) == (b"old", ["a"])


def test_a_full_disk_is_foreseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    usage = shutil.disk_usage(tmp_path)._replace(free=3_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    write_atomic(path, b"new")
    with pytest.raises(
        WorkError, match=r"No space left on device: 4\.0 MB are needed, 3\.0 MB are"
    ):
        write_atomic(path, bytes(3_000_000))
    with pytest.raises(WorkError, match="No space"), new_folder(tmp_path / "b", size=3_000_000):
        pytest.fail("the block must not run")
    assert (path.read_bytes(), entries(tmp_path)) == (b"new", ["a"])


def test_what_another_process_made_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="meanwhile"), new_folder(tmp_path / "a"):
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "theirs").write_bytes(b"x")
    assert (entries(tmp_path), entries(tmp_path / "a")) == (["a"], ["theirs"])


def test_write_atomic_into_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(WorkError, match="Not a directory"):
        write_atomic(tmp_path / "file" / "a", b"new")


def test_new_folder_appears_with_all_its_files(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "final"
    with new_folder(final) as temporary:
        (temporary / "sub").mkdir()
        (temporary / "sub" / "a").write_bytes(b"x")
        assert not final.exists()
        assert temporary.parent == final.parent
    assert (final / "sub" / "a").read_bytes() == b"x"
    assert entries(final.parent) == ["final"]


def test_new_folder_leaves_nothing_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "final") as temporary:
        (temporary / "a").write_bytes(b"x")
        raise KeyboardInterrupt
    assert entries(tmp_path) == []


def test_new_folder_on_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = tmp_path / "final"
    final.mkdir()
    (final / "old").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fail_with(errno.ENOSPC))
    with (
        pytest.raises(WorkError, match="No space left on device"),
        new_folder(final, force=True) as temporary,
    ):
        (temporary / "new").write_bytes(b"new")
    assert (entries(tmp_path), entries(final)) == (["final"], ["old"])


def test_new_folder_replaces_only_by_force(tmp_path: Path) -> None:
    final = tmp_path / "final"
    final.mkdir()
    (final / "old").write_bytes(b"old")
    with (
        pytest.raises(InputError, match="exists already"),
        new_folder(final),
    ):
        pytest.fail("the block must not run")
    with new_folder(final, force=True) as temporary:
        (temporary / "new").write_bytes(b"new")
    assert (entries(tmp_path), entries(final)) == (["final"], ["new"])


def test_a_failed_swap_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = tmp_path / "final"
    final.mkdir()
    (final / "old").write_bytes(b"old")
    replace = Path.replace

    def fail_to_final(self: Path, target: Path) -> Path:
        if target == final and (self / "new").exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_to_final)
    with pytest.raises(WorkError), new_folder(final, force=True) as temporary:
        (temporary / "new").write_bytes(b"new")
    assert (entries(tmp_path), entries(final)) == (["final"], ["old"])


def test_new_folder_where_none_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with (
        pytest.raises(WorkError, match=r"cannot make a folder in .*file"),
        new_folder(tmp_path / "file" / "final"),
    ):
        pytest.fail("the block must not run")
