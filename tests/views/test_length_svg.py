"""The chart of scores by source length as a picture."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from seq2seq_cli.scoring.by_length import Curve, LengthComparison, LengthRange
from seq2seq_cli.scoring.score import Score
from seq2seq_cli.views.length_svg import length_svg
from seq2seq_cli.views.marks import mark_of
from seq2seq_cli.views.palette import WHITE, contrast

NAMESPACE = "{http://www.w3.org/2000/svg}"
SCORE = Score(score=51.25, signature="nrefs:1")


def comparison(curves: dict[str, tuple[float | None, ...]]) -> LengthComparison:
    return LengthComparison(
        metric="bleu",
        unit="words",
        ranges=(
            LengthRange(shortest=1, longest=5, count=226, mean_length=4.0),
            LengthRange(shortest=6, longest=10, count=90, mean_length=8.0),
            LengthRange(shortest=11, longest=20, count=47, mean_length=16.0),
        ),
        curves={name: Curve(score=SCORE, by_range=by) for name, by in curves.items()},
    )


TWO = comparison({"demo (bahdanau)": (100.0, 90.0, 80.0), "none": (100.0, 50.0, 0.0)})


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def texts(picture: str) -> list[str]:
    return [found.text or "" for found in parsed(picture).iter(f"{NAMESPACE}text")]


def lines(picture: str) -> list[ElementTree.Element]:
    """The curves themselves: what is drawn two pixels wide."""
    return [
        one for one in parsed(picture).iter(f"{NAMESPACE}path") if one.get("stroke-width") == "2"
    ]


def test_it_says_what_is_drawn() -> None:
    picture = length_svg(TWO, title="test + long, 363 lines")
    shown = texts(picture)
    for words in ("BLEU by source length", "test + long, 363 lines", "source length in words"):
        assert words in shown
    assert {"demo (bahdanau)", "none", "226", "90", "47*", "BLEU|nrefs:1"} <= set(shown)
    assert "* fewer than 50 lines: hollow marks, figures that vary much by chance" in shown
    assert "none: 100.0, 50.0, 0.0" in (parsed(picture).findtext(f"{NAMESPACE}desc") or "")


def test_points_lie_where_their_figures_say() -> None:
    first, second = lines(length_svg(TWO, title="t"))
    places = [
        [
            tuple(map(float, place.split()))
            for place in re.findall(r"[ML]([^ML]+)", one.get("d", ""))
        ]
        for one in (first, second)
    ]
    # x: from length 0 at 78 to length 16 at 570; y: from 0 at 368 up to 100 at 68
    assert places[0] == [(201.0, 68.0), (324.0, 98.0), (570.0, 128.0)]
    assert places[1] == [(201.0, 68.0), (324.0, 218.0), (570.0, 368.0)]


def test_lines_differ_by_dashes_and_marks_too() -> None:
    picture = length_svg(TWO, title="t")
    first, second = lines(picture)
    assert first.get("stroke-dasharray") is None
    assert second.get("stroke-dasharray") == "12 8"
    assert first.get("stroke") != second.get("stroke")


def test_few_lines_have_hollow_marks_and_each_mark_its_facts() -> None:
    picture = length_svg(TWO, title="t")
    facts = {
        mark.findtext(f"{NAMESPACE}title"): mark.get("fill")
        for mark in parsed(picture).iter(f"{NAMESPACE}path")
    }
    assert facts["none: 50.0 at 6-10 words"] == mark_of(1).picture_colour
    assert facts["none: 0.0 at 11-20 words"] == "#ffffff"


def test_a_missing_score_is_a_gap() -> None:
    picture = length_svg(comparison({"it": (50.0, None, 40.0)}), title="t")
    (line,) = lines(picture)
    assert line.get("d", "").count("M") == 2
    assert "L" not in line.get("d", "")
    assert "gap in a line: no reference has the four tokens that BLEU needs" in texts(picture)


def test_names_are_harmless_and_whole_text() -> None:
    evil = "</text><script>alert(1)</script>\x1b[31m\u202e"
    picture = length_svg(comparison({evil: (1.0, 2.0, 3.0)}), title=evil)
    assert not list(parsed(picture).iter(f"{NAMESPACE}script"))
    assert "\x1b" not in picture
    assert "\u202e" not in picture
    assert "&lt;script&gt;" in picture


def test_it_loads_nothing() -> None:
    picture = length_svg(TWO, title="t")
    assert re.findall(r"https?://[^\s\"'<]+", picture) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in picture
    assert "@import" not in picture


@pytest.mark.parametrize("runs", [1, 5, 40])
def test_names_stand_apart_and_inside_the_picture(runs: int) -> None:
    picture = length_svg(comparison({f"run {n}": (9.0, 9.0, 9.0) for n in range(runs)}), title="t")
    root = parsed(picture)
    names = [t for t in root.iter(f"{NAMESPACE}text") if (t.text or "").startswith("run ")]
    heights = sorted(float(name.get("y", "0")) for name in names)
    assert len(heights) == runs
    assert all(b - a >= 17.9 for a, b in pairwise(heights))
    assert 0 < heights[0] <= heights[-1] < float(root.get("height", "0"))


def test_the_ground_is_light_and_the_words_are_readable_on_it() -> None:
    root = parsed(length_svg(TWO, title="t"))
    ground = root.find(f"{NAMESPACE}rect")
    assert ground is not None
    assert ground.get("fill") == "#ffffff"
    assert ground.get("width") == root.get("width")
    colours = {text.get("fill") or "" for text in root.iter(f"{NAMESPACE}text")}
    colours |= {mark_of(index).picture_colour for index in range(60)}
    for colour in colours:
        red, green, blue = bytes.fromhex(colour.removeprefix("#"))
        assert contrast((red, green, blue), WHITE) >= 4.5
