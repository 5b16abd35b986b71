"""JSON on standard output: valid for programs, harmless on a terminal.

Knows nothing of what the facts mean.
"""

import json
import sys
from typing import Any

import typer

from seq2seq_cli.text.visible import visible


def print_json(facts: Any, *, indent: int | None = None) -> None:
    """Print one JSON document, see `to_json`."""
    text = to_json(facts, indent=indent)
    if not sys.stdout.encoding.lower().startswith("utf"):
        text = json.dumps(json.loads(text), indent=indent)
    typer.echo(text)


def to_json(facts: Any, *, indent: int | None = None) -> str:
    """JSON in which letters stay letters, and what a terminal would obey or hide is escaped.

    Controls, bidi and zero-width characters and lone surrogates become `\\uXXXX`, as JSON allows
    in its strings; nothing is lost.
    """
    text = json.dumps(facts, ensure_ascii=False, indent=indent)
    if visible(text) == text:
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character == "\n" or visible(character) == character:  # strings hold no raw line feed
        return character
    return json.dumps(character)[1:-1]
