"""Labels are harmless, cut by cells and never split a character from its marks."""

import pytest
from rich.cells import cell_len

from seq2seq_cli.views.labels import fence, fit, make_label, right_aligned


@pytest.mark.parametrize(
    ("label", "cells", "expected"),
    [
        ("teacher", 7, "teacher"),
        ("teacher", 6, "teach…"),
        ("teacher", 1, "…"),
        ("teacher", 0, ""),
        ("日本語文", 8, "日本語文"),
        ("日本語文", 7, "日本語…"),
        ("日本語文", 6, "日本…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ],
)
def test_fit_cuts_by_cells(label: str, cells: int, expected: str) -> None:
    assert fit(label, cells) == expected
    assert cell_len(fit(label, cells)) <= cells


def test_fit_without_unicode_ends_in_ascii() -> None:
    assert fit("teacher", 4, unicode=False) == "tea~"


def test_controls_are_shown_and_markup_is_ordinary_text() -> None:
    assert make_label("\x1b[31m[red]") == "␛[31m[red]"
    assert "\u202e" not in make_label("\u202eabc")


def test_without_unicode_everything_is_ascii() -> None:
    assert make_label("été\x1b", unicode=False) == "\\xe9t\\xe9\\u241b"


def test_a_lone_mark_gets_a_circle_and_a_tower_of_marks_is_cut() -> None:
    assert make_label("\u0301x") == "◌\u0301x"
    assert len(make_label("e" + "\u0301" * 1000)) < 12


def test_skin_tones_and_variation_selectors_are_left_out() -> None:
    assert make_label("👍🏽") == "👍"
    assert make_label("❤\ufe0f") == "❤"


def test_only_right_to_left_words_are_fenced_and_widths_do_not_change() -> None:
    assert fence("chat") == "chat"
    assert fence("قطة") == "\u200eقطة\u200e"
    assert cell_len(right_aligned("قطة", 6)) == 6
    assert right_aligned("日本", 6) == "  日本"
