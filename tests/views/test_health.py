"""The figures of attention as a table and in a line, and the warning."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from seq2seq_cli.scoring.health import AttentionHealth
from seq2seq_cli.views.health import health_view, health_words, percent

HEALTH = AttentionHealth(
    entropy_bits=0.274,
    normalised_entropy=0.081,
    coverage=1.044,
    unread=0.0451,
    end_mass=0.0004,
    monotonicity=0.906,
    variation=0.944,
    target_tokens=9_000,
    collapse=None,
)
COLLAPSED = replace(HEALTH, variation=0.01, collapse="uniform")


def drawn(health: AttentionHealth, width: int = 80) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(health_view(health))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_the_table_at_80_columns() -> None:
    assert drawn(HEALTH) == [
        " Attention",
        "",
        "  measure             value",
        " " + "─" * 78,
        "  entropy         0.27 bits   8 % of that of even attention",
        "  coverage             1.04   received by a source token from the whole target",
        "  unread              4.5 %   source tokens that receive less than 0.2",
        "  on </s>             0.0 %   of each target token's attention",
        "  steps forward      90.6 %   the strongest source position does not go back",
        "  variation            0.94   0: same for all target tokens, 1: all differ",
        "",
    ]


def test_figures_line_up_by_their_ends_and_units() -> None:
    values = [line[18:27] for line in drawn(HEALTH)[4:10]]
    assert values == ["0.27 bits", "     1.04", "    4.5 %", "    0.0 %", "   90.6 %", "     0.94"]


def test_what_cannot_be_measured_has_no_row() -> None:
    lines = drawn(replace(HEALTH, monotonicity=None, variation=None))
    assert not any("forward" in line or "variation" in line for line in lines)


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = drawn(COLLAPSED, width)
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)
    assert "warning: attention is nearly uniform" in " ".join(" ".join(lines).split())


def test_one_line_of_words() -> None:
    assert health_words(HEALTH) == (
        "entropy 0.27 bits (8 % of even), 5 % unread, <1 % on </s>, 91 % of steps forward"
    )
    assert health_words(replace(HEALTH, monotonicity=None)).endswith("<1 % on </s>")


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.5, "50 %"), (1, "100 %")]
)
def test_percent(share: float, words: str) -> None:
    assert percent(share) == words
