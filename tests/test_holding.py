"""One writer at a time, and the second is told who the first is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq_cli.errors import WorkError
from seq2seq_cli.holding import hold, hold_unused

HOLDER = """
import sys, time
from pathlib import Path
from seq2seq_cli.holding import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_second_is_told_who_holds_it_and_takes_it_when_that_one_is_killed(
    tmp_path: Path,
) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-c", HOLDER, str(run)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    told = rf"run is being written by process {process.pid} on \S+, since \d{{4}}-.*Wait until"
    with pytest.raises(WorkError, match=told), hold(run):
        pytest.fail("it is held")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert names(tmp_path) == [".run.lock"]
    with hold(run):
        pass
    assert names(tmp_path) == []


def test_one_folder_under_two_names_is_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "link").symlink_to("run")
    told = pytest.raises(WorkError, match="is being written")
    with hold(tmp_path / "run"), told, hold(tmp_path / "link"):
        pytest.fail("it is held")
    with hold(tmp_path / "link"):
        pass


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"process": "x"}', b"\xff" * 9])
def test_a_lock_that_says_nothing_still_holds(tmp_path: Path, content: bytes) -> None:
    with hold(tmp_path / "run"):
        (tmp_path / ".run.lock").write_bytes(content)
        with pytest.raises(WorkError, match="by another process"), hold(tmp_path / "run"):
            pytest.fail("it is held")


def test_unused_names_are_neither_there_nor_held(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with hold(tmp_path / "run-2"), hold_unused(tmp_path / "run") as third:
        assert third == tmp_path / "run-3"
        with hold_unused(tmp_path / "run") as fourth:
            assert fourth == tmp_path / "run-4"
    assert names(tmp_path) == ["run"]


def test_folders_that_were_made_for_the_lock_alone_go(tmp_path: Path) -> None:
    with hold(tmp_path / "deep" / "er" / "run"):
        assert (tmp_path / "deep" / "er").is_dir()
    assert names(tmp_path) == []
    with hold(tmp_path / "deep" / "run"):
        (tmp_path / "deep" / "run").mkdir()
    assert names(tmp_path / "deep") == ["run"]


def test_where_nothing_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WorkError, match="cannot make a folder in"), hold(tmp_path / "file" / "run"):
        pytest.fail("there is no folder")


def test_without_locks_the_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_here(*_: object) -> None:
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr("fcntl.flock", none_here)
    with hold(tmp_path / "run"), hold(tmp_path / "run"):
        pass
