"""Dots, characters and dashes in terminal cells."""

import pytest

from seq2seq_cli.views.canvas import Canvas, Point


def rows(canvas: Canvas) -> list[str]:
    return [canvas.row(number).plain for number in range(canvas.rows)]


def drawn(points: list[Point], *, unicode: bool, dash: tuple[int, ...] = ()) -> list[str]:
    canvas = Canvas(4, 2, unicode=unicode)
    canvas.line(points, dash=dash, stroke=".", style="red")
    return rows(canvas)


def test_corners_are_in_the_corners() -> None:
    canvas = Canvas(3, 2, unicode=True)
    for point, character in (((0, 0), "a"), ((1, 0), "b"), ((0, 1), "c"), ((1, 1), "d")):
        canvas.mark(point, character, "red")
    assert rows(canvas) == ["c d", "a b"]
    assert (canvas.row_of(1.0), canvas.row_of(0.0), canvas.column_of(1.0)) == (0, 1, 2)


def test_a_level_line_of_dots() -> None:
    assert drawn([(0, 1), (1, 1)], unicode=True) == ["⠉⠉⠉⠉", "    "]
    assert drawn([(0, 0), (1, 0)], unicode=True) == ["    ", "⣀⣀⣀⣀"]


def test_a_slope_of_dots() -> None:
    assert drawn([(0, 1), (1, 0)], unicode=True) == ["⠑⢄  ", "  ⠑⢄"]


def test_dashes_leave_dots_out_and_go_on_after_a_point() -> None:
    whole = drawn([(0, 1), (1, 1)], unicode=True, dash=(2, 2))
    assert whole == ["⠉ ⠉ ", "    "]
    bent = drawn([(0, 1), (2 / 7, 1), (1, 1)], unicode=True, dash=(2, 2))
    assert bent == whole


def test_characters_where_there_is_no_unicode() -> None:
    assert drawn([(0, 1), (1, 0)], unicode=False, dash=(1, 9)) == ["..  ", "  .."]


@pytest.mark.parametrize("unicode", [True, False])
def test_a_line_hides_no_mark(unicode: bool) -> None:
    canvas = Canvas(4, 1, unicode=unicode)
    canvas.mark((0.0, 0.0), "x", "red")
    canvas.line([(0.0, 0.0), (1.0, 0.0)], dash=(), stroke=".", style="blue")
    assert rows(canvas)[0].startswith("x")
    assert canvas.row(0).spans[0].style == "bold red"
