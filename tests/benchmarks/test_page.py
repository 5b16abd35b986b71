"""Generated parts of a page: replaced between their marks, and only there."""

from pathlib import Path

import pytest

from benchmarks.page import table, write_part

PAGE = "before\n<!-- written by `make`: begin -->\nold\n<!-- written by `make`: end -->\nafter\n"


def test_a_part_is_replaced_and_what_is_around_it_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    for text in ("first\n", "second\n"):
        write_part(page, "make", text)
    assert page.read_text("utf-8") == PAGE.replace("\nold\n", "\n\nsecond\n\n")


def test_a_page_without_the_marks_stays_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    with pytest.raises(ValueError, match="written by `other`: begin"):
        write_part(page, "other", "text")
    assert page.read_text("utf-8") == PAGE


def test_numbers_stand_at_the_right() -> None:
    drawn = table(["name", "seconds"], [["one", "1.5"]], words=1)
    assert drawn == "| name | seconds |\n| --- | ---: |\n| one | 1.5 |"
