"""Files for programs and for spreadsheets, and what is checked before anything is written."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from matplotlib.font_manager import findfont, get_font

from seq2seq_cli.errors import InputError
from seq2seq_cli.views.facts import sentence_facts
from seq2seq_cli.views.picture import Picture, SaveOptions, by_sentence
from seq2seq_cli.views.saving import ENDINGS, check_place, save_pictures
from seq2seq_cli.views.text_width import text_width, wrap

Make = Callable[..., Picture]
WEIGHTS = [[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 1.0]]


@pytest.fixture
def cats(make_picture: Make) -> Picture:
    return make_picture("black cat", "chat noir", WEIGHTS)


def written(tmp_path: Path, name: str, pictures: list[Picture], options: SaveOptions) -> str:
    path = tmp_path / name
    assert save_pictures(pictures, path, options=options, force=True) == ()
    return path.read_text("utf-8")


def test_sentences_are_kept_apart_in_any_order(cats: Picture) -> None:
    dog = replace(cats, sentence="dog")
    early, late = replace(cats, moment="epoch 1"), replace(dog, moment="epoch 1")
    assert by_sentence([cats, dog, early, late]) == [[cats, early], [dog, late]]
    again = replace(cats)
    assert by_sentence([cats, dog, again]) == [[cats], [dog], [again]]


def test_json_of_one_sentence_is_what_json_prints(cats: Picture, tmp_path: Path) -> None:
    text = written(tmp_path, "a.json", [cats], SaveOptions())
    assert json.loads(text) == {
        "source": "black cat",
        "unknown": {},
        "run": "demo (bahdanau)",
        "hypotheses": [
            {
                "text": "chat noir",
                "score": -0.5,
                "source_tokens": ["black", "cat", "</s>"],
                "target_tokens": ["chat", "noir", "</s>"],
                "weights": WEIGHTS,
                "log_probs": [0, -0.25, -0.5],
            }
        ],
    }


def test_json_of_a_session_is_a_list_of_sentences(cats: Picture, tmp_path: Path) -> None:
    options = SaveOptions(several=True)
    (only,) = json.loads(written(tmp_path, "a.json", [cats], options))
    assert only["source"] == "black cat"
    both = json.loads(written(tmp_path, "b.json", [cats, replace(cats)], options))
    assert both == [only, only]


def test_runs_and_moments_are_listed_each_with_its_hypotheses(cats: Picture) -> None:
    early = replace(cats, moment="epoch 1, step 5")
    facts = sentence_facts([cats, replace(cats, rank=2), early])
    found = [(run["run"], run.get("moment"), len(run["hypotheses"])) for run in facts["runs"]]
    assert found == [("demo (bahdanau)", None, 2), ("demo (bahdanau)", "epoch 1, step 5", 1)]


def test_tsv_has_a_row_for_each_cell(cats: Picture, tmp_path: Path) -> None:
    text = written(tmp_path, "a.tsv", [cats, replace(cats, sentence="dog")], SaveOptions())
    rows = list(csv.DictReader(StringIO(text), dialect="excel-tab"))
    assert len(rows) == 2 * 9
    assert rows[5] == {
        "sentence": "1",
        "run": "demo (bahdanau)",
        "moment": "",
        "rank": "1",
        "target_position": "2",
        "target": "noir",
        "log_prob": "-0.25",
        "source_position": "3",
        "source": "</s>",
        "weight": "0.5",
    }
    assert {row["sentence"] for row in rows} == {"1", "2"}


def test_tsv_leaves_the_end_out_and_survives_any_word(make_picture: Make, tmp_path: Path) -> None:
    picture = make_picture('"quoted \x1b[31m a\tb', "tab\u2028 null")
    text = written(tmp_path, "a.tsv", [picture], SaveOptions(show_end=False))
    rows = list(csv.DictReader(StringIO(text), dialect="excel-tab"))
    assert [row["source"] for row in rows[:3]] == ['"quoted', "␛[31m", "a␉b"]
    assert {row["target"] for row in rows} == {"tab⟨U+2028⟩", "null"}
    assert text.count("\n") == 1 + 6


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.htm", "svg", "a.json.gz"])
def test_unknown_endings_name_the_five(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        check_place(tmp_path / name, force=True)
    assert all(ending in str(caught.value) for ending in ENDINGS)


def test_endings_may_be_capitals(cats: Picture, tmp_path: Path) -> None:
    save_pictures([cats], tmp_path / "A.SVG", options=SaveOptions())
    assert (tmp_path / "A.SVG").read_text("utf-8").startswith("<svg")


def test_nothing_is_overwritten_unless_asked(cats: Picture, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"exists already.*--force"):
        save_pictures([cats], path, options=SaveOptions())
    assert path.read_text() == "mine"
    save_pictures([cats], path, options=SaveOptions(), force=True)
    assert json.loads(path.read_text("utf-8"))


def test_places_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        check_place(tmp_path / "none" / "a.svg", force=False)
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        check_place(tmp_path / "folder.svg", force=True)
    with pytest.raises(InputError, match=r"--font is for \.png alone"):
        check_place(tmp_path / "a.svg", force=False, font="Noto Sans")


def test_estimated_widths_leave_room_for_a_wide_font() -> None:
    font = get_font(findfont("DejaVu Sans"))
    font.set_size(1000, 72)
    for code in (*range(0x20, 0x7F), *range(0xC0, 0x149), *range(0x410, 0x450)):
        true = font.load_char(code).linearHoriAdvance / 65536 / 1000
        assert text_width(chr(code), 1.0) > 0.88 * true, chr(code)
    assert text_width("日本", 10) == 20
    assert text_width("e\u0301", 10) == text_width("e", 10)


def test_lines_are_broken_at_spaces_or_inside_of_long_words() -> None:
    assert list(wrap("aa bb cc", 10, 35)) == ["aa bb", "cc"]
    assert list(wrap("aaaaaaa b", 10, 20)) == ["aaa", "aaa", "a b"]
    assert list(wrap("", 10, 20)) == []
