"""Text from outside must not act on a terminal, nor hide anything."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.text.visible import visible

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain été, [red]bold[/red]", "plain été, [red]bold[/red]"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("a\tb\nc\rd\x00e\x7f", "a␉b␊c␍d␀e␡"),
        ("\x9b31m\x85", "⟨U+009B⟩31m⟨U+0085⟩"),
        ("a\u202eb\u200bc\u00add\u2066", "a⟨U+202E⟩b⟨U+200B⟩c⟨U+00AD⟩d⟨U+2066⟩"),
        ("x\u2028y\u2029", "x⟨U+2028⟩y⟨U+2029⟩"),
        ("\ud800 \ue000 \U000e0041 \U0010ffff", "⟨U+D800⟩ ⟨U+E000⟩ ⟨U+E0041⟩ ⟨U+10FFFF⟩"),
        ("a\u3164b\u034f", "a⟨U+3164⟩b⟨U+034F⟩"),
        ("n\u00a0b e\u0301 ❤\ufe0f 東\u3000京", "n\u00a0b e\u0301 ❤\ufe0f 東\u3000京"),
        ("", ""),
    ],
)
def test_stand_ins(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_tabs_stay_on_request() -> None:
    assert visible("a\tb\x1b", keep_tabs=True) == "a\tb␛"


@given(st.text(st.characters()))
def test_nothing_hidden_is_left_and_twice_is_as_once(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(character) for character in shown} & HIDDEN
    assert visible(shown) == shown


def test_every_control_and_format_character_is_replaced() -> None:
    hidden = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in HIDDEN]
    assert len(hidden) > 200_000
    assert not set(visible("".join(hidden))) & set(hidden)
