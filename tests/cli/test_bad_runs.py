"""Runs that are not runs, damaged in every file: one message, an exit code, nothing changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seq2seq_cli.sealed import sealed

S2S = Callable[..., Result]
Damage = Callable[[Path], None]


def replaced(name: str, content: bytes) -> Damage:
    return lambda run: (run / name).write_bytes(content) and None


def cut(name: str, size: int) -> Damage:
    return lambda run: (run / name).write_bytes((run / name).read_bytes()[:size]) and None


def removed(name: str) -> Damage:
    return lambda run: (run / name).unlink()


def turned_into_a_folder(name: str) -> Damage:
    def damage(run: Path) -> None:
        (run / name).unlink()
        (run / name).mkdir()

    return damage


def changed(name: str, old: str, new: str) -> Damage:
    def damage(run: Path) -> None:
        text = (run / name).read_text()
        assert old in text
        (run / name).write_text(text.replace(old, new))

    return damage


CASES: dict[str, tuple[Damage, str]] = {
    "no weights": (removed("model.safetensors"), "run has no model.safetensors yet"),
    "no config": (removed("config.toml"), "run is not a run: it has no config.toml."),
    "no facts": (removed("run.json"), "cannot read run/run.json"),
    "no tokenizer": (removed("source.tokenizer.json"), "cannot read run/source.tokenizer.json"),
    "cut weights": (cut("model.safetensors", 999), "run/model.safetensors is damaged"),
    "no bytes": (cut("model.safetensors", 0), "run/model.safetensors is damaged"),
    "lying header": (
        replaced("model.safetensors", b"\xff" * 8 + b"{}"),
        "run/model.safetensors is damaged",
    ),
    "pickled weights": (
        replaced("model.safetensors", b"\x80\x04\x95cos\nsystem\n."),
        "run/model.safetensors is damaged",
    ),
    "folder for weights": (turned_into_a_folder("model.safetensors"), "run has no model.safe"),
    "config no TOML": (replaced("config.toml", b"x"), "run/config.toml is not valid TOML"),
    "config newer": (
        changed("config.toml", "format = 1", "format = 2"),
        "run/config.toml has run format 2; this s2s reads up to 1. Install a newer",
    ),
    "config resized": (
        changed("config.toml", "embedding_size = 16", "embedding_size = 17"),
        "run/model.safetensors does not fit its configuration",
    ),
    "config out of range": (
        changed("config.toml", "beam = 5", "beam = 0"),
        "search.beam (run/config.toml): Input should be greater than or equal to 1",
    ),
    "facts no JSON": (replaced("run.json", b"{"), "cannot read run/run.json"),
    "facts a list": (replaced("run.json", b"[]"), "run/run.json is not a JSON object"),
    "facts a folder": (turned_into_a_folder("run.json"), "cannot read run/run.json"),
    "vocabulary empty": (replaced("target.vocabulary.json", b"{}"), "target.vocabulary.json"),
    "vocabulary cut": (cut("source.vocabulary.json", 30), "run/source.vocabulary.json: expected"),
    "vocabulary not UTF-8": (replaced("source.vocabulary.json", b"\xff"), "source.vocabulary.json"),
    "tokenizer unknown": (
        changed("source.tokenizer.json", '"space"', '"spice"'),
        "run/source.tokenizer.json",
    ),
    "nesting bomb": (replaced("target.tokenizer.json", b"[" * 200_000), "target.tokenizer.json"),
}


@pytest.mark.parametrize("case", CASES)
def test_damage_is_named(s2s: S2S, copy_run: Path, tmp_path: Path, case: str) -> None:
    damage, expected = CASES[case]
    shutil.copytree(copy_run, tmp_path / "run")
    damage(tmp_path / "run")
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    result = s2s("attend", "bada", "--run", "run", "--threads", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert expected in " ".join(result.stderr.split())
    assert {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("command", ["evaluate", "attend", "translate"])
def test_what_is_no_run(s2s: S2S, command: str) -> None:
    Path("file").write_text("x")
    Path("folder").mkdir()
    for name in ("file", "folder", "nowhere"):
        result = s2s(command, "--run", name, stdin="x\n")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{name} is not a run: it has no config.toml" in " ".join(result.stderr.split())


@pytest.mark.parametrize("dataset", [5, None, "../nowhere", "\x1b[31m", ["x"]])
def test_a_dataset_that_is_not_where_the_run_says(
    s2s: S2S, copy_run: Path, tmp_path: Path, dataset: object
) -> None:
    run = tmp_path / "run"
    shutil.copytree(copy_run, run)
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(sealed(facts | {"dataset": dataset})))
    result = s2s("evaluate", "run", "--threads", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Name it with --data" in " ".join(result.stderr.split())
    assert "\x1b" not in result.stderr
