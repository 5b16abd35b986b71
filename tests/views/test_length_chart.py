"""The chart of scores by source length in a terminal, as text of a fixed width."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from seq2seq_cli.scoring.by_length import Curve, LengthComparison, LengthRange
from seq2seq_cli.scoring.score import Score
from seq2seq_cli.views.length_chart import length_chart
from seq2seq_cli.views.marks import mark_of

Scores = tuple[float | None, ...]
RANGES = (
    LengthRange(shortest=1, longest=5, count=1_226, mean_length=4.0),
    LengthRange(shortest=6, longest=6, count=90, mean_length=6.0),
    LengthRange(shortest=7, longest=20, count=47, mean_length=12.0),
)
SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"


def comparison(curves: dict[str, Scores], metric: str = "bleu") -> LengthComparison:
    signature = None if metric == "exact_match" else SIGNATURE
    score = Score(score=51.25, signature=signature)
    return LengthComparison(
        metric=metric,
        unit="words",
        ranges=RANGES,
        curves={name: Curve(score=score, by_range=by) for name, by in curves.items()},
    )


TWO = comparison({"demo (bahdanau)": (100.0, 90.0, 80.0), "none": (100.0, 50.0, 0.0)})


def drawn(
    view: LengthComparison, *, width: int = 60, encoding: str = "utf-8", title: str = "test"
) -> list[str]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    console = Console(file=file, width=width, color_system=None, legacy_windows=False, markup=False)
    console.print(length_chart(view, title=title))
    return [line.rstrip() for line in raw.getvalue().decode(encoding).splitlines()]


def test_the_chart_at_60_columns() -> None:
    """The second line falls by half of the height, then by the other half; the first by a tenth."""
    assert drawn(TWO)[:17] == [
        " BLEU by source length  test",
        "",
        " 100 ┤           ■⡒⠤⢄⡀",
        "     │            ⠃  ⠈⠑●⠒⠢⠤⠤⠤⢄⣀⣀⣀⡀",
        "     │             ⠠⡀            ⠈⠉⠉⠉⠑⠒○ ● demo (bahdanau)",
        "     │              ⠣⡀",
        "     │",
        "     │                ⠣⡀",
        "  50 ┤                 ■",
        "     │                    ⠑⠤⡀",
        "     │                      ⠈  ⡀",
        "     │                         ⠈⠒⢄",
        "     │                              ⢄",
        "   0 ┤                               ⠉⠢□ ■ none",
        "     └┬─────────────┬─────────────┬─────",
        "      0             5             10",
        "            source length in words",
    ]


def test_what_few_lines_stand_behind_is_hollow_and_said() -> None:
    lines = drawn(TWO)
    assert sum(line.count("○") for line in lines) == 1
    assert sum(line.count("□") for line in lines) == 1
    assert any("7-20" in line and "47*" in line for line in lines)
    assert " * fewer than 50 lines: hollow marks, figures that vary much" in lines


def test_the_table_has_all_figures() -> None:
    rows = [line.split() for line in drawn(TWO)]
    assert ["1-5", "1,226", "100.0", "100.0"] in rows
    assert ["6", "90", "90.0", "50.0"] in rows
    assert ["7-20", "47*", "80.0", "0.0"] in rows
    assert ["all", "1,363", "51.2", "51.2"] in rows


def test_an_ascii_terminal_gets_ascii() -> None:
    lines = drawn(TWO, encoding="ascii")
    assert all(line.isascii() for line in lines)
    chart = "\n".join(lines[:14])
    assert "o demo (bahdanau)" in chart
    assert "# none" in chart
    assert not any("hollow" in line for line in lines)


@pytest.mark.parametrize("width", [28, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("runs", [1, 2, 7, 30])
def test_no_line_is_wider_than_the_terminal(width: int, runs: int) -> None:
    curves: dict[str, Scores] = {f"a run with a long name {n}": (n, n + 1, 90) for n in range(runs)}
    lines = drawn(comparison(curves), width=width)
    assert max(map(cell_len, lines)) <= width
    figures = [line.split()[2:] for line in lines if line.split()[:1] == ["7-20"]]
    assert sum(map(len, figures)) == runs


def test_names_stand_at_the_ends_of_their_lines() -> None:
    lines = drawn(TWO, width=80)
    chart = [line for line in lines if "│" in line or "┤" in line]
    (demo,) = [line for line in chart if line.endswith("● demo (bahdanau)")]
    (none,) = [line for line in chart if line.endswith("■ none")]
    assert "○" in demo
    assert "□" in none


def test_names_of_lines_that_end_together_stand_apart() -> None:
    lines = drawn(comparison({"one": (1, 2, 3), "two": (2, 3, 3), "three": (4, 5, 3)}), width=80)
    ends = [line.split()[-1] for line in lines[:20] if line.endswith(("one", "two", "three"))]
    assert sorted(ends) == ["one", "three", "two"]


def test_a_range_without_bleu_interrupts_the_line() -> None:
    lines = drawn(comparison({"it": (50.0, None, 50.0)}))
    chart = "\n".join(lines[:16])
    assert chart.count("●") + chart.count("○") == 3  # two points and the mark beside the name
    assert not any("⠀" < character <= "⣿" for character in chart)
    assert " - no reference has the four tokens that BLEU needs" in lines


def test_without_any_score_there_is_a_table_only() -> None:
    lines = drawn(comparison({"it": (None, None, None)}))
    assert not any("┤" in line for line in lines)
    assert any(line.split() == ["6", "90", "-"] for line in lines)


def test_other_metrics_have_their_names() -> None:
    lines = drawn(comparison({"it": (50.0, 40.0, 30.0)}, metric="exact_match"))
    assert lines[0].startswith(" Exact match by source length")
    assert not any("nrefs" in line for line in lines)
    assert drawn(comparison({"it": (1.0, 1.0, 1.0)}, metric="chrf"))[0].startswith(" chrF by")


def test_names_are_harmless() -> None:
    lines = drawn(comparison({"[red]\x1b[31m": (5.0, 4.0, 3.0)}), title="\x1b]0;x\x07", width=80)
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "[red]␛[31m" in text


def test_neighbours_differ_in_every_way() -> None:
    for index in range(60):
        one, other = mark_of(index), mark_of(index + 1)
        for field in ("filled", "hollow", "letter", "stroke", "dash", "shape"):
            assert getattr(one, field) != getattr(other, field)
        assert one.picture_colour != other.picture_colour
