"""Lines of files: packing, line breaks and every way a file can be wrong."""

import bz2
import gzip
import io
import lzma
import os
import sys
import threading
from pathlib import Path

import pytest

from seq2seq_cli.corpus import files
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.errors import InputError

TEXT = "un\nété\n\nquatre"
LINES = ["un", "été", "", "quatre"]


def written(path: Path, data: bytes) -> TextFile:
    path.write_bytes(data)
    return TextFile(str(path))


def lines_of(path: Path, data: bytes) -> list[str]:
    return list(written(path, data).lines())


def message(path: Path, data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        lines_of(path, data)
    return str(caught.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_packing_is_told_by_content_not_by_name(tmp_path: Path, pack) -> None:
    assert lines_of(tmp_path / "a.txt", pack(TEXT.encode())) == LINES
    assert lines_of(tmp_path / "a.gz", pack(TEXT.encode())) == LINES


def test_members_of_a_gzip_file_are_joined(tmp_path: Path) -> None:
    assert lines_of(tmp_path / "a", gzip.compress(b"a\nb") + gzip.compress(b"c\n")) == ["a", "bc"]


def test_only_the_newline_ends_a_line(tmp_path: Path) -> None:
    odd = "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\rh\x00i"
    assert lines_of(tmp_path / "a", f"{odd}\nnext\n".encode()) == [odd, "next"]


def test_carriage_return_belongs_to_the_line_break(tmp_path: Path) -> None:
    file = written(tmp_path / "a", b"a\r\nb\r\r\nc\nd\r")
    assert list(file.lines()) == ["a", "b\r", "c", "d"]
    assert file.carriage_returns == 3


@pytest.mark.parametrize("block", [1, 2, 3, 7])
def test_lines_do_not_depend_on_how_much_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(files, "_BLOCK", block)
    text = "\ufeffété\r\n\nzweiundzwanzig\r\n東\n\r\nend\r"
    for pack in (bytes, gzip.compress, bz2.compress, lzma.compress):
        file = written(tmp_path / "a", pack(text.encode()))
        assert list(file.lines()) == ["été", "", "zweiundzwanzig", "東", "", "end"]
        assert file.carriage_returns == 4


def test_lines_before_a_bad_one_are_read(tmp_path: Path) -> None:
    lines = written(tmp_path / "bad.txt", b"one\ntwo\r\n\xff\n").lines()
    assert [next(lines), next(lines)] == ["one", "two"]
    with pytest.raises(InputError, match="line 3 is not valid UTF-8"):
        next(lines)


def test_byte_order_mark_goes_at_the_start_alone(tmp_path: Path) -> None:
    assert lines_of(tmp_path / "a", b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n") == ["a", "\ufeffb"]


@pytest.mark.parametrize(("data", "lines"), [(b"", []), (b"\n", [""]), (b"a\n\n", ["a", ""])])
def test_blank_ends(tmp_path: Path, data: bytes, lines: list[str]) -> None:
    assert lines_of(tmp_path / "a", data) == lines


def test_a_file_is_read_any_number_of_times(tmp_path: Path) -> None:
    file = written(tmp_path / "a", gzip.compress(TEXT.encode()))
    assert list(file.lines()) == list(file.lines()) == LINES


def test_digest_and_size_are_those_of_the_bytes_on_disk(tmp_path: Path) -> None:
    file = written(tmp_path / "a", b"abc")
    assert file.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file.size() == 3


def test_invalid_utf8_names_file_and_line(tmp_path: Path) -> None:
    text = message(tmp_path / "bad.txt", b"good\nab\xffc\n")
    assert "bad.txt, line 2 is not valid UTF-8 (byte 0xff after 2 bytes)" in text


def test_encoded_surrogates_are_not_utf8(tmp_path: Path) -> None:
    assert "line 1 is not valid UTF-8" in message(tmp_path / "a", b"\xed\xa0\x80\n")


def test_utf16_is_recognised(tmp_path: Path) -> None:
    assert "looks like UTF-16" in message(tmp_path / "a", "a\nb\n".encode("utf-16"))


@pytest.mark.parametrize(("magic", "kind"), [(b"PK\x03\x04", "zip"), (b"\x28\xb5\x2f\xfd", "zstd")])
def test_other_archives_are_named(tmp_path: Path, magic: bytes, kind: str) -> None:
    assert f"is a {kind} file" in message(tmp_path / "a", magic + b"rest")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_cut_short_names_the_last_good_line(tmp_path: Path, pack) -> None:
    whole = pack(os.urandom(50_000).hex().encode() + b"\nend\n")
    text = message(tmp_path / "cut.bin", whole[: len(whole) // 2])
    assert "cut.bin is damaged or cut short after line 0: " in text
    assert "Fetch or make the file again." in text


def test_damage_inside_is_found(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT.encode() + b"\n"))
    packed[-6] ^= 0xFF  # in the checksum
    assert "damaged or cut short after line 4: CRC check failed" in message(
        tmp_path / "a.gz", bytes(packed)
    )


def test_endless_line_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 2**20)
    limit = b"x" * 2**20
    assert lines_of(tmp_path / "a", limit + b"\nb\n") == [limit.decode(), "b"]
    text = message(tmp_path / "a", b"b\n" + limit + b"x\n")
    assert "line 2 is longer than 1 MiB" in text


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.txt: there is no such file"):
        TextFile(str(tmp_path / "nowhere.txt"))
    with pytest.raises(InputError, match="is a folder; a file with lines is expected"):
        TextFile(str(tmp_path))


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_text("a\n")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="secret cannot be read: Permission denied"):
        TextFile(str(path))


def test_nul_in_a_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: embedded null byte"):
        TextFile(f"{tmp_path}/a\0b")


def test_control_characters_of_a_name_are_not_shown_raw(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        TextFile(f"{tmp_path}/\x1b[31mred")
    assert "\x1b" not in str(caught.value)


def test_standard_input_is_kept_for_a_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT.encode())))
    monkeypatch.setattr(sys, "stdin", packed)
    file = TextFile("-")
    assert file.name == "standard input"
    assert list(file.lines()) == list(file.lines()) == LINES
    copy = file.path
    assert copy.exists()
    del file
    assert not copy.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_kept_for_a_second_reading(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(TEXT.encode()))
    writer.start()
    file = TextFile(str(pipe))
    writer.join()
    assert list(file.lines()) == list(file.lines()) == LINES
