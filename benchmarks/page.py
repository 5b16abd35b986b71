"""Generated parts of docs/performance.md, and the tables in them.

A part stands between two marks that name the command which writes it; what is around it stays.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def write_part(page: Path, command: str, text: str) -> None:
    """Replace what a command wrote in a page before.

    Raises:
        ValueError: if the page has lost the marks of this command.
    """
    begin, end = (f"<!-- written by `{command}`: {mark} -->" for mark in ("begin", "end"))
    whole = page.read_text(encoding="utf-8")
    if begin not in whole or end not in whole:
        raise ValueError(f"{page.name} has no part for this: it needs {begin!r} and {end!r}.")
    before, after = whole.split(begin)[0], whole.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def publish(
    run: dict[str, Any], render: Callable[[dict[str, Any]], str], *, out: Path, command: str | None
) -> None:
    """Write figures as JSON, their part of the page unless `command` is None, and show them."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    if command is not None:
        write_part(PAGE, command, render(run))
    print(render(run))


def table(header: list[str], rows: list[list[str]], *, words: int) -> str:
    """A Markdown table whose first columns are words and whose others are numbers."""
    marks = ["---" if number < words else "---:" for number in range(len(header))]
    lines = [header, marks, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def counted(number: int, thing: str) -> str:
    """A number of things in words: "1 round", "3 rounds"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def machine_line(run: dict[str, object]) -> str:
    """When and on what a run was measured."""
    machine = run["machine"]
    assert isinstance(machine, dict)
    return (
        f"{run['date']} on {machine['cpu']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, torch {machine['torch']}"
    )
