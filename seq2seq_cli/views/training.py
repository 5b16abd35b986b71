"""Training as it happens: a live panel on a terminal, plain lines elsewhere, a summary at the end.

Showing an event only stores it; the panel is drawn by rich's own thread a few times a second, so
that drawing never holds up a step. Knows nothing of the trainer beyond its events.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console, Group
from rich.text import Text

from seq2seq_cli.scoring.health import AttentionHealth
from seq2seq_cli.training.events import (
    AttentionWatched,
    BatchHalved,
    CheckpointSaved,
    Event,
    RunEnded,
    RunStarted,
    StepDone,
    StepSkipped,
    ValidationDone,
)
from seq2seq_cli.views.console import print_message
from seq2seq_cli.views.event_lines import (
    ended_line,
    format_event,
    next_commands,
    quoted,
    validation_line,
)
from seq2seq_cli.views.watched import bounded_view

if TYPE_CHECKING:
    from rich.live import Live

    from seq2seq_cli.views.training_panel import PanelState

REFRESHES_PER_SECOND = 4
SECONDS_BETWEEN_LINES = 30.0


class TrainingView(Protocol):
    """What a training loop shows its events to; use it in a `with` block."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event) -> None:
        """Take notice of an event; returns at once."""


def training_view(
    console: Console,
    interactive: bool,
    quiet: bool = False,
    *,
    resume_hint: str = "",
    clock: Callable[[], float] = time.monotonic,
) -> TrainingView:
    """The view for a console: live if `interactive`, else plain lines, or nothing if `quiet`.

    Args:
        console: where people read, as a rule standard error.
        interactive: whether the console is a terminal that can be drawn on.
        quiet: show nothing at all, the summary included.
        resume_hint: the command that goes on with an interrupted run, shown after Ctrl-C.
        clock: seconds that only grow; tests give their own.
    """
    if quiet:
        return SilentView()
    if interactive:
        return LiveView(console, resume_hint)
    return PlainView(console, resume_hint, clock)


class SilentView:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def show(self, event: Event) -> None:
        """Do nothing."""


class PlainView(SilentView):
    """Lines without control codes: the start, each validation, a step now and then, the end."""

    def __init__(self, console: Console, resume_hint: str, clock: Callable[[], float]) -> None:
        self._console = console
        self._resume_hint = resume_hint
        self._clock = clock
        self._last_line = clock()

    def show(self, event: Event) -> None:
        """Print the event if it is worth a line now."""
        if isinstance(event, RunEnded):
            print_summary(self._console, event, self._resume_hint)
            return
        if isinstance(event, AttentionWatched):
            print_watched(self._console, event)
            return
        now = self._clock()
        if isinstance(event, StepDone) and now - self._last_line < SECONDS_BETWEEN_LINES:
            return
        line = format_event(event)
        if line is not None:
            print_message(self._console, line)
            self._last_line = now


class LiveView:
    """A panel that is redrawn in place, with the lines of past validations above it."""

    def __init__(self, console: Console, resume_hint: str) -> None:
        self._console = console
        self._resume_hint = resume_hint
        self._live: Live | None = None
        self._state: PanelState | None = None
        self._warned: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def show(self, event: Event) -> None:
        """Store the event; print validations above the panel; end with the summary."""
        match event:
            case RunStarted():
                self._start(event)
            case StepDone() if self._state is not None:
                self._state.step = event
            case ValidationDone():
                if self._state is not None:
                    self._state.add_validation(event)
                style = "green" if event.is_best else ""
                print_message(self._console, validation_line(event), style=style)
                self._warn(event.attention)
            case StepSkipped() | BatchHalved():
                print_message(self._console, format_event(event) or "", style="yellow")
            case AttentionWatched():
                print_watched(self._console, event)
            case RunEnded():
                self._stop()
                print_summary(self._console, event, self._resume_hint)
            case CheckpointSaved() | StepDone():
                pass

    def _warn(self, health: AttentionHealth | None) -> None:
        """Say that attention has collapsed, once for each way in which it does."""
        warning = None if health is None else health.warning
        if warning is not None and warning != self._warned:
            print_message(self._console, f"warning: {warning}", style="yellow")
        self._warned = warning

    def _start(self, event: RunStarted) -> None:
        from rich.live import Live

        from seq2seq_cli.views.training_panel import PanelState

        print_message(self._console, format_event(event) or "")
        self._state = PanelState(started=event)
        self._live = Live(
            Group(self._state, ""),  # a line for the `^C` that terminals write where they stand
            console=self._console,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
            redirect_stdout=False,  # standard output is for data and may be a pipe
        )
        self._live.start()

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def print_watched(console: Console, event: AttentionWatched) -> None:
    """The table of a watched sentence and a blank line."""
    console.print(Group(bounded_view(event, console), Text()))


def print_summary(console: Console, event: RunEnded, resume_hint: str) -> None:
    """What training reached, where the run is and what to type next."""
    print_message(console, ended_line(event), style="bold")
    rows = [("run", quoted(event.run)), *next_commands(event, resume_hint)]
    widest = max(len(name) for name, _ in rows)
    for name, words in rows:
        print_message(console, f"  {name:<{widest}}  {words}")
