"""The events of training as plain lines, for pipes, log files and the end of a run.

Every line is harmless text without control codes. Knows nothing of terminals.
"""

import math
import shlex
from pathlib import Path

from seq2seq_cli.machine import MemoryNeed
from seq2seq_cli.scoring.health import AttentionHealth
from seq2seq_cli.text.visible import visible
from seq2seq_cli.training.events import (
    AttentionWatched,
    BatchHalved,
    CheckpointSaved,
    Event,
    Example,
    RunEnded,
    RunStarted,
    StepDone,
    StepSkipped,
    ValidationDone,
)
from seq2seq_cli.views.health import health_words

METRIC_NAMES = {"loss": "loss", "bleu": "BLEU", "chrf": "chrF", "exact_match": "exact match"}
REASONS = {
    "epochs": "all epochs are done",
    "early-stopping": "validation no longer improves",
    "time": "the time is up",
    "interrupted": "interrupted",
    "bad-numbers": "too many losses or gradients were not finite numbers",
}
MOST_PAIRS = 8
"""Pairs of a batch that are named in a line; `metrics.jsonl` has all of them."""


def format_event(event: Event) -> str | None:
    """The event in words; a validation with an example takes several lines.

    None for what is not worth a line: a checkpoint that was saved.
    """
    words: str | None = None
    match event:
        case RunStarted():
            words = _started(event)
        case StepDone():
            words = _step(event)
        case StepSkipped():
            words = skipped_line(event)
        case BatchHalved():
            words = halved_line(event)
        case ValidationDone():
            more = [*example_lines(event.example), *attention_lines(event.attention)]
            words = "\n".join([validation_line(event), *more])
        case AttentionWatched():
            words = "\n".join(watched_lines(event))
        case CheckpointSaved():
            pass
        case RunEnded():
            words = ended_line(event)
    return words


def skipped_line(event: StepSkipped) -> str:
    """Which step was left out, why, and with which pairs."""
    pairs = ", ".join(f"{pair}" for pair in event.pairs[:MOST_PAIRS])
    more = len(event.pairs) - MOST_PAIRS
    others = f" and {more} more, see metrics.jsonl" if more > 0 else ""
    return (
        f"warning: step {event.step:,} (epoch {event.epoch}) was left out, as its {event.what} is "
        f"not a finite number ({event.skipped} of at most {event.allowed} such steps); lines of "
        f"{visible(event.file)} in it: {pairs}{others}"
    )


def halved_line(event: BatchHalved) -> str:
    """That a batch was too large for the device."""
    return (
        f"warning: step {event.step:,}: {event.sentences} sentences did not fit into the memory "
        f"of the device; such batches are computed in {event.parts} parts. A smaller "
        "--batch-tokens is quicker"
    )


def validation_line(event: ValidationDone) -> str:
    """The scores of one validation."""
    best = "best so far" if event.is_best else f"best {score(event.metric, event.best_score)}"
    loss = "" if event.metric == "loss" else f"; loss {event.loss:.3f}"
    return (
        f"step {event.step:,} (epoch {event.epoch}, {duration(event.seconds)}): validation "
        f"{metric_name(event.metric)} {score(event.metric, event.score)}, {best}{loss}"
    )


def example_lines(example: Example | None) -> list[str]:
    """Source, reference and hypothesis, one line each; none without an example."""
    if example is None:
        return []
    return [
        f"  source      {visible(example.source)}",
        f"  reference   {visible(example.reference)}",
        f"  hypothesis  {visible(example.hypothesis)}",
    ]


def watched_lines(event: AttentionWatched) -> list[str]:
    """A watched sentence and what the model makes of it."""
    name = "hypothesis" if event.target is None else "target"
    return [
        f"  watched     {visible(event.sentence)}",
        f"  {name:<10}  {visible(event.text)}  (score {event.score:.3f})",
    ]


def attention_lines(health: AttentionHealth | None) -> list[str]:
    """How attention behaves, and a warning where it has collapsed; nothing without attention."""
    if health is None:
        return []
    warning = [] if health.warning is None else [f"  warning     {health.warning}"]
    return [f"  attention   {health_words(health)}", *warning]


def ended_line(event: RunEnded) -> str:
    """Why training ended and what it reached."""
    why = REASONS.get(event.reason, event.reason)
    took = f"training ended after {event.step:,} steps and {duration(event.seconds)}: {why}"
    if not math.isfinite(event.best_score):
        return f"{took}; nothing was validated"
    best = f"best validation {metric_name(event.metric)} {score(event.metric, event.best_score)}"
    return f"{took}; {best} at step {event.best_step:,}"


def next_commands(event: RunEnded, resume_hint: str) -> list[tuple[str, str]]:
    """What to type next: pairs of what it does and the command."""
    run = quoted(event.run)
    commands = [
        ("score it", f"s2s evaluate --run {run}"),
        ("see what it attends to", f's2s attend --run {run} "..."'),
    ]
    if event.watched:
        commands.append(("see how that came about", f"s2s attend --run {run} --history"))
    if event.reason == "interrupted" and resume_hint:
        commands.insert(0, ("go on", resume_hint))
    return commands


def metric_name(metric: str) -> str:
    """The metric as people write it."""
    return METRIC_NAMES.get(metric, metric)


def score(metric: str, value: float) -> str:
    """A metric's value: losses with three decimals, percentages with two."""
    return f"{value:.3f}" if metric == "loss" else f"{value:.2f}"


def number(value: float) -> str:
    """A perplexity or a norm in a few digits, however large it is."""
    if not math.isfinite(value):
        return str(value)
    return f"{value:.2f}" if value < 1000 else f"{value:.2e}" if value >= 1e6 else f"{value:,.0f}"


def duration(seconds: float) -> str:
    """Minutes and seconds, with hours where there are some: `3:07`, `1:02:00`."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    tail = f"{minutes:02}:{whole % 60:02}"
    return f"{hours}:{tail}" if hours else tail.removeprefix("0")


def quoted(path: Path) -> str:
    """A path as a shell takes it, harmless to show."""
    return visible(shlex.quote(str(path)))


def _started(event: RunStarted) -> str:
    if event.resumed_step:
        beginning = f"going on with {visible(str(event.run))} at step {event.resumed_step:,}"
    else:
        beginning = f"training {visible(str(event.run))}"
    limit = "" if event.max_minutes is None else f" or {event.max_minutes:g} minutes"
    long = (
        f" ({event.long_pairs:,} are longer than --max-length {event.max_length} and left out)"
        if event.long_pairs
        else ""
    )
    guide = (
        f" ({event.guided_pairs:,} guided by {visible(str(event.guide))})" if event.guide else ""
    )
    threads = f", {event.threads} threads" if event.device == "cpu" else ""
    job = f", {event.processes} processes" if event.processes > 1 else ""
    memory = "" if event.memory is None else _memory(event.memory)
    if job and memory:
        memory += " each"
    steps = f"{about(event)}{event.steps_per_epoch:,} steps"
    return (
        f"{beginning}: {event.parameters:,} weights, attention {event.attention}, "
        f"{event.train_pairs:,} training{long}{guide} and {event.valid_pairs:,} validation pairs, "
        f"{event.device} {event.precision}{threads}{job}{memory}, at most {event.epochs} epochs of "
        f"{steps}{limit}, best model by {metric_name(event.metric)}"
    )


def about(event: RunStarted) -> str:
    """What goes before a number of steps that is an estimate."""
    return "about " if event.windows > 1 else ""


def _memory(need: MemoryNeed) -> str:
    there = "" if need.limit is None else f" of {need.limit / 1e9:.1f}"
    return f", about {need.needed / 1e9:.1f}{there} GB of memory" if need.needed else ""


def _step(event: StepDone) -> str:
    left = "" if event.seconds_left is None else f", {duration(event.seconds_left)} left"
    guide = "" if event.guide_loss is None else f"guide loss {event.guide_loss:.3f}, "
    return (
        f"step {event.step:,} (epoch {event.epoch}, {duration(event.seconds)}{left}): "
        f"loss {event.loss:.3f}, perplexity {number(event.perplexity)}, {guide}"
        f"{event.tokens_per_second:,.0f} tokens/s, learning rate {event.learning_rate:.2e}, "
        f"gradient norm {number(event.gradient_norm)}"
    )
