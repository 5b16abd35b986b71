"""Files by HTTP from servers that break off, lie, hang, lead elsewhere or have nothing."""

from pathlib import Path

import pytest

from seq2seq_cli.corpus import resuming
from seq2seq_cli.corpus.resuming import UnreachableError, fetch

DATA = bytes(range(256)) * 1_000
SIZE = len(DATA)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "file.part"


def fetched(server, part: Path, *, size: int | None = SIZE, path: str = "/file") -> bool:
    server.files.setdefault("/file", DATA)
    address = server.address + path
    return fetch(address, part, size=size, progress=lambda done, whole: None)


def refused(server, part: Path, **options) -> str:
    with pytest.raises(UnreachableError) as caught:
        fetched(server, part, **options)
    return str(caught.value)


def ranges(server) -> list[str | None]:
    return [wanted for _, wanted in server.asked]


def test_a_good_server(server, part: Path) -> None:
    told: list[tuple[int, int | None]] = []
    server.files["/file"] = DATA
    address = f"{server.address}/file"
    assert not fetch(address, part, size=None, progress=lambda *count: told.append(count))
    assert part.read_bytes() == DATA
    assert told[-1] == (SIZE, SIZE)
    assert ranges(server) == [None]


@pytest.mark.parametrize("size", [SIZE, None])
def test_what_broke_off_goes_on(server, behaviour, part: Path, size: int | None) -> None:
    server.behaviours = [behaviour["breaks_off"](102_400), behaviour["breaks_off"](40_960)]
    assert fetched(server, part, size=size)
    assert part.read_bytes() == DATA
    assert ranges(server) == [None, "bytes=102400-", "bytes=143360-"]


def test_what_an_earlier_process_left_is_used(server, part: Path) -> None:
    part.write_bytes(DATA[:1_000])
    assert fetched(server, part)
    assert part.read_bytes() == DATA
    assert ranges(server) == ["bytes=1000-"]


def test_what_is_whole_already_is_not_asked_for(server, part: Path) -> None:
    part.write_bytes(DATA)
    assert fetched(server, part)
    assert ranges(server) == []


@pytest.mark.parametrize("size", [SIZE, None])
def test_servers_without_ranges_begin_again(server, behaviour, part: Path, size) -> None:
    server.behaviours = [behaviour["breaks_off"](100_000), behaviour["without_ranges"]()]
    fetched(server, part, size=size)
    assert part.read_bytes() == DATA


def test_servers_that_never_send_more_are_given_up(server, behaviour, part: Path) -> None:
    server.behaviours = [behaviour["without_ranges"](102_400) for _ in range(9)]
    assert "there is no connection, or it breaks off" in refused(server, part)
    assert len(server.asked) == 4
    assert part.stat().st_size == 102_400  # for another time, or another server


def test_a_part_longer_than_the_file_is_thrown_away(server, part: Path) -> None:
    part.write_bytes(b"x" * (SIZE + 5))
    fetched(server, part, size=None)
    assert part.read_bytes() == DATA


def test_another_part_than_the_one_asked_for(server, behaviour, part: Path) -> None:
    part.write_bytes(DATA[:1_000])
    server.behaviours = [behaviour["another_range"]()]
    assert "another part of the file" in refused(server, part)
    assert part.read_bytes() == DATA[:1_000]


@pytest.mark.parametrize("size", [SIZE, None])
def test_a_length_that_is_too_long(server, behaviour, part: Path, size: int | None) -> None:
    server.behaviours = [behaviour["announces"](SIZE + 1_000)]
    fetched(server, part, size=size)
    assert part.read_bytes() == DATA
    server.behaviours = [behaviour["announces"](SIZE + 1_000) for _ in range(9)]
    part.unlink()
    assert "it breaks off" in refused(server, part, size=None)


def test_a_length_that_is_too_short(server, behaviour, part: Path) -> None:
    server.behaviours = [behaviour["announces"](SIZE - 1_000)]
    fetched(server, part)
    assert part.read_bytes() == DATA
    assert ranges(server) == [None, f"bytes={SIZE - 1_000}-"]


def test_a_length_that_is_always_too_short(server, behaviour, part: Path) -> None:
    server.behaviours = [behaviour["announces"](1_000) for _ in range(9)]
    assert f"the connection breaks off: 1,000 of {SIZE:,} bytes came" in refused(server, part)


def test_more_than_there_should_be(server, part: Path) -> None:
    message = refused(server, part, size=SIZE - 1)
    assert f"the server sent more than the {SIZE - 1:,} bytes that were expected" in message
    assert not part.exists()


def test_more_than_is_ever_kept(server, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming, "MOST_BYTES", 200_000)
    assert "more than the 200,000 bytes" in refused(server, part, size=None)
    assert not part.exists()


def test_a_missing_file(server, part: Path) -> None:
    message = refused(server, part, path="/other")
    assert message == f"{server.address}/other: the server answers 404 (Not Found)."
    assert len(server.asked) == 1


def test_a_server_in_trouble_is_asked_again(server, behaviour, part: Path) -> None:
    server.behaviours = [behaviour["status"](503), behaviour["status"](429)]
    fetched(server, part)
    assert part.read_bytes() == DATA
    server.behaviours = [behaviour["status"](500) for _ in range(9)]
    part.unlink()
    assert "the server answers 500 (Internal Server Error)" in refused(server, part)


@pytest.mark.parametrize("first", [0, 1_000])
def test_a_server_that_hangs(
    server, behaviour, part: Path, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    monkeypatch.setattr(resuming, "SECONDS", (0.2, 0.2))
    part.write_bytes(DATA[:first])
    server.behaviours = [server.stays_silent]
    assert "no answer within" in refused(server, part)
    assert part.read_bytes() == DATA[:first]


def test_redirections_are_followed_and_circles_left(server, behaviour, part: Path) -> None:
    server.behaviours = [behaviour["breaks_off"](1_000), behaviour["leads_to"]("/file")]
    fetched(server, part)
    assert part.read_bytes() == DATA
    part.unlink()
    server.behaviours = [behaviour["leads_to"]("/file") for _ in range(40)]
    assert "leads in a circle" in refused(server, part)


def test_elsewhere_must_be_as_safe() -> None:
    with pytest.raises(UnreachableError, match="leads to http://other/file, which is not encryp"):
        resuming._check_safety("https://one/file", "http://other/file?key=secret")


def test_nobody_listens(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming, "WAITS", ())
    with pytest.raises(UnreachableError) as caught:
        fetch(
            "http://me:secret@127.0.0.1:1/x?key=secret",
            part,
            size=None,
            progress=lambda done, whole: None,
        )
    assert str(caught.value) == "http://127.0.0.1:1/x: there is no connection, or it breaks off."


@pytest.mark.parametrize("address", ["file:///etc/passwd", "nonsense", "http://[", ""])
def test_no_address(part: Path, address: str) -> None:
    with pytest.raises(UnreachableError, match="this is no address that can be read"):
        fetch(address, part, size=None, progress=lambda done, whole: None)
