"""What `s2s evaluate` shows on request, and after a series: harmless, in its width."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from seq2seq_cli.scoring.confusion import Confusions
from seq2seq_cli.scoring.significance import Difference
from seq2seq_cli.scoring.spread import spread_of
from seq2seq_cli.scoring.unknown import UnknownWord, UnknownWords
from seq2seq_cli.scoring.worst import BadLine, WorstLines
from seq2seq_cli.training.events import RunEnded
from seq2seq_cli.views.confusions import confusions_view
from seq2seq_cli.views.series import series_view
from seq2seq_cli.views.significance import p_text, significance_view
from seq2seq_cli.views.unknown import unknown_view
from seq2seq_cli.views.worst import worst_view

EVIL = "\x1b[31m[red]evil[/red]\u202e"
Show = Callable[[RenderableType, int], str]


@pytest.fixture
def show() -> Show:
    def render(view: RenderableType, width: int) -> str:
        console = Console(file=StringIO(), width=width, markup=False, emoji=False, highlight=False)
        console.print(view)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        assert all(len(line.rstrip()) <= width for line in text.splitlines())
        assert "\x1b" not in text
        assert "\u202e" not in text
        return str(text)

    return render


def difference(metric: str, **changes: object) -> Difference:
    values: dict[str, object] = {
        "metric": metric,
        "score": 31.25,
        "baseline": 29.0,
        "p_values": {"bootstrap": 0.0004, "randomization": 0.012},
        "signatures": {"bootstrap": "nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a"},
    }
    return Difference(**(values | changes))  # type: ignore[arg-type]


def cells(text: str, name: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


@pytest.mark.parametrize("width", [80, 120])
def test_a_comparison_says_in_words_what_is_real(show: Show, width: int) -> None:
    exact = {"p_values": {"exact": 0.3}, "signatures": {}, "discordant": (12, 7)}
    shown = show(
        significance_view(
            [
                difference("bleu"),
                difference("ter"),
                difference("chrf", p_values={"bootstrap": 0.04, "randomization": 0.0512}),
                difference("exact_match", **exact),
            ],
            baseline=EVIL,
        ),
        width,
    )
    assert "Compared with ␛[31m[red]evil[/red]⟨U+202E⟩" in shown
    assert cells(shown, "BLEU") == ["BLEU", "31.2", "29.0", "+2.2", "<.001", ".012", "better"]
    assert cells(shown, "TER")[3:] == ["-2.2", "<.001", ".012", "worse"]
    assert cells(shown, "chrF")[-2:] == ["tests", "disagree"]
    assert cells(shown, "exact")[-4:] == [".300", "may", "be", "chance"]
    assert "only one has right: 12 here, 7 in the baseline." in shown
    assert "BLEU|nrefs:1|bs:1000|seed:12345" in shown


def test_p_values_are_never_rounded_to_nothing_or_all() -> None:
    assert [p_text(p) for p in (0.0, 0.00099, 0.001, 0.05, 1.0)] == [
        *("<.001", "<.001", ".001", ".050", "1.000")
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_confusions_name_what_symbols_were_taken_for(show: Show, width: int) -> None:
    found = Confusions(
        cells={("ɛ", "ɛ"): 5, ("ɛ", "e"): 4, ("ɛ", None): 1, (None, EVIL): 3, (EVIL, "a"): 2}
    )
    shown = show(confusions_view(found), width)
    assert "10 errors" in shown
    assert cells(shown, "ɛ") == [*["ɛ", "10", "5", "50.0", "%", "e", "4,", "(left", "out)", "1"]]
    assert cells(shown, "(inserted)")[:2] == ["(inserted)", "3"]
    assert "0 errors" in show(confusions_view(Confusions(cells={("a", "a"): 2})), width)


def test_many_symbols_are_cut_and_said_to_be(show: Show) -> None:
    found = Confusions(cells={(f"s{number:02}", "x"): 1 for number in range(23)})
    shown = show(confusions_view(found), 80)
    assert "s19" in shown
    assert "s20" not in shown
    assert "and 3 errors in 3 more" in shown


@pytest.mark.parametrize("width", [40, 80])
def test_the_worst_lines_are_wrapped_under_their_names(show: Show, width: int) -> None:
    line = BadLine(number=1_234, score=3.14, source=EVIL, reference="word " * 30, hypothesis="")
    shown = show(worst_view(WorstLines(measure="chrf", lines=(line,))), width)
    assert "line 1,234  chrF 3.1" in shown
    assert " source      ␛[31m[red]evil" in shown
    assert " hypothesis  (blank)" in shown
    assert shown.count("word") == 30
    continued = [row for row in shown.splitlines() if row.startswith(" " * 13 + "word")]
    assert continued
    assert "all lines are right" in show(worst_view(WorstLines(measure="edits", lines=())), width)


def test_unknown_words_with_what_became_of_them(show: Show) -> None:
    word = UnknownWord(count=3)
    word.became.update(["<unk>", "<unk>", None, "b", "c"])
    found = UnknownWords(
        side="source", tokens=900, lines=2, right_with=50.0, right_without=87.5, words={EVIL: word}
    )
    shown = show(unknown_view(found), 80)
    assert "3 of 900 tokens" in shown
    assert "2 lines with one: 50.0 % exact match; 87.5 % elsewhere" in shown
    assert "3   <unk> 2, (nothing) 1, b 1, ..." in shown
    none = UnknownWords(
        side="reference", tokens=9, lines=0, right_with=0.0, right_without=1.0, words={}
    )
    assert "the vocabulary has them all" in show(unknown_view(none), 80)


def test_a_series_shows_its_runs_and_what_they_have_in_common(show: Show) -> None:
    ended = [
        RunEnded(
            run=Path("runs") / f"{name}-seed{seed}",
            reason="epochs",
            metric="bleu",
            best_score=score,
            best_step=1_200,
            step=1_300,
            seconds=65.0,
        )
        for name, seed, score in ((EVIL, 1, 90.0), ("my run", 2, 92.0))
    ]
    shown = show(series_view(ended, spread_of([90.0, 92.0])), 80)
    assert "2 runs  best on validation" in shown
    assert "mean 91.00, standard deviation 1.41" in shown
    words = " ".join(shown.split())
    assert "s2s evaluate --ensemble --run" in words
    assert "--run 'runs/my run-seed2'" in words
