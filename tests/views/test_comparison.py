"""Two runs on one sentence: side by side where there is room, on one scale."""

import io

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.comparison import comparison_view


def make(target: str, weights: list[list[float]]) -> Alignment:
    rows = (*target.split(), "</s>")
    return Alignment(
        source=("black", "cat", "</s>"),
        target=rows,
        weights=np.array(weights),
        log_probs=tuple(-0.1 for _ in rows),
        source_known=(True, True, True),
        source_end=True,
        target_end=True,
    )


ONE = make("chat noir", [[0.1, 0.9, 0], [0.9, 0.1, 0], [0, 0, 1]])
OTHER = make("le chat noir", [[0.5, 0.5, 0], [0.1, 0.9, 0], [0.8, 0.2, 0], [0, 0.1, 0.9]])
NONE = make("chat noir", [[0, 0, 0]] * 3)


def draw(view: RenderableType, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(view)
    return file.getvalue().split("\n")


def test_side_by_side_with_one_scale() -> None:
    named = [("one", ONE), ("[b]other", OTHER)]
    lines = draw(comparison_view(named, width=80, colour=False, unicode=True), 80)
    assert lines[:7] == [
        "     one                        [b]other",
        "",
        "       black cat   </s>           black cat   </s>",
        "chat ░░░░░░██●███  ·         le ▒▒●▒▒▒▒▒▒▒▒▒  ·",
        "noir ██●███░░░░░░  ·       chat ░░░░░░██●███  ·",
        "</s>   ·     ·   ██●███    noir ██●███░░░░░░  ·",
        "                           </s>   ·   ░░░░░░██●███",
    ]
    assert sum("100%" in line for line in lines) == 1


def test_one_under_the_other_where_it_is_narrow() -> None:
    named = [("one", ONE), ("other", OTHER)]
    lines = draw(comparison_view(named, width=30, colour=False, unicode=True), 30)
    assert lines.index("one") < lines.index("other")
    assert all(cell_len(line) <= 30 for line in lines)
    assert sum("100%" in line for line in lines) == 1


def test_a_run_without_attention_is_said_beside_the_other() -> None:
    named = [("one", ONE), ("none", NONE)]
    text = "\n".join(draw(comparison_view(named, width=120, colour=False, unicode=True), 120))
    assert "without attention" in text
    assert "●" in text


@pytest.mark.parametrize("width", [20, 33, 40, 57, 80, 120, 200])
def test_three_runs_fit_any_width(width: int) -> None:
    named = [("日本語の名前 " * 4, ONE), ("other", OTHER), ("none", NONE)]
    view = comparison_view(named, width=width, colour=False, unicode=True, log_probs=True)
    for line in draw(view, width):
        assert cell_len(line) <= width
        assert line == line.rstrip(" ")
