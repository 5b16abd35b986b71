"""The pages beside the README: their links lead somewhere, their pictures need nothing else."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*/README.md")])
PICTURES = sorted((ROOT / "docs").rglob("*.svg"))
MOST_BYTES = 40_000


def links_of(page: Path) -> list[str]:
    """What a page links to and shows, in Markdown and in HTML, other sites left out."""
    found = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", page.read_text("utf-8"))
    links = [one or other for one, other in found]
    return [link for link in links if not re.match(r"https?:", link)]


def anchors_of(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link of a page names a file, and a heading of it where it names one."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name) if name else page
    return target.exists() and (not anchor or anchor in anchors_of(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in links_of(page) if not leads_somewhere(page, link)] == []


def test_the_page_about_attention_shows_all_of_its_pictures() -> None:
    page = ROOT / "docs" / "attention.md"
    shown = {link for link in links_of(page) if link.endswith(".svg")}
    kept = {path.relative_to(page.parent).as_posix() for path in PICTURES}
    assert {name for name in kept if name.startswith("attention/")} <= shown


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_pictures_are_small_and_load_nothing(picture: Path) -> None:
    text = picture.read_text("utf-8")
    assert len(text.encode()) <= MOST_BYTES
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in text
