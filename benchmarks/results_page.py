"""Draws docs/results.md: for each task its data, its commands and a table of its scores.

Knows nothing of how figures are taken: it reads the JSON that `quality` wrote.
"""

import shlex
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.page import counted, machine_line, table
from benchmarks.quality_tasks import Task

PAGE = Path(__file__).parents[1] / "docs" / "results.md"
_NAMES = {"bleu": "BLEU", "chrf": "chrF", "exact_match": "exact match, %"}
_ERRORS = {"exact_match": "WER", "token_error_rate": "PER"}
_SHORT = 100


def command_of(arguments: list[str]) -> str:
    """A command as it is typed, without what is for programs and for silence."""
    return shlex.join(["s2s", *(one for one in arguments if one not in ("--quiet", "--json"))])


def render(task: Task, run: dict[str, Any]) -> str:
    """The part of the page that is a task's."""
    minutes = [one["seconds"]["train"] / 60 for one in run["runs"]]
    beside = run["beside"]
    how = "one at a time" if beside == 1 else f"{beside} beside each other, a core each"
    time = f"{min(minutes):.1f} to {max(minutes):.1f} minutes each"
    if len(minutes) == 1:
        how = "one at a time" if beside == 1 else "on one core, others beside it"
        time = f"{minutes[0]:.1f} minutes"
    published = f"\n\nPublished: {task.published}." if task.published else ""
    signatures = [found["bleu"]["signature"] for found in _splits(run) if "bleu" in found]
    signature = f" sacreBLEU: `{signatures[0]}`." if signatures else ""
    return (
        f"## {task.title}\n\n{task.data}.{published}\n\n```\n{_commands(run['commands'])}\n```\n\n"
        f"Measured {machine_line(run)}. {counted(len(minutes), 'training')}, {how}: "
        f"{time}; at most "
        f"{run['peak_memory_bytes'] / 1e9:.2f} GB.{signature}\n\n{_table(task, run)}\n"
    )


def _commands(commands: list[str]) -> str:
    return "\n".join(
        part
        for command in commands
        for part in ([command] if len(command) <= _SHORT else _broken(command))
    )


def _broken(command: str) -> list[str]:
    """A long command on several lines, an option or more on each."""
    lines = [""]
    for word in command.replace(" --", "\n--").split("\n"):
        if lines[-1] and len(f"{lines[-1]} {word}") > _SHORT - 2:
            lines[-1] += " \\"
            lines.append(f"    {word}")
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def _splits(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for one in run["runs"] for found in one["scores"].values()]


def _table(task: Task, run: dict[str, Any]) -> str:
    names = [name for name in task.scores if any(name in found for found in _splits(run))]
    columns = [(split, name) for split in task.splits for name in names]
    header = ["seed", "on validation, while training", "minutes"]
    header += [_title(task, split, name) for split, name in columns]
    rows = [
        [
            f"{one['seed']}",
            f"{_seen(task, one['metric'], one['best_score']):.1f}",
            f"{one['seconds']['train'] / 60:.1f}",
            *(_cell(task, name, one["scores"][split][name]) for split, name in columns),
        ]
        for one in run["runs"]
    ]
    if len(rows) > 1:
        means = [_spread(task, run, split, name) for split, name in columns]
        rows.append([f"mean of {len(rows)} (deviation)", "", "", *means])
    if run["ensemble"] is not None:
        cells = [_cell(task, name, run["ensemble"][split][name]) for split, name in columns]
        rows.append([f"ensemble of {len(run['runs'])}", "", "", *cells])
    return table(header, rows, words=1)


def _title(task: Task, split: str, name: str) -> str:
    title = (_NAMES | (_ERRORS if task.is_word_error_rate else {}))[name]
    return title if len(task.splits) == 1 else f"{title}, `{split}`"


def _seen(task: Task, name: str, value: float) -> float:
    """A score as the page shows it: of phones, errors."""
    return 100 - value if task.is_word_error_rate and name == "exact_match" else value


def _cell(task: Task, name: str, found: dict[str, Any]) -> str:
    value = f"{_seen(task, name, found['score']):.1f}"
    interval = found.get("interval")
    if interval is None:
        return value
    low, high = sorted(_seen(task, name, interval[end]) for end in ("low", "high"))
    return f"{value} ({low:.1f} to {high:.1f})"


def _spread(task: Task, run: dict[str, Any], split: str, name: str) -> str:
    scores = [_seen(task, name, one["scores"][split][name]["score"]) for one in run["runs"]]
    return f"{mean(scores):.1f} ({stdev(scores):.1f})"
