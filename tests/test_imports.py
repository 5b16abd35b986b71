"""What starts fast, because heavy packages wait until a command needs them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

FOR_FILES_FROM_AFAR = {"pooch", "platformdirs", "requests", "fsspec"}
HEAVY = {
    *("torch", "numpy", "tokenizers", "safetensors", "sacrebleu", "rapidfuzz"),
    *FOR_FILES_FROM_AFAR,
}
UNUSED_BY_ATTEND = {
    *("sacrebleu", "rapidfuzz", "tokenizers", "matplotlib", "torch._dynamo", "torch._inductor"),
    *("seq2seq_cli.batching.dataset", "seq2seq_cli.cli.history", "seq2seq_cli.views.watched"),
    *("seq2seq_cli.training", "seq2seq_cli.scoring", "seq2seq_cli.corpus"),
}


def modules_after(code: str, variables: Mapping[str, str] | None = None) -> set[str]:
    """The modules that are loaded after `code` ran in a fresh interpreter."""
    report = "import atexit, sys; atexit.register(lambda: print('\\n' + ' '.join(sys.modules)));"
    done = subprocess.run(
        [sys.executable, "-c", report + code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(variables or {})},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def imported_by(code: str, variables: Mapping[str, str] | None = None) -> set[str]:
    """Of these modules the packages."""
    return {name.split(".")[0] for name in modules_after(code, variables)}


def call_of(*arguments: str) -> str:
    """Code that calls `s2s` with arguments."""
    call = f"import sys; sys.argv = ['s2s', *{arguments!r}]; import seq2seq_cli.__main__ as m; "
    return call + "m.main()"


def test_importing_the_package_loads_nothing_else() -> None:
    loaded = imported_by("import seq2seq_cli")
    assert not loaded & {*HEAVY, "pydantic", "typer", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    loaded = imported_by(call_of(*arguments))
    assert not loaded & HEAVY
    assert "typer" in loaded


def test_completion_loads_nothing_heavy() -> None:
    typed = {"COMP_WORDS": "s2s att", "COMP_CWORD": "1", "_S2S_COMPLETE": "complete_bash"}
    loaded = imported_by(call_of(), typed)
    assert not loaded & {*HEAVY, "markdown_it"}
    assert "typer" in loaded


def test_files_from_here_need_nothing_from_afar(tmp_path: Path) -> None:
    table, out = tmp_path / "pairs.tsv", tmp_path / "out"
    table.write_text("".join(f"a {n}\tb {n}\n" for n in range(300)))
    call = call_of("prepare", str(table), "--tokenizer", "word", "--out", str(out))
    assert not imported_by(call) & (FOR_FILES_FROM_AFAR - imported_by("import tokenizers"))


def test_attend_loads_only_what_it_uses(copy_run: Path) -> None:
    loaded = modules_after(call_of("attend", "bada gide", "--run", str(copy_run)))
    assert {"torch", "seq2seq_cli.search.beam"} <= loaded
    assert not loaded & (UNUSED_BY_ATTEND - modules_after("import torch"))


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
