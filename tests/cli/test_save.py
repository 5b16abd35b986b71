"""`s2s attend --save`: what is written, where that is said, and what is refused before any work."""

import csv
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import Result

S2S = Callable[..., Result]
HEEDFUL = (
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from seq2seq_cli.__main__ import main; main()",
)
"""`s2s` that heeds Ctrl-C also where a shell started these tests in the background."""


@pytest.fixture
def attend(s2s: S2S, copy_run: Path) -> S2S:
    def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        return s2s("attend", "--run", copy_run, "--threads", "1", *arguments, stdin=stdin)

    return run


def page_data(path: Path) -> dict[str, object]:
    text = path.read_text("utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    facts = json.loads(data)
    assert isinstance(facts, dict)
    return facts


@pytest.mark.parametrize("ending", ["svg", "html", "json", "tsv", "png"])
def test_each_format_is_written_beside_the_table(attend: S2S, tmp_path: Path, ending: str) -> None:
    result = attend("bada gide", "--save", f"picture.{ending}")
    assert result.exit_code == 0, result.output
    assert "● strongest in row" in result.stdout
    last = result.stderr.splitlines()[-1]
    assert re.fullmatch(rf"saved 1 alignment to picture\.{ending} \(\d+ (kB|bytes)\)", last)
    written = (tmp_path / f"picture.{ending}").read_bytes()
    begins = {"svg": b"<svg ", "html": b"<!doctype html>", "json": b"{", "tsv": b"sentence\t"}
    assert written.startswith(begins.get(ending, b"\x89PNG"))


def test_json_is_the_same_document_as_json_prints(attend: S2S, tmp_path: Path) -> None:
    result = attend("bada xoku", "--json", "--n-best", "2", "--save", "a.json")
    assert (tmp_path / "a.json").read_text("utf-8") == result.stdout
    assert json.loads(result.stdout)["unknown"]["xoku"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--save", "a.pdf"], "use one of .svg, .html, .json, .tsv, .png"),
        (["--save", "there.svg"], "there.svg exists already"),
        (["--save", "none/a.svg"], "there is no folder none"),
        (["--save", "a.png", "--font", "Nonesuch"], "--font Nonesuch is neither a file"),
        (["--save", "a.svg", "--font", "Nonesuch"], "--font is for .png alone"),
        (["--font", "Nonesuch"], "--font is for --save FILE.png"),
    ],
)
def test_what_cannot_be_saved_is_said_before_a_run_is_opened(
    s2s: S2S, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    (tmp_path / "there.svg").write_text("mine")
    result = s2s("attend", "bada", "--run", "no-such-run", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in " ".join(result.stderr.split())
    assert "no-such-run" not in result.stderr
    assert (tmp_path / "there.svg").read_text() == "mine"


def test_force_replaces_a_file(attend: S2S, tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("old")
    assert attend("bada", "--save", "a.svg", "--force").exit_code == 0
    assert ElementTree.parse(tmp_path / "a.svg").getroot().get("role") == "img"


def test_hypotheses_and_runs_are_all_on_the_page(
    attend: S2S, copy_run: Path, tmp_path: Path
) -> None:
    options = ("--n-best", "2", "--compare", copy_run, "--numbers", "--no-end", "--pieces")
    result = attend("bada gide", *options, "--save", "a.html")
    assert result.stderr.startswith("saved 4 alignments to a.html (")
    facts = page_data(tmp_path / "a.html")
    dimensions = {one["name"]: one["values"] for one in facts["dimensions"]}  # type: ignore[attr-defined]
    name = f"{copy_run.name} (bahdanau)"
    assert dimensions["run"] == [name, f"{copy_run.parent.name}/{name}"]
    assert dimensions["hypothesis"] == ["1", "2"]
    assert all(one["source"] == ["bada", "gide"] for one in facts["pictures"])  # type: ignore[attr-defined]
    assert '<body class="numbers">' in (tmp_path / "a.html").read_text("utf-8")


def test_a_given_target_has_its_log_probabilities(attend: S2S, tmp_path: Path) -> None:
    assert attend("bada", "--target", "gide moku", "--save", "a.svg").exit_code == 0
    drawn = ElementTree.parse(tmp_path / "a.svg").getroot()
    texts = [element.text for element in drawn.iter() if element.tag.endswith("text")]
    assert "log p" in texts
    assert "gide moku" in texts


def test_a_pipe_goes_into_one_file(attend: S2S, tmp_path: Path) -> None:
    result = attend("--save", "a.json", stdin="bada\n\ngide moku\nbada\n")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1].startswith("saved 3 alignments to a.json (")
    facts = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert [one["source"] for one in facts] == ["bada", "gide moku", "bada"]
    attend("--save", "a.tsv", stdin="bada\ngide\n")
    rows = csv.DictReader((tmp_path / "a.tsv").open(encoding="utf-8"), dialect="excel-tab")
    assert {(row["sentence"], row["source"]) for row in rows} == {
        *(("1", "bada"), ("1", "</s>"), ("2", "gide"), ("2", "</s>"))
    }


def test_one_sentence_of_a_pipe_is_a_list_too(attend: S2S, tmp_path: Path) -> None:
    attend("--save", "a.json", stdin="bada\n")
    (only,) = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert only["source"] == "bada"


def test_where_nothing_was_asked_nothing_is_written(attend: S2S, tmp_path: Path) -> None:
    result = attend("--save", "a.svg", stdin="\n")
    assert result.exit_code == 0
    assert result.stderr == "there was nothing to save: a.svg is not written.\n"
    assert not (tmp_path / "a.svg").exists()


def test_missing_glyphs_are_one_warning(attend: S2S) -> None:
    result = attend("bada 고양이", "--save", "a.png")
    assert result.exit_code == 0
    warning, last = result.stderr.splitlines()[-2:]
    assert warning.startswith("warning: matplotlib's own font lacks 고 양 이: ")
    assert last.startswith("saved 1 alignment")
    assert result.stderr.count("warning") == 1


@pytest.mark.parametrize("ended", ["Ctrl-D", "Ctrl-C"])
def test_a_session_at_a_terminal_is_saved_however_it_ends(
    copy_run: Path, tmp_path: Path, ended: str
) -> None:
    ours, theirs = pty.openpty()
    saved = tmp_path / "a.json"
    command = [*HEEDFUL, "attend", "--run", copy_run, "--threads", "1", "--save", saved]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        for line in (b"bada gide\n", b"moku\n"):
            read_until(ours, b"sentence> ")
            os.write(ours, line)
        read_until(ours, b"sentence> ")
        if ended == "Ctrl-D":
            os.write(ours, b"\x04")
        else:
            time.sleep(0.5)  # nobody presses it before the prompt is there and waits
            process.send_signal(signal.SIGINT)
        read_until(ours, b"saved 2 alignments to ")
        assert process.wait(30) == (0 if ended == "Ctrl-D" else 130)
        facts = json.loads(saved.read_text("utf-8"))
        assert [one["source"] for one in facts] == ["bada gide", "moku"]
    finally:
        process.kill()
        os.close(ours)


def read_until(descriptor: int, words: bytes, seconds: float = 30) -> None:
    found, end = b"", time.monotonic() + seconds
    while words not in found:
        assert time.monotonic() < end, found
        if select.select([descriptor], [], [], 0.1)[0]:
            found += os.read(descriptor, 65_536)
