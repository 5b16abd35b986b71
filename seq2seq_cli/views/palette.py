"""The colours of attention weights: a perceptual ramp for dark grounds and one for light grounds.

A ramp is a path through OKLCH whose lightness moves evenly away from the ground's as the weight
grows, so that equal differences of weight look equally large and the order survives colour
blindness and grey prints. Terminals get the one for dark grounds.
Knows nothing of tables: it turns a number into a background and an ink that is readable on it.

Sources: OKLab, B. Ottosson (2020), "A perceptual color space for image processing"; relative
luminance and contrast, W3C, WCAG 2.1.
"""

import math
from functools import cache

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.style import Style

Rgb = tuple[int, int, int]

LEVELS = 100
"""Weights are drawn in steps of one percent: 101 levels."""
BLACK: Rgb = (0, 0, 0)
WHITE: Rgb = (255, 255, 255)

# For terminals with 256 colours: of the fixed part of their palette (16 to 255), the colours that
# lie nearest to the ramp and grow in lightness, one for every 5%.
XTERM_RAMP = (
    *(234, 236, 53, 53, 53, 89, 89, 125, 125, 161),
    *(161, 167, 167, 203, 209, 209, 215, 215, 222, 222),
)
# Sixteen-colour terminals name their colours and choose them themselves; in all the usual themes
# these four grow in lightness. With each, the ink that is readable on it.
NAMED_RAMP = (
    ("black", "bright_white"),
    ("red", "bright_white"),
    ("yellow", "black"),
    ("bright_white", "black"),
)


def background(weight: float, *, light: bool = False) -> Rgb:
    """The colour of a weight between 0 and 1, as 8-bit sRGB; values outside are clamped.

    On a dark ground it goes from dark to light; `light` is for light grounds: the other way round.
    """
    return _ramp(light)[level(weight)]


def ink(colour: Rgb) -> Rgb:
    """Black or white, whichever reads better on `colour`: the contrast is never below 4.5."""
    return max((WHITE, BLACK), key=lambda candidate: contrast(candidate, colour))


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.1, 1.4.3)."""
    dark, light = sorted((relative_luminance(one), relative_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def relative_luminance(colour: Rgb) -> float:
    """Relative luminance of an sRGB colour, 0 for black and 1 for white (WCAG 2.1)."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def cell_style(weight: float, system: ColorSystem) -> Style:
    """The style of a table cell: background and readable ink, in the colours a terminal has."""
    return _level_style(level(weight), system)


def level(weight: float) -> int:
    """The weight in whole percent, 0 to 100; what is not a number counts as 0."""
    if math.isnan(weight):
        return 0
    return round(LEVELS * min(1.0, max(0.0, weight)))


@cache
def _level_style(percent: int, system: ColorSystem) -> Style:
    if system in (ColorSystem.STANDARD, ColorSystem.WINDOWS):
        ground, letters = NAMED_RAMP[_step(percent, len(NAMED_RAMP))]
        return Style(color=letters, bgcolor=ground)
    if system is ColorSystem.EIGHT_BIT:
        number = XTERM_RAMP[_step(percent, len(XTERM_RAMP))]
        red, green, blue = Color.from_ansi(number).get_truecolor()
        readable = 16 if ink((red, green, blue)) == BLACK else 231
        return Style(color=Color.from_ansi(readable), bgcolor=Color.from_ansi(number))
    ground_rgb = background(percent / LEVELS)
    return Style(color=_true_colour(ink(ground_rgb)), bgcolor=_true_colour(ground_rgb))


def _step(percent: int, steps: int) -> int:
    return min(steps - 1, percent * steps // LEVELS)


def _true_colour(colour: Rgb) -> Color:
    return Color.from_triplet(ColorTriplet(*colour))


@cache
def _ramp(light: bool) -> tuple[Rgb, ...]:
    path = _light_path if light else _dark_path
    return tuple(_srgb(*path(percent / LEVELS)) for percent in range(LEVELS + 1))


def _dark_path(weight: float) -> tuple[float, float, float]:
    """Lightness, chroma and hue in degrees: night blue over plum, red and orange to cream."""
    return 0.22 + 0.70 * weight, 0.03 + 0.15 * math.sin(0.8 * math.pi * weight), 285 + 165 * weight


def _light_path(weight: float) -> tuple[float, float, float]:
    """The same hues from the other end: nearly white over orange, red and plum to night blue."""
    colourful = math.sin(0.88 * math.pi * weight) ** 0.75
    return 0.97 - 0.72 * weight, 0.01 + 0.16 * colourful, 450 - 165 * weight


def _srgb(lightness: float, chroma: float, hue: float) -> Rgb:
    """OKLCH as 8-bit sRGB."""
    channels = _linear_srgb(lightness, chroma, hue)
    while min(channels) < 0 or max(channels) > 1:  # outside sRGB: less chroma, same lightness
        chroma -= 0.002
        channels = _linear_srgb(lightness, chroma, hue)
    red, green, blue = (round(255 * _gamma(channel)) for channel in channels)
    return red, green, blue


def _linear_srgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH to linear sRGB, by the matrices of Ottosson (2020)."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
