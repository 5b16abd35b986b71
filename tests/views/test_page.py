"""The saved page in a real browser: pointing, keys, choices, hostile words, phones, colours."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput

from seq2seq_cli.views.palette import Rgb, background, contrast
from seq2seq_cli.views.picture import Picture, SaveOptions
from seq2seq_cli.views.saving import save_pictures

Make = Callable[..., Picture]
WEIGHTS = [
    [0.93, 0.04, 0.02, 0.01],
    [0.0, 0.25, 0.7, 0.05],
    [0.004, 0.9, 0.096, 0.0],
    [0.0, 0.0, 0.0, 1.0],
]
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img/src=x/onerror=alert(2)>",
    "\"quotes'&amp;",
    "\u202eover\u202c",
    "\x1b[31mred",
    "n\x00l",
    "z\u200bw",
    "{{script}}",
    "\u2028line",
    "<!--",
    "__proto__",
)


@pytest.fixture
def cats(make_picture: Make) -> Picture:
    return make_picture("the black cat", "le chat noir", WEIGHTS)


@pytest.fixture
def open_page(page: Any, tmp_path: Path) -> Callable[..., Any]:
    """Save pictures as a page and open it."""

    def open_(*pictures: Picture, **options: Any) -> Any:
        path = tmp_path / "page.html"
        save_pictures(pictures, path, options=SaveOptions(**options), force=True)
        page.open(path)
        return page

    return open_


def hover(page: Any, selector: str) -> None:
    ActionChains(page.browser).move_to_element(page.one(selector)).perform()


def press(page: Any, *keys: str) -> None:
    for key in keys:
        ActionChains(page.browser).send_keys(key).perform()


def lit(page: Any, side: str) -> dict[str, str]:
    """The words of a side that are coloured, each with the percentage under it."""
    found = {}
    for word in page.all(f"#{side} .word.lit"):
        name, share = word.text.replace("\u202f", " ").split("\n")
        found[name] = share
    return found


def chosen(page: Any) -> list[str]:
    return [word.text.split("\n")[0] for word in page.all(".word.chosen")]


def colour(page: Any, selector: str, name: str = "backgroundColor") -> Rgb:
    value = page.run(f"return getComputedStyle(arguments[0]).{name}", page.one(selector))
    red, green, blue = map(int, re.findall(r"\d+", value)[:3])
    return red, green, blue


def test_pointing_at_a_target_word_lights_its_sources(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats)
    assert lit(page, "source") == {}
    hover(page, "#target [data-row='1']")
    assert lit(page, "source") == {"black": "25 %", "cat": "70 %", "</s>": "5 %"}
    assert chosen(page) == ["chat"]
    assert page.text("#status") == "chat attends to cat 70 %, black 25 %, </s> 5 %"
    assert colour(page, "#source [data-column='2']") == background(0.7, light=True)
    hover(page, "h1")
    assert lit(page, "source") == {}


def test_pointing_at_a_source_word_lights_the_targets(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats)
    hover(page, "#source [data-column='1']")
    assert lit(page, "target") == {"le": "4 %", "chat": "25 %", "noir": "90 %"}
    assert page.text("#status") == "black is attended to by noir 90 %, chat 25 %, le 4 %"


def test_pointing_at_a_cell_says_its_words_and_percentage(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats)
    hover(page, "td[data-row='2'][data-column='1']")
    assert page.text("#tip") == page.text("#status") == "noir attends to black 90 %"
    assert page.one("#tip").is_displayed()
    assert chosen(page) == ["black", "noir"]
    names = [name.text for name in page.all("th.chosen")]
    assert names == ["black", "noir"]


def test_a_tap_chooses_and_a_tap_elsewhere_leaves(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats)

    def tap(selector: str) -> None:
        actions = ActionBuilder(page.browser, mouse=PointerInput("touch", "finger"))
        actions.pointer_action.move_to(page.one(selector)).pointer_down().pointer_up()
        actions.perform()

    tap("#target [data-row='0']")
    assert lit(page, "source")["the"] == "93 %"
    tap("td[data-row='1'][data-column='2']")
    assert page.text("#status") == "chat attends to cat 70 %"
    tap("h1")
    assert chosen(page) == []


def test_keys_step_through_target_words_one_by_one(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats)
    seen = []
    for key in (Keys.RIGHT, Keys.RIGHT, Keys.DOWN, Keys.UP, Keys.LEFT, Keys.END, Keys.RIGHT):
        press(page, key)
        seen.append(chosen(page))
    expected = ["le", "chat", "noir", "chat", "le", "</s>", "</s>"]
    assert seen == [[word] for word in expected]
    press(page, Keys.HOME)
    assert page.text("#status") == "le attends to the 93 %, black 4 %, cat 2 %, </s> 1 %"
    press(page, Keys.ESCAPE)
    assert chosen(page) == []
    assert "Choose a word" in page.text("#status")
    assert page.run("return document.activeElement === document.body")


def test_tab_reaches_both_sides_and_arrows_stay_on_a_side(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats)
    press(page, Keys.TAB, Keys.RIGHT)
    assert page.text("#status").startswith("black is attended to by noir 90 %")
    press(page, Keys.TAB)
    assert chosen(page) == ["le"]
    press(page, Keys.TAB)
    assert page.run("return document.activeElement.id") == "box"


def test_arrows_follow_the_direction_of_the_script(
    open_page: Callable[..., Any], make_picture: Make
) -> None:
    page = open_page(make_picture("the cat", "القطة السوداء"))
    places = [word.location["x"] for word in page.all("#target .word")]
    assert places == sorted(places, reverse=True)
    press(page, Keys.LEFT, Keys.LEFT)
    assert chosen(page) == ["السوداء"]
    press(page, Keys.RIGHT)
    assert chosen(page) == ["القطة"]


@pytest.fixture
def several(make_picture: Make, cats: Picture) -> list[Picture]:
    """Two sentences; the first by two runs, of which one has two hypotheses, and at two moments."""
    second = replace(cats, rank=2, text="le chat brun", score=-1.0)
    other = replace(cats, run="other (luong-dot)")
    early = replace(other, moment="epoch 1, step 10")
    return [cats, second, other, early, make_picture("a dog", "un chien")]


def values(page: Any, name: str) -> list[str]:
    return [option.text for option in page.all(f"#{name} option")]


def test_selects_are_there_for_what_differs(
    open_page: Callable[..., Any], cats: Picture, several: list[Picture]
) -> None:
    page = open_page(cats)
    assert page.all("select") == []
    page = open_page(*several)
    assert values(page, "sentence") == ["the black cat", "a dog"]
    assert values(page, "run") == ["demo (bahdanau)", "other (luong-dot)"]
    assert values(page, "hypothesis") == ["1", "2"]
    assert values(page, "moment") == ["finished", "epoch 1, step 10"]
    page = open_page(several[0], several[1])
    assert [select.get_attribute("id") for select in page.all("select")] == ["hypothesis"]


def test_choosing_switches_and_stays_on_the_word(
    open_page: Callable[..., Any], several: list[Picture]
) -> None:
    page = open_page(*several)
    press(page, Keys.RIGHT, Keys.RIGHT)
    page.one("#hypothesis option[value='1']").click()
    assert "score -1.000" in page.text("#facts")
    assert "le chat brun" in page.text("caption")
    assert chosen(page) == ["chat"]
    page.one("#run option[value='1']").click()
    assert "other (luong-dot)" in page.text("#facts")
    page.one("#sentence option[value='1']").click()
    assert [word.text for word in page.all("#source .word")] == ["a", "dog", "</s>"]  # none lit
    assert page.one("#run").get_property("value") == "0"
    assert not page.one("#run option[value='1']").is_enabled()


def test_what_is_not_switched_stays(open_page: Callable[..., Any], make_picture: Make) -> None:
    pairs = (("the cat", "le chat"), ("a dog", "un chien"))
    runs = ("demo (bahdanau)", "other (luong-dot)")
    pictures = [
        make_picture(*pair, run=run, rank=rank) for pair in pairs for run in runs for rank in (1, 2)
    ]
    page = open_page(*pictures)
    press(page, "r", "h", "s")
    assert page.text("#facts") == "score -1.000 · other (luong-dot)"
    assert "a dog → un chien" in page.text("caption")
    press(page, "R")
    assert page.text("#facts") == "score -1.000 · demo (bahdanau)"


def test_keys_and_buttons_switch_too(open_page: Callable[..., Any], several: list[Picture]) -> None:
    page = open_page(*several)
    press(page, "s")
    assert "a dog" in page.text("caption")
    press(page, "s")  # there is no more
    assert "a dog" in page.text("caption")
    assert page.text("#status") == "Sentence 2 of 2: a dog"
    press(page, "S")
    assert "the black cat" in page.text("caption")
    press(page, "r", "m")
    assert "epoch 1, step 10" in page.text("#facts")
    page.one(".choice.moment button").click()
    assert "epoch" not in page.text("#facts")
    ActionChains(page.browser).key_down(Keys.CONTROL).send_keys("h").key_up(Keys.CONTROL).perform()
    assert page.one("#hypothesis").get_property("value") == "0"


def test_the_table_is_a_table_with_headers(open_page: Callable[..., Any], cats: Picture) -> None:
    page = open_page(cats, log_probs=True)
    assert page.text("caption") == "Attention in percent: the black cat → le chat noir"
    columns = [cell.text for cell in page.all("thead th[scope='col']")]
    assert columns == ["the", "black", "cat", "</s>", "log p"]
    assert [cell.text for cell in page.all("tbody th[scope='row']")] == [
        *("le", "chat", "noir", "</s>"),
    ]
    rows = page.run(
        "return [...document.querySelectorAll('tbody tr')].map("
        "(row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent))"
    )
    assert rows[0] == ["93", "4", "2", "1", "0.00"]
    assert rows[2] == ["0", "90", "10", "0", "-0.50"]
    assert page.one("#status").get_attribute("aria-live") == "polite"
    assert len(page.all("td.best")) == 4


def test_the_table_says_what_is_copied(open_page: Callable[..., Any], cats: Picture) -> None:
    copied = (0.97, 0.5, 0.0, 1.0)
    page = open_page(replace(cats, alignment=replace(cats.alignment, copied=copied)))
    columns = [cell.text for cell in page.all("thead th[scope='col']")]
    assert columns == ["the", "black", "cat", "</s>", "copied"]
    assert [cell.text for cell in page.all("td.figure")] == ["97%", "50%", "0%", "100%"]


def test_percentages_and_the_end_are_shown_as_they_were_asked_for(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats, numbers=True, show_end=False)
    assert page.one("#numbers").is_selected()
    cell = "td[data-row='0'][data-column='0']"
    assert contrast(colour(page, cell, "color"), colour(page, cell)) >= 4.5
    page.one("#numbers").click()
    assert "rgba(0, 0, 0, 0)" in page.run(
        f'return getComputedStyle(document.querySelector("{cell}")).color'
    )
    assert "</s>" not in [cell.text for cell in page.all("th")]
    assert "without </s>: rows may add up to less than 100%" in page.text(".legend")


def test_unknown_words_are_explained(open_page: Callable[..., Any], make_picture: Make) -> None:
    page = open_page(make_picture("blakc cat", "chat noir", unknown={"blakc": ["black"]}))
    hover(page, "#source [data-column='0']")
    assert page.text("#status").startswith("‹blakc› is attended to by ")
    note = "“blakc” is not in the vocabulary; closest: black"
    assert page.text("#status").endswith(f". {note}")
    assert page.one("#source [data-column='0']").get_attribute("title") == note


def test_a_run_without_attention_says_so(open_page: Callable[..., Any], make_picture: Make) -> None:
    page = open_page(make_picture("a cat", "un chat", np.zeros((3, 3))))
    assert "trained without attention" in page.text("#instead")
    assert page.all("table") == []
    press(page, Keys.RIGHT)
    assert page.text("#status") == "un attends to nothing that reaches 1 %"


def test_hostile_words_stay_words(open_page: Callable[..., Any], make_picture: Make) -> None:
    words = " ".join(HOSTILE)
    unknown = dict.fromkeys(HOSTILE, HOSTILE)
    picture = make_picture(words, words, run=words, moment=words, unknown=unknown)
    page = open_page(picture, replace(picture, rank=2))
    for key in (Keys.RIGHT, Keys.RIGHT, "h", Keys.TAB):
        press(page, key)
    hover(page, "td[data-row='1'][data-column='1']")
    allowed = (
        "html,head,meta,title,style,body,main,h1,form,div,label,select,option,button,p,span,small,"
        "table,caption,thead,tbody,tr,th,td,bdi,noscript,footer,i,input,details,summary,dl,dt,dd,"
        "kbd,script"
    )
    names = page.run("return [...document.querySelectorAll('*')].map((one) => one.localName)")
    assert set(names) <= set(allowed.split(","))
    assert names.count("script") == 2
    shown = [word.get_property("textContent") for word in page.all("#target .word span")]
    assert shown[:3] == list(HOSTILE[:3])
    assert shown[3:7] == ["⟨U+202E⟩over⟨U+202C⟩", "␛[31mred", "n␀l", "z⟨U+200B⟩w"]
    assert shown[7] == "{{script}}"


def test_nothing_but_ascii_and_letters_is_in_the_file(make_picture: Make, tmp_path: Path) -> None:
    words = " ".join(HOSTILE)
    path = tmp_path / "page.html"
    save_pictures([make_picture(words, words)], path, options=SaveOptions())
    text = path.read_bytes().decode("utf-8")
    assert not set(text) & set("\x00\x1b\u202e\u202c\u200b\u2028")
    assert not re.search(r"https?://|src=(?!x)|@import|url\(", text)
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert not set(data) & set("<>&")
    assert json.loads(data)["pictures"][0]["source"][0] == HOSTILE[0]


def test_the_policy_forbids_every_other_script(
    open_page: Callable[..., Any], cats: Picture
) -> None:
    page = open_page(cats)
    page.run(
        "const script = document.createElement('script');"
        "script.textContent = 'window.escaped = true';"
        "document.body.append(script);"
    )
    assert page.run("return window.escaped") is None
    (complaint,) = page.complaints()
    assert "Content Security Policy" in complaint


LONG = " ".join(["Donaudampfschifffahrtsgesellschaftskapitän", "and", "日本語", "القطة"] * 15)


def test_a_phone_never_scrolls_sideways_but_in_the_table(
    open_page: Callable[..., Any], make_picture: Make
) -> None:
    long = make_picture(LONG, LONG)
    page = open_page(long, make_picture("a dog", "un chien"))
    page.resize(390, 844, mobile=True)
    press(page, Keys.RIGHT)
    assert page.run("return document.documentElement.scrollWidth") == 390
    box = page.one("#box")
    assert page.run("return arguments[0].scrollWidth > arguments[0].clientWidth", box)
    for _ in range(30):
        press(page, Keys.RIGHT)
    cell = page.one("td[data-row='30'].best").rect
    assert 0 < cell["x"] < 390 - cell["width"]
    touchable = [word.rect["height"] for word in page.all(".word")]
    assert min(touchable) >= 24


@pytest.mark.parametrize(("scheme", "light"), [("light", True), ("dark", False)])
def test_light_and_dark_are_readable(
    open_page: Callable[..., Any], page: Any, cats: Picture, scheme: str, light: bool
) -> None:
    page.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    open_page(cats, numbers=True)
    paper = colour(page, "body")
    assert (sum(paper) > 600) is light
    for selector in ("body", ".facts", ".side", ".legend", "thead th.end"):
        assert contrast(colour(page, selector, "color"), paper) >= 4.5
    for column, weight in enumerate((0.93, 0.04, 0.02, 0.01)):
        cell = f"td[data-row='0'][data-column='{column}']"
        assert colour(page, cell) == background(weight, light=light)
        assert contrast(colour(page, cell, "color"), colour(page, cell)) >= 4.5


def test_motion_is_only_for_those_who_want_it(open_page: Callable[..., Any], cats: Picture) -> None:
    page = open_page(cats)
    duration = "return getComputedStyle(document.querySelector('.word')).transitionDuration"
    assert page.run(duration) == "0s"
    page.emulate(prefers_reduced_motion="no-preference")
    assert page.run(duration) != "0s"


def test_without_javascript_there_are_tables(
    open_page: Callable[..., Any], page: Any, cats: Picture
) -> None:
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        open_page(cats, replace(cats, sentence="<b>x", rank=2))
        assert [heading.text for heading in page.all("h2")] == ["the black cat", "<b>x"]
        first = page.one("table.plain")
        assert first.text.split("\n")[:2] == ["the black cat </s>", "le 93 4 2 1"]
        assert not page.one("#view").is_displayed()
    finally:
        page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_fifty_sentences_are_less_than_a_megabyte(make_picture: Make, tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    pictures = [
        make_picture(
            " ".join(f"word{number}{place}" for place in range(29)),
            " ".join(f"Wort{number}{place}" for place in range(29)),
            chance.dirichlet(np.full(30, 0.1), size=30),
        )
        for number in range(50)
    ]
    path = tmp_path / "page.html"
    save_pictures(pictures, path, options=SaveOptions())
    assert path.stat().st_size < 1_000_000
