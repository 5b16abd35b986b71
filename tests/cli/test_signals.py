"""Training stopped by signals in a real process, and gone on with."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from seq2seq_cli.cli.loading import loading

S2S = Callable[..., Result]
HEEDFUL = (
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from seq2seq_cli.__main__ import main; main()",
)
"""`s2s` that heeds Ctrl-C also where a shell started these tests in the background."""
CLOCK = {"seconds", "seconds_left", "tokens_per_second"}


@pytest.fixture(autouse=True)
def default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def metrics_of(run: Path) -> list[dict[str, object]]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    return [{key: value for key, value in line.items() if key not in CLOCK} for line in lines]


def train_until(run: Path, data: Path, options: list[str], words: str) -> subprocess.Popen[str]:
    """A real training whose standard error has said `words`."""
    command = [*HEEDFUL, "train", str(data), "--run", str(run), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_and_resumed_run_is_the_undisturbed_one(
    s2s: S2S,
    copy_data: Path,
    copy_run: Path,
    copy_options: list[str],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    run = tmp_path / "stopped"
    process = train_until(run, copy_data, copy_options, "(epoch 2, ")
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert ": interrupted; best validation BLEU" in said
    assert f"s2s train --resume --run {run}" in " ".join(said.split())
    assert len(metrics_of(run)) < len(metrics_of(copy_run))
    result = s2s("train", "--resume", "--run", run, "--json", "--quiet")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["reason"] == "epochs"
    for name in ("model.safetensors", "config.toml"):
        assert (run / name).read_bytes() == (copy_run / name).read_bytes()
    assert metrics_of(run) == metrics_of(copy_run)


def test_ctrl_c_waits_for_what_is_loading() -> None:
    loaded = False
    with pytest.raises(KeyboardInterrupt), loading():
        signal.raise_signal(signal.SIGINT)
        loaded = True
    assert loaded
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_loading_is_nothing_special() -> None:
    before = signal.getsignal(signal.SIGINT)
    with loading():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert signal.getsignal(signal.SIGINT) is before


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    s2s: S2S, copy_data: Path, copy_run: Path, copy_options: list[str], tmp_path: Path
) -> None:
    run = tmp_path / "killed"
    process = train_until(run, copy_data, copy_options, "(epoch 3, ")
    process.kill()
    process.communicate(timeout=60)
    assert s2s("train", "--resume", "--run", run, "--quiet").exit_code == 0
    expected = (copy_run / "model.safetensors").read_bytes()
    assert (run / "model.safetensors").read_bytes() == expected
    assert metrics_of(run) == metrics_of(copy_run)
