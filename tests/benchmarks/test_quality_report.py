"""BLEU over minutes: the table and the curve, from figures made by hand."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.quality_report import draw, render

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "python -m benchmarks.time_to_quality"
NAMESPACE = "{http://www.w3.org/2000/svg}"


def contender(name: str, scores: list[float], seconds: float) -> dict[str, Any]:
    """A toolkit whose greedy search is 5 BLEU worse and twice as fast."""
    marks = [
        {
            "seconds": 300.5 * 2**place,
            "steps": 1_000 * 2**place,
            "beams": {
                "5": {"bleu": score, "seconds": seconds + 9 - 9 * place},
                "1": {"bleu": score - 5, "seconds": seconds / 2},
            },
        }
        for place, score in enumerate(scores)
    ]
    return {"name": name, "marks": marks, "peak_memory_bytes": 1_500_000_000}


RUN = {
    "date": "2026-01-02",
    "machine": {"cpu": "cpu", "cores": 2, "system": "Linux", "python": "3.11", "torch": "2.13"},
    "threads": 2,
    "contenders": [contender("s2s", [30.0, 36.0], 4.0), contender("Other 1.0", [12.5], 10.0)],
}


def test_the_table_has_a_row_for_each_search() -> None:
    rows = [line for line in render(RUN, curve="c.svg").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert cells[0][2:4] == ["BLEU after 5 minutes", "BLEU after 10 minutes"]
    assert cells[2:] == [
        ["s2s", "5", "30.0", "36.0", "8.5", "1.00", "1.50 GB"],
        ["s2s", "1", "25.0", "31.0", "2.0", "1.00", "1.50 GB"],
        ["Other 1.0", "5", "12.5", "-", "19.0", "2.24", "1.50 GB"],
        ["Other 1.0", "1", "7.5", "-", "5.0", "2.50", "1.50 GB"],
    ]


def test_searches_in_float32_have_rows_and_no_curve_of_their_own() -> None:
    one = contender("s2s", [30.0], 4.0)
    for mark in one["marks"]:
        mark["float32"] = {
            "5": {"bleu": 30.5, "seconds": 19.5},
            "1": {"bleu": 25.5, "seconds": 3.0},
        }
    both = RUN | {"contenders": [one, contender("Other 1.0", [12.5], 10.0)]}
    page = render(both, curve="c.svg")
    assert "| s2s | 5 | 30.0 | 13.0 | 1.00 |" in page
    assert "| s2s, search in float32 | 5 | 30.5 | 19.5 | 1.50 |" in page
    assert "| s2s, search in float32 | 1 | 25.5 | 3.0 | 1.50 |" in page
    assert "float32" not in draw(both)


def test_the_curve_has_a_line_for_each_toolkit_where_its_figures_say() -> None:
    root = ElementTree.fromstring(draw(RUN))
    shown = {found.text for found in root.iter(f"{NAMESPACE}text")}
    assert {"s2s", "Other 1.0", "minutes of training"} <= shown
    lines = [one for one in root.iter(f"{NAMESPACE}path") if one.get("stroke-width") == "2"]
    points = [re.findall(r"[ML]([\d.]+) ([\d.]+)", line.get("d") or "") for line in lines]
    assert [len(line) for line in points] == [2, 1]
    (early, low), (late, high) = points[0]
    assert float(early) < float(late) and float(low) > float(high)  # y goes down
    assert points[1][0][0] == early
    words = root.findtext(f"{NAMESPACE}desc") or ""
    assert "s2s: 30.0 after 5.0 minutes, 36.0 after 10.0 minutes" in words


def test_a_run_without_s2s_has_no_ratios() -> None:
    other = RUN | {"contenders": [contender("Other 1.0", [12.5], 10.0)]}
    assert "| Other 1.0 | 5 | 12.5 | 19.0 | - |" in render(other, curve="c.svg")


def test_nothing_measured_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        draw(RUN | {"contenders": [contender("s2s", [], 1.0)]})


def test_the_command_redraws_from_its_json(tmp_path: Path) -> None:
    page, found = tmp_path / "page.md", tmp_path / "run.json"
    marks = [f"<!-- written by `{COMMAND}`: {mark} -->\n" for mark in ("begin", "end")]
    page.write_text("".join(marks), "utf-8")
    found.write_text(json.dumps(RUN), "utf-8")
    options = ["--redraw", "--out", str(found), "--page", str(page)]
    subprocess.run([sys.executable, *COMMAND.split()[1:], *options], cwd=ROOT, check=True)
    assert "](time-to-quality.svg)" in page.read_text("utf-8")
    assert (tmp_path / "time-to-quality.svg").read_text("utf-8") == draw(RUN)
