"""What starts fast, because heavy packages wait until a command needs them."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "numpy", "tokenizers", "safetensors", "sacrebleu", "rapidfuzz"}


def imported_by(code: str) -> set[str]:
    """The top-level modules that are loaded after `code` ran in a fresh interpreter."""
    report = "import atexit, sys; atexit.register(lambda: print('\\n' + ' '.join(sys.modules)));"
    done = subprocess.run(
        [sys.executable, "-c", report + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_importing_the_package_loads_nothing_else() -> None:
    loaded = imported_by("import seq2seq_cli")
    assert not loaded & {*HEAVY, "pydantic", "typer", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    call = f"import sys; sys.argv = ['s2s', *{arguments!r}]; import seq2seq_cli.__main__ as m; "
    loaded = imported_by(call + "m.main()")
    assert not loaded & HEAVY
    assert "typer" in loaded


@pytest.mark.parametrize(
    "stage", ["corpus.files", "text.codec", "batching.dataset", "views.scores"]
)
def test_stages_without_models_do_without_torch(stage: str) -> None:
    assert "torch" not in imported_by(f"import seq2seq_cli.{stage}")


def test_the_api_is_loaded_on_demand() -> None:
    loaded = imported_by("import seq2seq_cli; seq2seq_cli.load")
    assert "torch" in loaded


def test_unknown_names_are_unknown() -> None:
    import seq2seq_cli

    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        _ = seq2seq_cli.lod
