"""The panel of the live training view: how far, how fast, how good, and one example.

Draws what it was last told, as often as rich asks, also while the training thread writes: each
field is replaced whole, never changed in place. Knows nothing of when it is drawn.
"""

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.health import AttentionHealth
from seq2seq_cli.training.events import Example, RunStarted, StepDone, ValidationDone
from seq2seq_cli.views.caption import flow
from seq2seq_cli.views.console import can_draw_unicode
from seq2seq_cli.views.event_lines import about, duration, metric_name, number, score
from seq2seq_cli.views.health import percent
from seq2seq_cli.views.labels import fence, fit, make_label

SPARKS = "▁▂▃▄▅▆▇█"
HISTORY = 30
"""Validations that the small chart shows, the newest last."""
FRAME = 4
"""Cells of the panel's border and padding."""
NAMES = 12
"""Cells of the names before the example's sentences."""


@dataclass(kw_only=True)
class PanelState:
    """The latest facts of a run; a renderable."""

    started: RunStarted
    step: StepDone | None = None
    validation: ValidationDone | None = None
    history: tuple[float, ...] = ()
    """The validation scores so far, oldest first."""

    def add_validation(self, event: ValidationDone) -> None:
        """Take a validation as the latest."""
        self.history = (*self.history, event.score)[-HISTORY:]
        self.validation = event

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the panel as wide as the console."""
        width = max(1, options.max_width - FRAME)
        unicode = can_draw_unicode(console)
        lines: list[RenderableType] = [_progress(self.started, self.step)]
        lines += flow(_step_facts(self.started, self.step), width, console)
        if self.validation is not None:
            facts = _validation_facts(self.validation, self.history if unicode else ())
            lines += [Text(), *flow(facts, width, console)]
            if self.validation.example is not None:
                lines += _example(self.validation.example, width, unicode)
        run = make_label(str(self.started.run), unicode=unicode)
        title = Text(fit(run, width, unicode=unicode))
        yield Panel(Group(*lines), title=title, title_align="left", border_style="dim")


def fraction_done(started: RunStarted, step: StepDone) -> float:
    """How far the run is, 0 to 1: by steps, or by time where that ends first."""
    total = started.epochs * started.steps_per_epoch
    by_steps = step.step / total if total else 0.0
    limit = started.max_minutes
    by_time = step.seconds / (60 * limit) if limit else 0.0
    return min(1.0, max(by_steps, by_time))


def sparkline(values: tuple[float, ...]) -> str:
    """One small bar per value, from the lowest to the highest among them."""
    low, high = min(values), max(values)
    if high == low:
        return SPARKS[0] * len(values)
    last = len(SPARKS) - 1
    return "".join(SPARKS[round(last * (value - low) / (high - low))] for value in values)


def _progress(started: RunStarted, step: StepDone | None) -> RenderableType:
    done = 0.0 if step is None else fraction_done(started, step)
    words = f"{100 * done:3.0f}%"
    if step is not None:
        left = "" if step.seconds_left is None else f", {duration(step.seconds_left)} left"
        words = f"{words}  {duration(step.seconds)}{left}"
    grid = Table.grid(expand=True, padding=(0, 2, 0, 0))
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True)
    grid.add_row(ProgressBar(total=1.0, completed=done), Text(words))
    return grid


def _step_facts(started: RunStarted, step: StepDone | None) -> list[Text]:
    if step is None:
        return [Text("waiting for the first step")]
    total = started.epochs * started.steps_per_epoch
    facts = [
        Text(f"epoch {step.epoch} of {started.epochs}"),
        Text(f"step {step.step:,} of {about(started)}{total:,}"),
        Text(f"{step.tokens_per_second:,.0f} tokens/s{_together(started)}"),
        Text(f"loss {step.loss:.3f}"),
        Text(f"perplexity {number(step.perplexity)}"),
        Text(f"learning rate {step.learning_rate:.1e}"),
    ]
    if step.guide_loss is not None:
        facts.append(Text(f"guide loss {step.guide_loss:.3f}"))
    return facts


def _together(started: RunStarted) -> str:
    """That the speed is that of a whole job, where it is."""
    return f" by {started.processes} processes" if started.processes > 1 else ""


def _validation_facts(event: ValidationDone, history: tuple[float, ...]) -> list[Text]:
    name = metric_name(event.metric)
    facts = [
        Text(f"validation {name} {score(event.metric, event.score)}", style="bold"),
        Text(f"best {score(event.metric, event.best_score)}"),
    ]
    if event.metric != "loss":
        facts.append(Text(f"loss {event.loss:.3f}"))
    if len(history) > 1:
        facts.append(Text(sparkline(history), style="cyan"))
    return facts + _attention_facts(event.attention)


def _attention_facts(health: AttentionHealth | None) -> list[Text]:
    if health is None:
        return []
    even = percent(health.normalised_entropy)
    return [
        Text(f"attention entropy {health.entropy_bits:.2f} bits ({even} of even)"),
        Text(f"unread {percent(health.unread)}"),
    ]


def _example(example: Example, width: int, unicode: bool) -> list[Text]:
    named = (
        ("source", example.source),
        ("reference", example.reference),
        ("hypothesis", example.hypothesis),
    )
    room = max(1, width - NAMES)
    return [
        Text.assemble(
            (f"{name:<{NAMES}}", "dim"),
            fence(fit(make_label(text, unicode=unicode), room, unicode=unicode)),
        )
        for name, text in named
    ]
