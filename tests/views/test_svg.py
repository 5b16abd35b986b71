"""The SVG picture: what is in it, that nothing escapes, and where a browser puts its words."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from seq2seq_cli.views.palette import background
from seq2seq_cli.views.picture import Picture, SaveOptions
from seq2seq_cli.views.svg import svg_document

Make = Callable[..., Picture]
WEIGHTS = [[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.0, 0.004, 0.996]]
SPACE = "{http://www.w3.org/2000/svg}"
LANGUAGES = {
    "German": (
        "Das Donaudampfschifffahrtsgesellschaftskapitänspatent gilt .",
        "The licence holds .",
    ),
    "French": ("L'été où nous étions à Orléans , il pleuvait .", "It rained that summer ."),
    "Korean": ("고양이가 어제 선생님을 보지 않았다 .", "The cat did not see the teacher ."),
    "Japanese": ("私 は 昨日 図書館 で 日本 語 の 本 を 読み まし た 。", "I read a book ."),
    "Arabic": ("القطة السوداء لا ترى المعلم القديم 7 .", "The black cat does not see him ."),
    "capitals": ("WWWWWWWWWW MMMMMMMMMM WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "WMWM MMMM"),
    "3 words": ("I see you", "je te vois"),
    "60 words": (" ".join(f"Wort{n}" for n in range(60)), " ".join(f"word{n}" for n in range(60))),
}
PLACES = """
return [...document.querySelectorAll("text, rect")].map((one) => ({
  ...one.getBoundingClientRect().toJSON(), text: one.textContent, fill: one.getAttribute("fill"),
  size: one.getAttribute("font-size"), anchor: one.getAttribute("text-anchor"),
}))
"""


@pytest.fixture
def cats(make_picture: Make) -> Picture:
    return make_picture("black cat", "chat noir", WEIGHTS)


def draw(*pictures: Picture, **options: Any) -> ElementTree.Element:
    return ElementTree.fromstring(svg_document(pictures, SaveOptions(**options)))


def words_of(drawn: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawn.iter(f"{SPACE}text")]


def fills(drawn: ElementTree.Element) -> list[str]:
    return [box.get("fill", "") for box in drawn.iter(f"{SPACE}rect")]


def hexadecimal(weight: float) -> str:
    return "#{:02x}{:02x}{:02x}".format(*background(weight, light=True))


def test_it_says_what_it_shows_to_those_who_cannot_see_it(cats: Picture) -> None:
    drawn = draw(cats)
    assert drawn.get("role") == "img"
    title, description = drawn[0], drawn[1]
    assert drawn.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "What each target word attends to: black cat"
    assert description.text == (
        "chat noir: chat to black 90 %, noir to </s> 50 %, </s> to </s> 100 %."
    )


def test_cells_have_the_colours_of_their_weights(cats: Picture) -> None:
    drawn = draw(cats)
    found = fills(drawn)
    for weight in (0.9, 0.1, 0.2, 0.3, 0.5, 1.0):
        assert hexadecimal(weight) in found
    for word in ("black", "cat", "chat", "noir", "0%", "100%", "● strongest in row"):
        assert word in words_of(drawn)
    assert len(list(drawn.iter(f"{SPACE}circle"))) == 3


def test_percentages_take_the_place_of_marks(cats: Picture) -> None:
    drawn = draw(cats, numbers=True)
    numbers = [text for text in words_of(drawn) if re.fullmatch(r"\d+", text)]
    assert numbers == ["90", "10", "20", "30", "50", "100"]
    bold = [text.text for text in drawn.iter(f"{SPACE}text") if text.get("font-weight") == "bold"]
    assert bold == ["chat noir", "90", "50", "100"]
    assert not list(drawn.iter(f"{SPACE}circle"))


def test_the_end_is_left_out_and_log_probabilities_are_put_in(cats: Picture) -> None:
    drawn = words_of(draw(cats, show_end=False, log_probs=True))
    assert "</s>" not in drawn
    assert "without </s>: rows may add up to less than 100%" in drawn
    assert drawn.index("log p") < drawn.index("-0.25")


def test_what_is_copied_is_put_in(cats: Picture) -> None:
    copied = tuple(0.25 for _ in cats.alignment.target)
    copying = replace(cats, alignment=replace(cats.alignment, copied=copied))
    assert words_of(draw(copying)).count("25%") == len(copied)
    both, without = draw(copying, log_probs=True), draw(cats)
    assert words_of(both).index("log p") < words_of(both).index("copied")
    assert float(both.get("width", 0)) >= float(without.get("width", 0))


def test_several_pictures_stand_under_each_other_with_one_scale(cats: Picture) -> None:
    one = draw(cats)
    two = draw(cats, replace(cats, rank=2, run="other (luong-dot)"))
    assert float(two.get("height", 0)) > 1.7 * float(one.get("height", 0))
    assert words_of(two).count("100%") == 1
    assert "score -0.500 · demo (bahdanau) · hypothesis 1" in words_of(two)
    assert "score -0.500 · other (luong-dot) · hypothesis 2" in words_of(two)
    assert "score -0.500 · demo (bahdanau)" in words_of(one)  # one hypothesis needs no number


def test_without_attention_there_is_a_sentence_and_no_scale(make_picture: Make) -> None:
    drawn = words_of(draw(make_picture("a cat", "un chat", np.zeros((3, 3)))))
    assert drawn[-1].startswith("This run was trained without attention")
    assert "100%" not in drawn


def test_hostile_words_stay_words(make_picture: Make) -> None:
    hostile = "</text><script>alert(1)</script> \"'&amp;<!-- \u202eover \x1b[31m n\x00l \ufffe"
    picture = make_picture(hostile, hostile, run=hostile, moment=hostile)
    text = svg_document([picture], SaveOptions())
    assert not set(text) & set("\x00\x1b\u202e\ufffe")
    drawn = ElementTree.fromstring(text)
    names = {element.tag.removeprefix(SPACE) for element in drawn.iter()}
    assert names == {"svg", "title", "desc", "rect", "g", "text", "circle"}
    assert "⟨U+202E⟩over" in words_of(drawn)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|style=", text)


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("name", LANGUAGES)
def test_words_are_inside_the_picture_and_beside_the_cells(
    make_picture: Make, page: Any, tmp_path: Path, name: str, numbers: bool
) -> None:
    source, target = LANGUAGES[name]
    for pair in ((source, target), (target, source)):
        path = tmp_path / "picture.svg"
        options = SaveOptions(numbers=numbers, log_probs=True)
        path.write_text(svg_document([make_picture(*pair)], options), "utf-8")
        page.open(path)
        boxes = page.run(PLACES)
        picture = page.run("return document.documentElement.getBoundingClientRect().toJSON()")
        for box in boxes:
            assert box["left"] >= 0 and box["top"] >= 0, box
            assert box["right"] <= picture["width"] and box["bottom"] <= picture["height"], box
        (cells,) = [box for box in boxes if box["fill"] == hexadecimal(0) and box["height"] > 20]
        labels = [box for box in boxes if box["size"] == "14"]
        assert len(labels) == len(f"{source} {target}".split()) + 2
        rows = [box for box in labels if box["anchor"] == "end"]
        assert all(box["right"] < cells["left"] for box in rows)
        columns = [box for box in labels if box["anchor"] != "end"]
        assert all(box["bottom"] < cells["top"] + 1 for box in columns)
        upright = [box for box in columns if box["anchor"] == "middle"]
        assert all(one["right"] < other["left"] for one, other in pairwise(upright))
