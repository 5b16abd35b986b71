"""JSON on standard output: valid for programs, harmless on a terminal.

Knows nothing of what the facts mean.
"""

import json
import sys
from typing import Any

import typer

from seq2seq_cli.views.facts import to_json


def print_json(facts: Any, *, indent: int | None = None) -> None:
    """Print one JSON document, see `to_json`."""
    text = to_json(facts, indent=indent)
    if not sys.stdout.encoding.lower().startswith("utf"):
        text = json.dumps(json.loads(text), indent=indent)
    typer.echo(text)
