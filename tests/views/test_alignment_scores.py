"""The tables of the alignment error, as text of a fixed width."""

import io

from rich.console import Console

from seq2seq_cli.scoring.alignment import AlignmentScores
from seq2seq_cli.scoring.alignment_report import AlignmentReport, LabelScore
from seq2seq_cli.views.alignment_scores import alignment_report_view


def drawn(*, width: int = 80, label: str = "negation", pairs: int = 1000) -> list[str]:
    report = AlignmentReport(
        scores=AlignmentScores(precision=95.21, recall=92.8, f1=93.99, aer=5.98),
        oracle=0.04,
        pairs=1234,
        signature="method:mutual|threshold:0.9|shift:no|units:words",
        by_label=(LabelScore(label=label, pairs=pairs, aer=11.16, oracle=1.0, gap=10.16),),
    )
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, legacy_windows=False).print(
        alignment_report_view(report)
    )
    return [line.rstrip() for line in file.getvalue().splitlines() if line.strip()]


def test_the_tables_at_80_columns() -> None:
    assert drawn() == [
        " Alignment of the references  1,234 pairs",
        "  score        value",
        " " + "─" * 74,
        "  AER          6.0 %   lower is better; 0.0 % at best with one link a word",
        "  precision   95.2 %",
        "  recall      92.8 %   of sure links",
        "  F1          94.0 %",
        " AER|method:mutual|threshold:0.9|shift:no|units:words",
        " By label",
        "  label      pairs      AER   at best    gap",
        " " + "─" * 44,
        "  negation   1,000   11.2 %     1.0 %   10.2",
    ]


def test_labels_are_shown_where_each_has_enough_pairs_to_tell() -> None:
    assert " By label" in drawn(pairs=50)
    assert " By label" not in drawn(pairs=49)


def test_a_narrow_terminal_gets_the_figures_alone() -> None:
    lines = drawn(width=40)
    assert max(map(len, lines)) <= 40
    assert "  AER          6.0 %" in lines
    assert [line for line in lines if line.startswith("   ")] == ["   shift:no|units:words"]


def test_labels_are_harmless() -> None:
    assert any("␛[31m[red]x" in line for line in drawn(label="\x1b[31m[red]x"))
