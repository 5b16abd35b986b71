"""The PNG image: its pixels, its fonts, and what is said where something is missing."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.font_manager import findfont
from matplotlib.image import imread

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.views.palette import Rgb, background
from seq2seq_cli.views.picture import Picture, SaveOptions
from seq2seq_cli.views.png import check_png, png_document

Make = Callable[..., Picture]
WEIGHTS = [[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 1.0]]


@pytest.fixture
def cats(make_picture: Make) -> Picture:
    return make_picture("black cat", "chat noir", WEIGHTS)


def pixels(data: bytes) -> set[Rgb]:
    """The colours of an image."""
    image = (imread(io.BytesIO(data))[..., :3] * 255).round().astype(int)
    return {(red, green, blue) for red, green, blue in np.unique(image.reshape(-1, 3), axis=0)}


def test_cells_have_the_colours_of_their_weights(cats: Picture) -> None:
    data, said = png_document([cats], SaveOptions())
    assert said == []
    assert {background(weight, light=True) for weight in (0, 0.9, 0.1, 0.2, 0.3, 0.5, 1)} <= (
        pixels(data)
    )


def test_settings_of_the_user_and_formulas_do_not_matter(cats: Picture, make_picture: Make) -> None:
    plain, _ = png_document([cats], SaveOptions())
    with mpl.rc_context(
        {"axes.facecolor": "red", "font.size": 40, "axes.prop_cycle": "cycler('color', ['b'])"}
    ):
        assert png_document([cats], SaveOptions())[0] == plain
    png_document([make_picture("$x^2$ $", "\\frac{ $\\alpha$")], SaveOptions())


def test_missing_glyphs_are_named_once_with_what_to_do(make_picture: Make) -> None:
    picture = make_picture("고양이 cat 고양이", "cat 고 \x1b", WEIGHTS[:1] * 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, said = png_document([picture], SaveOptions())
    (warning,) = said
    assert warning.startswith("matplotlib's own font lacks ␛ 고 양 이: ")
    assert "--font" in warning


def test_many_missing_glyphs_are_counted(make_picture: Make) -> None:
    hangul = "".join(map(chr, range(0xAC00, 0xAC00 + 30)))
    (warning,) = png_document([make_picture(hangul, hangul)], SaveOptions())[1]
    assert "and 10 more" in warning


def test_a_font_is_a_name_or_a_file(cats: Picture, tmp_path: Path) -> None:
    file = findfont("DejaVu Serif", fallback_to_default=False)
    by_name = png_document([cats], SaveOptions(font="DejaVu Serif"))
    assert png_document([cats], SaveOptions(font=file)) == by_name
    assert by_name[0] != png_document([cats], SaveOptions())[0]
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(InputError, match="is no font that can be read"):
        check_png(str(broken))
    with pytest.raises(InputError, match="neither a file nor the name of an installed font"):
        check_png("Nonesuch Grotesk")


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seq2seq_cli.views.png.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'seq2seq-cli\[png\]'"):
        check_png(None)


def test_more_than_an_image_can_hold_is_refused(cats: Picture) -> None:
    with pytest.raises(WorkError, match=r"too large for one \.png\. Save them as \.html"):
        png_document([cats] * 900, SaveOptions())
