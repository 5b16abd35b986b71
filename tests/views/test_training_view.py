"""The live view and its plain lines, for a scripted run."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from seq2seq_cli.machine import MemoryNeed
from seq2seq_cli.scoring.health import AttentionHealth
from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.training.events import (
    AttentionWatched,
    CheckpointSaved,
    Event,
    Example,
    RunEnded,
    RunStarted,
    StepDone,
    ValidationDone,
)
from seq2seq_cli.views.event_lines import duration, format_event, number
from seq2seq_cli.views.training import training_view
from seq2seq_cli.views.training_panel import PanelState, fraction_done, sparkline

RUN = Path("s2s-runs/my run")
STARTED = RunStarted(
    run=RUN,
    parameters=1_234_567,
    train_pairs=20_000,
    valid_pairs=1_000,
    attention="bahdanau",
    device="cpu",
    precision="fp32",
    threads=2,
    metric="bleu",
    epochs=4,
    steps_per_epoch=100,
    max_minutes=None,
    resumed_step=0,
)
STEP = StepDone(
    step=100,
    epoch=1,
    step_in_epoch=100,
    loss=2.5,
    perplexity=9.25,
    learning_rate=1e-3,
    gradient_norm=1.5,
    tokens_per_second=4321.0,
    seconds=65.0,
    seconds_left=195.0,
)
VALIDATION = ValidationDone(
    step=100,
    epoch=1,
    loss=1.25,
    perplexity=3.49,
    metric="bleu",
    score=45.5,
    is_best=True,
    best_score=45.5,
    seconds=66.0,
    example=Example(source="[red] cat", reference="chat\x1b[31m", hypothesis="chat"),
    patience_left=5,
)
WATCHED = AttentionWatched(
    step=100,
    epoch=1,
    sentence="[red] cat\x1b[31m",
    target=None,
    text="chat [b]",
    score=-0.5,
    unknown={},
    alignment=Alignment(
        source=("[red]", "cat\x1b[31m"),
        target=("chat", "[b]"),
        weights=np.array([[0.1, 0.9], [0.7, 0.3]]),
        log_probs=(-0.5, -0.5),
        source_known=(True, True),
        source_end=False,
        target_end=False,
    ),
    by_piece=None,
)
HEALTHY = AttentionHealth(
    entropy_bits=0.27,
    normalised_entropy=0.08,
    coverage=1.04,
    unread=0.045,
    end_mass=0.02,
    monotonicity=0.906,
    variation=0.94,
    target_tokens=9_000,
    collapse=None,
)
COLLAPSED = replace(HEALTHY, variation=0.01, collapse="end")
ENDED = RunEnded(
    run=RUN,
    reason="epochs",
    metric="bleu",
    best_score=45.5,
    best_step=100,
    step=400,
    seconds=3725.0,
)
SCRIPT: list[Event] = [
    STARTED,
    STEP,
    VALIDATION,
    CheckpointSaved(step=100, path=RUN / "checkpoints"),
    ENDED,
]


def run_plain(events: list[Event], times: list[float], resume_hint: str = "") -> list[str]:
    """The lines of a view whose clock is read at its making and at each event but the end."""
    file = io.StringIO()
    console = Console(file=file, width=60, color_system=None)
    clock = iter(times)
    view = training_view(console, False, resume_hint=resume_hint, clock=lambda: next(clock))
    with view:
        for event in events:
            view.show(event)
    return file.getvalue().splitlines()


def test_training_pairs_that_are_left_out_are_told() -> None:
    started = replace(STARTED, long_pairs=1_200, max_length=250)
    assert (
        "20,000 training (1,200 are longer than --max-length 250 and left out) and 1,000 "
        "validation pairs"
    ) in (format_event(started) or "")


def test_plain_lines_of_a_run() -> None:
    assert run_plain(SCRIPT, [0, 0, 40, 41, 42]) == [
        "training s2s-runs/my run: 1,234,567 weights, attention bahdanau, 20,000 training and "
        "1,000 validation pairs, cpu fp32, 2 threads, at most 4 epochs of 100 steps, best model "
        "by BLEU",
        "step 100 (epoch 1, 1:05, 3:15 left): loss 2.500, perplexity 9.25, 4,321 tokens/s, "
        "learning rate 1.00e-03, gradient norm 1.50",
        "step 100 (epoch 1, 1:06): validation BLEU 45.50, best so far; loss 1.250",
        "  source      [red] cat",
        "  reference   chat␛[31m",
        "  hypothesis  chat",
        "training ended after 400 steps and 1:02:05: all epochs are done; best validation BLEU "
        "45.50 at step 100",
        "  run                     's2s-runs/my run'",
        "  score it                s2s evaluate --run 's2s-runs/my run'",
        "  see what it attends to  s2s attend --run 's2s-runs/my run' \"...\"",
    ]


def test_steps_are_told_every_thirty_seconds_only() -> None:
    steps: list[Event] = [replace(STEP, step=step) for step in range(1, 6)]
    lines = run_plain(steps, [0, 10, 29, 31, 60, 62])
    assert [line.split()[1] for line in lines] == ["3", "5"]


def test_an_interrupted_run_says_how_to_go_on() -> None:
    ended = replace(ENDED, reason="interrupted")
    lines = run_plain([ended], [0], resume_hint="s2s train --resume RUN")
    assert ": interrupted;" in lines[0]
    assert lines[2].split(maxsplit=2) == ["go", "on", "s2s train --resume RUN"]


def test_a_resumed_run_with_a_time_limit_says_both() -> None:
    line = format_event(replace(STARTED, resumed_step=1200, max_minutes=2.5))
    assert line is not None
    assert line.startswith("going on with s2s-runs/my run at step 1,200:")
    assert "at most 4 epochs of 100 steps or 2.5 minutes" in line


def test_a_guided_run_says_by_what_and_how_far_attention_is_from_it() -> None:
    started = format_event(replace(STARTED, guide=Path("a\x1b.links"), guided_pairs=19_990))
    assert "20,000 training (19,990 guided by a␛.links) and 1,000 validation pairs" in str(started)
    step = replace(STEP, guide_loss=0.4123)
    assert "perplexity 9.25, guide loss 0.412, 4,321 tokens/s" in str(format_event(step))
    assert "guide loss 0.412" in "\n".join(draw_panel(80, step=step))


def test_a_loss_is_not_told_twice_and_a_worse_score_names_the_best() -> None:
    event = replace(VALIDATION, metric="loss", score=1.5, best_score=1.25, is_best=False)
    assert format_event(replace(event, example=None)) == (
        "step 100 (epoch 1, 1:06): validation loss 1.500, best 1.250"
    )


def test_a_run_that_ends_before_a_validation_has_no_best() -> None:
    line = format_event(replace(ENDED, best_score=float("-inf"), reason="time"))
    assert (
        line == "training ended after 400 steps and 1:02:05: the time is up; nothing was validated"
    )


def test_checkpoints_have_no_line() -> None:
    assert format_event(SCRIPT[3]) is None


def test_quiet_shows_nothing() -> None:
    file = io.StringIO()
    with training_view(Console(file=file), True, quiet=True) as view:
        for event in SCRIPT:
            view.show(event)
    assert file.getvalue() == ""


def test_live_view_prints_each_validation_once_and_ends_with_the_summary() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system=None)
    with training_view(console, True) as view:
        for event in SCRIPT:
            view.show(event)
    drawn = file.getvalue()
    assert drawn.count("step 100 (epoch 1, 1:06): validation BLEU 45.50") == 1
    assert drawn.index("validation BLEU") < drawn.index("training ended")
    assert drawn.rstrip().endswith('"..."')
    assert "\x1b[31m" not in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h")  # the cursor is back


def test_a_watched_sentence_is_a_table_on_plain_output() -> None:
    lines = run_plain([STARTED, WATCHED, replace(ENDED, watched=True)], [0, 1])
    assert lines[1:3] == ["chat [b]  score -0.500", ""]
    assert lines[3].split() == ["[red]", "cat␛[31m"]
    assert [line.split()[0] for line in lines[4:6]] == ["chat", "[b]"]
    assert lines[4].index("●") > lines[5].index("●")
    assert "strongest in row" in lines[7]
    assert lines[8] == ""
    assert lines[-1] == "  see how that came about  s2s attend --run 's2s-runs/my run' --history"


def test_a_watched_sentence_is_a_table_above_the_live_panel() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system="256")
    with training_view(console, True) as view:
        for event in (STARTED, STEP, VALIDATION, WATCHED, ENDED):
            view.show(event)
    drawn = file.getvalue()
    assert drawn.count("score -0.500") == 1
    assert drawn.index("validation BLEU 45.50, best") < drawn.index("score -0.500")
    assert "48;5;" in drawn  # cells have coloured backgrounds
    assert "\x1b[31m" not in drawn


def test_a_watched_sentence_is_two_lines_of_a_log() -> None:
    assert format_event(WATCHED) == (
        "  watched     [red] cat␛[31m\n  hypothesis  chat [b]  (score -0.500)"
    )
    given = format_event(replace(WATCHED, target="chat [b]"))
    assert given is not None
    assert given.splitlines()[1] == "  target      chat [b]  (score -0.500)"


def test_live_view_restores_the_terminal_after_an_error() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system=None)
    with pytest.raises(RuntimeError), training_view(console, True) as view:
        view.show(STARTED)
        raise RuntimeError
    assert file.getvalue().count("\x1b[?25h") == 1


def draw_panel(width: int, last: ValidationDone = VALIDATION, step: StepDone = STEP) -> list[str]:
    state = PanelState(started=STARTED)
    state.step = step
    state.add_validation(replace(VALIDATION, score=20.0))
    state.add_validation(last)
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(state)
    return file.getvalue().splitlines()


def test_panel_shows_the_facts() -> None:
    drawn = "\n".join(draw_panel(80))
    for fact in (
        "25%  1:05, 3:15 left",
        "epoch 1 of 4   step 100 of 400   4,321 tokens/s   loss 2.500",
        "perplexity 9.25   learning rate 1.0e-03",
        "validation BLEU 45.50   best 45.50   loss 1.250   ▁█",
        "source      [red] cat",
        "reference   chat␛[31m",
    ):
        assert fact in drawn


@pytest.mark.parametrize("width", [30, 40, 60, 120])
def test_panel_keeps_to_its_width(width: int) -> None:
    last = replace(VALIDATION, attention=HEALTHY)
    assert {cell_len(line) for line in draw_panel(width, last)} == {width}


def test_progress_is_by_time_where_that_ends_first() -> None:
    assert fraction_done(STARTED, STEP) == 0.25
    assert fraction_done(replace(STARTED, max_minutes=2.0), STEP) == pytest.approx(65 / 120)
    assert fraction_done(replace(STARTED, max_minutes=1.0), STEP) == 1.0


def test_sparkline_goes_from_lowest_to_highest() -> None:
    assert sparkline((0.0, 3.5, 7.0)) == "▁▅█"
    assert sparkline((2.0, 2.0)) == "▁▁"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (187, "3:07"), (3720, "1:02:00")]
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_stay_short() -> None:
    shown = [number(value) for value in (9.256, 1234.5, 12_345_678.0, float("inf"))]
    assert shown == ["9.26", "1,234", "1.23e+07", "inf"]


def test_attention_has_a_line_with_each_validation() -> None:
    lines = run_plain([replace(VALIDATION, example=None, attention=HEALTHY)], [0, 1])
    assert lines[1:] == [
        "  attention   entropy 0.27 bits (8 % of even), 4 % unread, 2 % on </s>, 91 % of steps "
        "forward"
    ]


def test_collapsed_attention_is_a_warning_in_plain_lines() -> None:
    lines = run_plain([replace(VALIDATION, example=None, attention=COLLAPSED)], [0, 1])
    assert lines[2].startswith("  warning     attention rests on </s> whatever the target token")


def test_live_view_warns_once_for_each_way_of_collapsing() -> None:
    file = io.StringIO()
    console = Console(file=file, width=300, force_terminal=True, color_system=None)
    with training_view(console, True) as view:
        view.show(STARTED)
        for health in (COLLAPSED, COLLAPSED, HEALTHY, replace(HEALTHY, collapse="uniform")):
            view.show(replace(VALIDATION, attention=health))
    drawn = file.getvalue()
    assert drawn.count("warning: attention rests on </s>") == 1
    assert drawn.count("warning: attention is nearly uniform") == 1


def test_panel_shows_attention() -> None:
    drawn = "\n".join(draw_panel(140, replace(VALIDATION, attention=HEALTHY)))
    assert "attention entropy 0.27 bits (8 % of even)   unread 4 %" in drawn
    assert "attention" not in "\n".join(draw_panel(100))


def test_several_processes_are_told_of_as_one() -> None:
    started = replace(
        STARTED, processes=4, memory=MemoryNeed(needed=1_500_000_000, limit=8_000_000_000)
    )
    assert ", 2 threads, 4 processes, about 1.5 of 8.0 GB of memory each, at most" in (
        format_event(started) or ""
    )
    panel, console = PanelState(started=started, step=STEP), Console(width=100, file=io.StringIO())
    with console.capture() as shown:
        console.print(panel)
    assert "4,321 tokens/s by 4 processes" in shown.get()
