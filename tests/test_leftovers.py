"""What a killed process left is cleaned up; what a living one writes is not touched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq_cli.leftovers import clean, own_mark


@pytest.fixture
def dead_mark() -> str:
    """The mark of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return own_mark().replace(f"-{os.getpid()}", f"-{process.pid}")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_leftovers_of_the_dead_go_and_all_else_stays(tmp_path: Path, dead_mark: str) -> None:
    other_host = dead_mark.replace(dead_mark[9:17], "0" * 8)
    assert other_host != dead_mark
    (tmp_path / f"metrics.jsonl{dead_mark}").write_bytes(b"x")
    (tmp_path / f".run{dead_mark}-abc_1").mkdir()
    (tmp_path / f".run{dead_mark}-abc_1" / "file").write_bytes(b"x")
    kept = [
        f"metrics.jsonl{own_mark()}",
        f".run{own_mark()}-abc_1",
        f"a{other_host}",
        "a.partial-draft",
        f"a{dead_mark}.txt",
        "run",
    ]
    for name in kept:
        (tmp_path / name).mkdir()
    clean(tmp_path)
    assert names(tmp_path) == sorted(kept)


def test_what_was_being_replaced_comes_back(tmp_path: Path, dead_mark: str) -> None:
    for final in ("lost", "there"):
        old = tmp_path / f".{final}{dead_mark}-abc.old"
        old.mkdir()
        (old / "file").write_text("old")
        (tmp_path / f".{final}{dead_mark}-abc").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("new")
    clean(tmp_path)
    assert names(tmp_path) == ["lost", "there"]
    assert (tmp_path / "lost" / "file").read_text() == "old"
    assert (tmp_path / "there" / "file").read_text() == "new"


def test_no_folder_is_nothing_to_clean(tmp_path: Path) -> None:
    clean(tmp_path / "nowhere")
