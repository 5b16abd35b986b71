"""The command `s2s`: its subcommands, its version, and how errors become exit codes.

Knows nothing of what the commands do, and imports nothing heavy: commands import what they need
when they run.
"""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from seq2seq_cli.cli.align import align
from seq2seq_cli.cli.attend import attend
from seq2seq_cli.cli.complaint import complain, verdict
from seq2seq_cli.cli.evaluate import evaluate
from seq2seq_cli.cli.prepare import prepare
from seq2seq_cli.cli.train import train
from seq2seq_cli.cli.translate import translate

INTERRUPTED = 130


class _Group(TyperGroup):
    """Ends every foreseeable failure with one message and its exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:  # the reader went away: nothing is left to tell it
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for the exit's own flush
            raise typer.Exit(0) from error
        except Exception as error:
            found = verdict(error)
            if found is None:
                raise
            complain(found[0])
            raise typer.Exit(found[1]) from error


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from seq2seq_cli import __version__

    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "not installed"
    typer.echo(f"s2s {__version__}, Python {platform.python_version()}, torch {torch}")
    raise typer.Exit()


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train attentional sequence-to-sequence models on pairs of lines, score them honestly, "
    "and see what they attend to.",
    epilog="Begin with: s2s train, then s2s evaluate, then s2s attend 'The black cat sleeps.'",
)


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show versions and exit."
        ),
    ] = False,
) -> None:
    pass


for _command in (prepare, train, evaluate, attend, align, translate):
    app.command()(_command)
