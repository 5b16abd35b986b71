"""The heat map: small tables as drawn by hand, and what holds at any width for any words."""

import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from rich.cells import cell_len
from rich.console import Console, RenderableType

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.attention_table import alignment_view
from seq2seq_cli.views.palette import background

WEIGHTS = ((0.9, 0.1, 0.0), (0.2, 0.3, 0.5), (0.0, 0.02, 0.98))


def make(
    source: Sequence[str],
    target: Sequence[str],
    weights: ArrayLike | None = None,
    known: Sequence[bool] | None = None,
) -> Alignment:
    """An alignment whose last column and row are `</s>`; even weights if none are given."""
    shape = (len(target), len(source))
    even = np.full(shape, 1 / len(source))
    return Alignment(
        source=tuple(source),
        target=tuple(target),
        weights=even if weights is None else np.array(weights, dtype=np.float64),
        log_probs=tuple(-0.25 * row for row in range(len(target))),
        source_known=tuple(True for _ in source) if known is None else tuple(known),
        source_end=True,
        target_end=True,
    )


def draw(view: RenderableType, width: int = 80, *, colour: bool = False) -> str:
    file = io.StringIO()
    system: Literal["truecolor"] | None = "truecolor" if colour else None
    Console(file=file, width=width, color_system=system, force_terminal=colour).print(view)
    return file.getvalue()


SMALL = make(["black", "cat", "</s>"], ["chat", "noir", "</s>"], WEIGHTS)


def test_shades_and_marks_without_colour() -> None:
    view = alignment_view(SMALL, width=40, colour=False, unicode=True, log_probs=True)
    assert draw(view) == (
        "       black cat   </s>  log p\n"
        "chat ██●███░░░░░░  ·      0.00\n"
        "noir ░░░░░░▒▒▒▒▒▒▒▒●▒▒▒  -0.25\n"
        "</s>   ·     ·   ██●███  -0.50\n"
        "\n"
        "  0%  ░░░░░▒▒▒▒▓▓▓▓▓█████ 100%\n"
        "  ● strongest in row\n"
    )


def test_what_is_copied_stands_beside_the_rows_in_percent() -> None:
    copying = replace(SMALL, copied=(0.994, 0.0, 0.5))
    view = alignment_view(copying, width=50, colour=False, unicode=True, log_probs=True)
    assert draw(view).splitlines()[:6] == [
        "       black cat   </s>  log p copied",
        "chat ██●███░░░░░░  ·      0.00    99%",
        "noir ░░░░░░▒▒▒▒▒▒▒▒●▒▒▒  -0.25     0%",
        "</s>   ·     ·   ██●███  -0.50    50%",
        "",
        "  0%  ░░░░░▒▒▒▒▓▓▓▓▓█████ 100%",
    ]
    assert "copied: share of the distribution" in draw(view)


def test_ascii_where_the_encoding_has_no_more() -> None:
    drawn = draw(alignment_view(SMALL, width=40, colour=False, unicode=False))
    assert drawn.isascii()
    assert "chat @@*@@@::::::" in drawn
    assert "* strongest in row" in drawn


def test_numbers_in_percent_with_a_dot_for_next_to_nothing() -> None:
    view = alignment_view(SMALL, width=60, colour=False, unicode=True, numbers=True)
    lines = draw(view).splitlines()
    assert lines[1].split() == ["chat", "●90", "10", "·"]
    assert lines[2].split() == ["noir", "20", "30", "●50"]
    assert lines[3].split() == ["</s>", "·", "2", "●98"]


def test_hidden_end_is_left_out_and_said_and_nothing_is_rescaled() -> None:
    view = alignment_view(SMALL, width=80, colour=False, unicode=True, numbers=True, show_end=False)
    drawn = draw(view)
    assert "without </s>: rows may add up to less than 100%" in drawn
    lines = drawn.splitlines()
    assert lines[2].split() == ["noir", "20", "30"]  # its strongest cell is hidden: no mark
    assert not any(line.startswith("</s>") for line in lines)


def test_rows_that_fall_short_are_said_to() -> None:
    fading = make(["black", "cat", "</s>"], ["chat"], [[0.5, 0.4, 0.0]])
    drawn = draw(alignment_view(fading, width=80, colour=False, unicode=True))
    assert drawn.endswith("  rows add up to less than 100%\n")
    assert "add up" not in draw(alignment_view(SMALL, width=80, colour=False, unicode=True))


def test_colours_are_those_of_the_palette() -> None:
    view = alignment_view(SMALL, width=60, colour=True, unicode=True)
    drawn = draw(view, colour=True)
    red, green, blue = background(0.9)
    assert f"48;2;{red};{green};{blue}m  ● " in drawn


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours_gets_shades(environment: dict[str, str]) -> None:
    view = alignment_view(SMALL, width=60, colour=True, unicode=True)
    file = io.StringIO()
    environment = {"TERM": "xterm-256color", **environment}
    Console(file=file, width=60, force_terminal=True, _environ=environment).print(view)
    assert "●" in file.getvalue()
    assert "░░░░░░▒▒▒▒▒▒" in file.getvalue()
    assert "48;" not in file.getvalue()


def test_markup_and_controls_are_shown_as_they_are() -> None:
    hostile = make(["[red]", "\x1b[31mx", "</s>"], ["[/red]", "a\tb", "</s>"])
    view = alignment_view(hostile, width=80, colour=False, unicode=True, title="[bold]\x07")
    drawn = draw(view)
    for shown in ("[red]", "␛[31mx", "[/red]", "a␉b", "[bold]␇"):
        assert shown in drawn
    assert "\x1b" not in drawn


def test_unknown_words_stand_between_angles() -> None:
    alignment = make(["blakc", "cat", "</s>"], ["chat", "</s>"], known=(False, True, True))
    drawn = draw(alignment_view(alignment, width=80, colour=False, unicode=True))
    assert "‹blakc›" in drawn
    assert "‹cat›" not in drawn
    assert "‹ › not in the vocabulary" in drawn


def test_a_run_without_attention_lists_words_with_log_probabilities() -> None:
    alignment = make(["black", "cat", "</s>"], ["chat", "noir"], np.zeros((2, 3)))
    view = alignment_view(alignment, width=80, colour=False, unicode=True)
    lines = draw(view).splitlines()
    assert "without attention" in lines[0]
    assert lines[-1].split() == ["noir", "-0.25"]
    assert "%" not in "".join(lines)


def test_an_empty_translation_is_said() -> None:
    alignment = make(["cat", "</s>"], ["</s>"])
    view = alignment_view(alignment, width=80, colour=False, unicode=True, show_end=False)
    assert "translation is empty" in draw(view)


def test_weights_that_are_not_numbers_do_not_break_the_table() -> None:
    alignment = make(["a", "</s>"], ["b", "</s>"], [[np.nan, np.nan], [0.5, 0.5]])
    assert "●" in draw(alignment_view(alignment, width=80, colour=False, unicode=True))


def test_labels_of_many_long_words_stand_upright() -> None:
    source = ["international", "données", "Donaudampfschifffahrt", "日本語日本語"] * 5
    alignment = make([*source, "</s>"], ["x", "</s>"])
    lines = draw(alignment_view(alignment, width=80, colour=False, unicode=True)).splitlines()
    assert lines[14].startswith("   x ")
    assert [line[6:16].rstrip() for line in lines[:14]] == [
        *("      D", "i     o", "n     n", "t     a", "e     u", "r     d", "n     a"),
        *("a  d  m", "t  o  p  日", "i  n  f  本", "o  n  s  語", "n  é  c  日", "a  e  h  本"),
        "l  s  …  語",
    ]
    assert [line[-1] for line in lines[10:14]] == ["<", "/", "s", ">"]


@pytest.mark.parametrize("word", ["القطة", "क्षि"])
def test_words_whose_letters_join_never_stand_upright(word: str) -> None:
    alignment = make([word, *["investigations"] * 15, "</s>"], ["x", "</s>"])
    drawn = draw(alignment_view(alignment, width=80, colour=False, unicode=True))
    assert drawn.count(word) == 1
    assert drawn.count("investigations") == 15


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("words", [1, 3, 12, 34, 60])
def test_blocks_name_each_source_word_once(width: int, words: int) -> None:
    source = [f"w{number:02}" for number in range(words)]
    alignment = make([*source, "</s>"], ["eins", "zwei", "</s>"])
    drawn = draw(alignment_view(alignment, width=width, colour=False, unicode=True), width)
    downwards = "\n".join(map("".join, zip_longest(*drawn.splitlines(), fillvalue=" ")))
    assert [f"{drawn} {downwards}".count(word) for word in source] == [1] * words
    headings = [line for line in drawn.splitlines() if line.startswith("source words")]
    assert drawn.count("eins") == max(1, len(headings))
    if headings:
        assert headings[0].startswith("source words 1–")
        assert f"of {words}" in headings[0]


WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["日本語", "한국어", "قطة", "e\u0301\u0302", "👍🏽", "\x1b[31m", "[red]", "\u202e", "क्षि"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(WORDS, max_size=40),
    st.lists(WORDS, max_size=6),
    st.integers(20, 200),
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans()),
)
def test_no_line_is_wider_than_asked_and_columns_stay_aligned(
    source: list[str], target: list[str], width: int, switches: tuple[bool, ...]
) -> None:
    numbers, log_probs, show_end, unicode, copies = switches
    alignment = make([*source, "</s>"], [*target, "</s>"])
    if copies:
        alignment = replace(alignment, copied=(1.0,) * len(alignment.target))
    view = alignment_view(
        alignment,
        width=width,
        colour=False,
        unicode=unicode,
        numbers=numbers,
        log_probs=log_probs,
        show_end=show_end,
        title="\u202e[x] 日本",
    )
    lines = draw(view, 200).split("\n")
    assert all(cell_len(line) <= width for line in lines)
    assert all(line == line.rstrip(" ") for line in lines)
    assert not unicode or "\x1b" not in "".join(lines)
    if log_probs and not copies and len(source) > 1:
        ends = {cell_len(line) for line in lines if line.endswith("0.25")}
        assert len(ends) <= 2  # blocks differ by one column at most
