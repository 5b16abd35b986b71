"""The tables of watched sentences: bounded while training goes on, whole in the history."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.text.visible import visible
from seq2seq_cli.training.events import AttentionWatched
from seq2seq_cli.views.watched import bounded_view, heading, moment, watched_view


def looked(rows: int, columns: int = 3, *, target: str | None = None) -> AttentionWatched:
    """A look at `columns` words whose hypothesis has `rows` words, the end its last row."""
    alignment = Alignment(
        source=tuple(f"s{column}" for column in range(columns)),
        target=(*(f"t{row}" for row in range(rows - 1)), "</s>"),
        weights=np.full((rows, columns), 1 / columns),
        log_probs=(-0.25,) * rows,
        source_known=(True,) * columns,
        source_end=False,
        target_end=True,
    )
    return AttentionWatched(
        step=1942,
        epoch=2,
        sentence=" ".join(alignment.source),
        target=target,
        text=" ".join(alignment.target[:-1]),
        score=-1.25,
        unknown={},
        alignment=alignment,
        by_piece=None,
    )


def console(width: int = 80, **options: bool) -> Console:
    return Console(file=io.StringIO(), width=width, color_system=None, **options)  # type: ignore[arg-type]


def drawn(view: RenderableType, on: Console) -> list[str]:
    on.print(view)
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue().splitlines()


def rows_of(lines: list[str]) -> list[str]:
    return [line.split()[0] for line in lines if line.strip().startswith(("t", "</s>"))][1:]


def test_a_look_shows_its_hypothesis_and_its_table() -> None:
    on = console()
    lines = drawn(bounded_view(looked(4), on), on)
    assert lines[0] == "t0 t1 t2  score -1.250"
    assert rows_of(lines) == ["t0", "t1", "t2", "</s>"]
    assert "s0" in lines[2]
    assert "log p" not in lines[2]


def test_a_given_target_comes_with_its_log_probabilities() -> None:
    on = console()
    lines = drawn(bounded_view(looked(4, target="t0 t1 t2"), on), on)
    assert "log p" in lines[2]
    assert lines[3].endswith("-0.25")


@pytest.mark.parametrize(("columns", "shown"), [(3, 20), (15, 30)])
def test_an_endless_hypothesis_is_cut_and_that_is_said(columns: int, shown: int) -> None:
    on = console()
    lines = drawn(bounded_view(looked(60, columns), on), on)
    assert rows_of(lines)[:shown] == [f"t{row}" for row in range(shown)]
    assert lines[0].startswith("t0 t1 ")
    assert lines[0].endswith("…  score -1.250")
    assert cell_len(lines[0]) <= 80
    said = f"the first {shown} of 60 target words; `s2s attend --history` shows them all"
    assert lines[-1] == said
    assert len(lines) == 3 + shown + 3


def test_what_just_fits_is_whole() -> None:
    on = console()
    lines = drawn(bounded_view(looked(20), on), on)
    assert rows_of(lines)[-1] == "</s>"
    assert "target words" not in lines[-1]


def test_the_history_shows_the_whole_under_its_moment() -> None:
    on, event = console(), looked(60)
    lines = drawn(watched_view(event, on, title=moment(event)), on)
    assert lines[0] == "epoch 2, step 1,942"
    assert [line for line in lines if line.startswith("</s> ")]


@pytest.mark.parametrize("width", [20, 40, 80])
def test_hostile_sentences_are_harmless_at_any_width(width: int) -> None:
    hostile = "\x1b[31mbada [red]x[/red] \u202egide\u202c \x9b\x07 a\u200bb " * 5
    event = replace(looked(4), sentence=hostile, target=hostile, text=hostile)
    on = console(width)
    lines = drawn(bounded_view(event, on), on) + drawn(heading(event), on)
    assert "[red]x[/red]" in " ".join(lines)
    for line in lines:
        assert visible(line) == line
        assert cell_len(line) <= width


def test_without_unicode_all_is_ascii() -> None:
    on = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"), width=60)
    event = replace(looked(60), text="été " * 40)
    on.print(bounded_view(event, on), heading(event, unicode=False))
    on.file.flush()
    assert b"\\xe9t\\xe9" in on.file.buffer.getvalue()  # type: ignore[attr-defined]
