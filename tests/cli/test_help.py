"""What `s2s` says about itself."""

import platform
from collections.abc import Callable
from importlib.metadata import version

import pytest
from typer.testing import Result

import seq2seq_cli
from seq2seq_cli.cli.link_options import CombineName, MethodName, UnitName
from seq2seq_cli.scoring.aligner import WAYS_TO_COMBINE
from seq2seq_cli.scoring.extraction import METHODS
from seq2seq_cli.text.link_units import LINK_UNITS

S2S = Callable[..., Result]
COMMANDS = ("prepare", "train", "evaluate", "attend", "align", "translate")


def test_help_names_every_command(s2s: S2S) -> None:
    result = s2s("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f"│ {command} " in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_commands_shows_all_of_its_words(s2s: S2S, command: str) -> None:
    result = s2s(command, "-h")
    assert result.exit_code == 0
    words = " ".join(result.stdout.replace("│", " ").split())
    for eaten in ("( )", ": , ,", "[]", "[["):
        assert eaten not in words
    expected = {
        "train": "(default: the last one prepared, else the built-in corpus)",
        "evaluate": "(default: the last one trained)",
        "attend": "(default: asks for one, again and again)",
        "align": "A pair with a blank side is a blank line.",
        "translate": "A blank line stays blank.",
        "prepare": "(default: s2s-data/NAME)",
    }
    assert expected[command] in words


def test_choices_about_links_are_those_that_there_are() -> None:
    assert tuple(MethodName) == METHODS
    assert tuple(UnitName) == LINK_UNITS
    assert tuple(CombineName) == WAYS_TO_COMBINE


def test_version_names_s2s_python_and_torch(s2s: S2S) -> None:
    assert s2s("--version").stdout == (
        f"s2s {seq2seq_cli.__version__}, Python {platform.python_version()}, "
        f"torch {version('torch')}\n"
    )


def test_no_command_is_help_and_an_error(s2s: S2S) -> None:
    result = s2s()
    assert result.exit_code == 2
    assert "Usage: s2s" in result.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["trane"], "No such command 'trane'. Did you mean 'train'"),
        (["train", "--epoch", "3"], "No such option: --epoch"),
        (["train", "--attention", "dot"], "Invalid value for '--attention'"),
        (["train", "--epochs", "many"], "Invalid value for '--epochs'"),
        (["attend", "x", "--beam", "0"], "Invalid value for '--beam'"),
        (["translate", "--n-best", "1001"], "Invalid value for '--n-best'"),
    ],
)
def test_wrong_calls_end_with_2_and_name_the_option(
    s2s: S2S, arguments: list[str], expected: str
) -> None:
    result = s2s(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in " ".join(result.stderr.replace("│", " ").split())


def test_completion_scripts_are_made(s2s: S2S, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "true")
    result = s2s("--show-completion", "bash")
    assert result.exit_code == 0
    assert "_S2S_COMPLETE=complete_bash" in result.stdout


def test_completion_knows_commands_and_options(s2s: S2S, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_S2S_COMPLETE", "complete_bash")
    for typed, place, expected in (
        ("s2s tra", "1", {"train", "translate"}),
        (
            "s2s train --max",
            "2",
            {"--max-minutes", "--max-length", "--max-bad-steps", "--max-restarts"},
        ),
    ):
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", place)
        assert set(s2s().stdout.split()) == expected
