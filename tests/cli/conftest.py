"""What the tests of commands share: the command itself, run in an empty folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seq2seq_cli.cli.app import app


@pytest.fixture
def s2s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `s2s ARGUMENTS` in `tmp_path`, 80 columns wide; `stdin` is what is typed or piped in.

    An exception that would have been a traceback fails the test.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(app, words, input=stdin, prog_name="s2s")
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(
            result.exception
        )
        return result

    return run
