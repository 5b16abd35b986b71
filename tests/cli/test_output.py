"""JSON that programs can read and terminals survive."""

import json
from io import BytesIO, TextIOWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.cli.lines import decode_line
from seq2seq_cli.cli.output import print_json
from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.facts import to_json


def test_letters_stay_letters_and_controls_are_escaped() -> None:
    assert to_json({"é": "日\u202e\x1b[31m\x9b\x7f\udcff"}) == (
        '{"é": "日\\u202e\\u001b[31m\\u009b\\u007f\\udcff"}'
    )


def test_indented_json_keeps_its_lines() -> None:
    assert to_json({"a": ["\u200b"]}, indent=1) == '{\n "a": [\n  "\\u200b"\n ]\n}'


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_is_lost_and_nothing_acts(text: str) -> None:
    shown = to_json([text])
    assert json.loads(shown) == [text]
    assert visible(shown) == shown


def test_output_that_is_not_unicode_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    output = BytesIO()
    monkeypatch.setattr("sys.stdout", TextIOWrapper(output, encoding="latin-1"))
    print_json(["é日"])
    assert output.getvalue() == b'["\\u00e9\\u65e5"]\n'


def test_lines_lose_their_ends_and_bad_bytes_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode_line(b"a\r\n", 1) == "a"
    assert decode_line("é\r".encode(), 2) == "é"
    assert capsys.readouterr().err == ""
    assert decode_line(b"a\xffb\n", 3) == "a\ufffdb"
    assert "standard input, line 3: not UTF-8" in capsys.readouterr().err
