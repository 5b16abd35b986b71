"""How much memory there is."""

from pathlib import Path

import pytest

from seq2seq_cli import machine


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up folder of control groups; the process is in `/a/b` of version 2 and 1."""
    (tmp_path / "cgroup").write_text("3:cpu,memory:/v/w\n2:cpuset:/\n0::/a/b\n")
    for folder in ("a/b", "memory/v/w"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(machine, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "_MOUNT", tmp_path)
    return tmp_path


def test_a_limit_of_any_group_above_counts(groups: Path) -> None:
    whole = machine.memory_limit()
    assert whole is not None
    assert whole > 5_000_000
    (groups / "a" / "b" / "memory.max").write_text("max\n")
    (groups / "memory" / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert machine.memory_limit() == whole
    (groups / "a" / "memory.max").write_text("5000000\n")
    assert machine.memory_limit() == 5_000_000
    (groups / "memory" / "v" / "memory.limit_in_bytes").write_text("4000000\n")
    assert machine.memory_limit() == 4_000_000


def test_what_is_used_grows_with_what_is_kept() -> None:
    before = machine.memory_used()
    kept = bytearray(b"x") * 50_000_000
    assert machine.memory_used() - before > 0.8 * len(kept)
