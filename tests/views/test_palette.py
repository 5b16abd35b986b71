"""The ramp grows in lightness, text on it is readable, and poorer terminals keep the order."""

import math
from itertools import pairwise

import pytest
from rich.color import Color, ColorSystem

from seq2seq_cli.views.palette import (
    BLACK,
    WHITE,
    XTERM_RAMP,
    Rgb,
    background,
    cell_style,
    contrast,
    ink,
    level,
    relative_luminance,
)

LEVELS = [percent / 100 for percent in range(101)]


def rgb(color: Color | None) -> Rgb:
    assert color is not None
    red, green, blue = color.get_truecolor()
    return red, green, blue


def test_black_on_white_has_the_contrast_that_the_standard_states() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast((119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)  # WCAG's known edge
    assert relative_luminance((255, 0, 0)) == pytest.approx(0.2126)


def test_each_level_is_lighter_than_the_one_before() -> None:
    luminances = [relative_luminance(background(weight)) for weight in LEVELS]
    assert all(low < high for low, high in pairwise(luminances))


def test_on_light_grounds_each_level_is_darker_than_the_one_before() -> None:
    luminances = [relative_luminance(background(weight, light=True)) for weight in LEVELS]
    assert all(high > low for high, low in pairwise(luminances))
    assert contrast(background(0, light=True), WHITE) < 1.1  # nothing looks like paper
    assert contrast(background(1, light=True), WHITE) > 12


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize("weight", LEVELS)
def test_text_is_readable_on_every_level(weight: float, system: ColorSystem) -> None:
    style = cell_style(weight, system)
    assert contrast(rgb(style.color), rgb(style.bgcolor)) >= 4.5
    for light in (False, True):
        ground = background(weight, light=light)
        assert contrast(ink(ground), ground) >= 4.5


def test_256_colours_never_get_darker_as_the_weight_grows() -> None:
    luminances = [relative_luminance(rgb(Color.from_ansi(number))) for number in XTERM_RAMP]
    assert luminances == sorted(luminances)
    assert len(set(XTERM_RAMP)) >= 10


def test_256_colours_are_sent_unchanged_by_rich() -> None:
    style = cell_style(0.5, ColorSystem.EIGHT_BIT)
    assert style.bgcolor is not None
    assert style.bgcolor.downgrade(ColorSystem.EIGHT_BIT) == style.bgcolor


def test_sixteen_colours_use_names_that_themes_define() -> None:
    names = [cell_style(w, ColorSystem.STANDARD).bgcolor for w in (0.0, 0.3, 0.6, 1.0)]
    assert [c.name for c in names if c] == ["black", "red", "yellow", "bright_white"]


def test_levels_are_whole_percents_and_stay_in_range() -> None:
    assert [level(w) for w in (-1.0, 0.004, 0.006, 0.5, 1.0, 7.0)] == [0, 0, 1, 50, 100, 100]
    assert level(math.nan) == 0
