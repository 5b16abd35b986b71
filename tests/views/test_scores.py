"""The score tables, as text of a fixed width."""

import io

import pytest
from rich.console import Console

from seq2seq_cli.scoring.buckets import Bucket
from seq2seq_cli.scoring.evaluation import Evaluation
from seq2seq_cli.scoring.score import Score
from seq2seq_cli.views.scores import evaluation_view

SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"


def evaluation(bleu: float = 37.25, exact: float = 87.7) -> Evaluation:
    scores = {
        "bleu": Score(score=bleu, signature=SIGNATURE),
        "ter": Score(score=112.04, signature="nrefs:1|case:lc"),
        "exact_match": Score(score=exact),
        "token_error_rate": Score(score=4.56),
    }
    return Evaluation(scores=scores, buckets=(bucket(1, 5, 50.0), bucket(6, 6, 100.0)), count=1234)


def bucket(shortest: int, longest: int, bleu: float | None) -> Bucket:
    return Bucket(
        shortest=shortest,
        longest=longest,
        count=1100,
        bleu=bleu,
        exact_match=25.0,
        token_error_rate=4.0,
    )


def drawn(
    view: Evaluation, *, width: int = 80, title: str = "test", encoding: str = "utf-8"
) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    Console(file=file, width=width, color_system=None, legacy_windows=False).print(
        evaluation_view(view, title=title)
    )
    lines = raw.getvalue().decode(encoding).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def test_the_tables_at_80_columns() -> None:
    assert drawn(evaluation()).splitlines() == [
        " test  1,234 lines",
        "",
        "  score                value",
        " " + "─" * 75,
        "  BLEU                  37.2",
        "  TER                  112.0   lower is better",
        "  exact match         87.7 %   12.3 % of lines wrong (WER of G2P papers)",
        "  token error rate     4.6 %   lower is better; WER of words, PER of phones",
        "",
        " BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0",
        " TER|nrefs:1|case:lc",
        "",
        " By source length",
        "",
        "  tokens   lines    BLEU                          exact match   token errors",
        " " + "─" * 76,
        "     1-5   1,100    50.0   ██████████                  25.0 %          4.0 %",
        "       6   1,100   100.0   ████████████████████        25.0 %          4.0 %",
    ]


def test_markup_and_escapes_in_a_title_are_harmless() -> None:
    found = drawn(evaluation(), title="[red]run[/red] \x1b[31m")
    assert "[red]run[/red]" in found
    assert "\x1b" not in found


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = drawn(evaluation(), width=width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert not any("…" in line for line in lines)


def test_signatures_are_whole_at_80_columns_and_cut_between_fields_below() -> None:
    assert f" BLEU|{SIGNATURE}\n" in drawn(evaluation(), width=80)
    narrow = drawn(evaluation(), width=60)
    assert " BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|\n   version:2.6.0\n" in narrow


def test_bars_are_as_long_as_the_score() -> None:
    rows = [line for line in drawn(evaluation()).splitlines() if "1,100" in line]
    assert [row.count("█") for row in rows] == [10, 20]


def test_an_ascii_terminal_gets_ascii() -> None:
    found = drawn(evaluation(), encoding="ascii")
    assert found.isascii()
    assert "#" * 20 in found


def test_a_range_without_bleu_has_bars_for_exact_match() -> None:
    view = Evaluation(
        scores={"exact_match": Score(score=25.0)}, buckets=(bucket(1, 5, None),), count=8
    )
    (row,) = [line for line in drawn(view).splitlines() if "1-5" in line]
    assert row.split() == ["1-5", "1,100", "-", "25.0", "%", "█████", "4.0", "%"]


def test_bleu_of_lines_that_are_too_short_is_explained() -> None:
    note = "no line has the four tokens it needs"
    assert note in drawn(evaluation(bleu=0.0, exact=50.0))
    assert note not in drawn(evaluation(bleu=0.0, exact=0.0))
    assert note not in drawn(evaluation())


def test_the_word_error_rate_of_papers_is_given() -> None:
    assert "12.3 % of lines wrong (WER of G2P papers)" in drawn(evaluation())


def test_an_evaluation_without_buckets_has_no_length_table() -> None:
    view = Evaluation(scores={"exact_match": Score(score=25.0)}, buckets=(), count=1)
    found = drawn(view)
    assert found.startswith(" test  1 line\n")
    assert "By source length" not in found
