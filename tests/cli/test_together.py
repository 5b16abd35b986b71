"""Commands by several processes: written once, resumed by others, killed, stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Together = Callable[..., list[dict[str, Any]]]
CLOCK = {"seconds", "seconds_left", "tokens_per_second"}
TINY = (
    *("--threads", "1", "--embedding-size", "8", "--encoder-size", "8", "--decoder-size", "16"),
    *("--attention-size", "8", "--batch-sentences", "32", "--dropout", "0.2", "--metric", "loss"),
    *("--attention", "bahdanau", "--device", "cpu", "--precision", "fp32"),
)


def command(size: int, folder: Path, *arguments: str | Path, stdin: Path | None = None) -> Any:
    """A job that runs `s2s ARGUMENTS` in a folder."""
    given = {} if stdin is None else {"stdin": str(stdin)}
    words = [str(argument) for argument in arguments]
    return {"size": size, "work": "command", "arguments": words, "folder": str(folder), **given}


def weights(run: Path) -> bytes:
    return (run / "model.safetensors").read_bytes()


def metrics_of(run: Path) -> list[dict[str, Any]]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    return [{key: value for key, value in line.items() if key not in CLOCK} for line in lines]


@pytest.fixture
def own_run(copy_run: Path, tmp_path: Path) -> Path:
    """A copy of the run of the copy task, beside its dataset."""
    shutil.copytree(copy_run, tmp_path / "run")
    return tmp_path / "run"


def test_lines_are_translated_aligned_and_scored_in_their_order(
    together: Together, copy_data: Path, own_run: Path, tmp_path: Path
) -> None:
    pairs = tmp_path / "pairs.tsv"
    lines = [" ".join(("bada", "gide", "moku", "lira")[: n % 5]) for n in range(23)]
    pairs.write_text("".join(f"{line}\t{line}\n" for line in lines), "utf-8")
    sources = tmp_path / "sources.txt"
    sources.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    calls: list[tuple[tuple[str | Path, ...], Path | None]] = [
        (("translate", "--run", own_run, "--n-best", "2"), sources),
        (("align", "-", "--run", own_run), pairs),
        (("evaluate", own_run, "--data", copy_data), None),
        (("evaluate", own_run, "--data", tmp_path / "nothing"), None),
    ]
    jobs = [
        command(size, tmp_path, *arguments, stdin=stdin)
        for arguments, stdin in calls
        for size in (1, 3)
    ]
    ended = together(*jobs)
    for alone, several in zip(ended[:6:2], ended[1:6:2], strict=True):
        assert (alone["codes"], several["codes"]) == ([0], [0, 0, 0]), several["err"]
        assert alone["out"][0]
        assert several["out"] == [alone["out"][0], "", ""]
        assert several["err"] == [alone["err"][0], "", ""]
    alone, several = ended[6:]
    assert several["codes"] == alone["codes"] * 3 == [2, 2, 2]
    assert several["err"] == [alone["err"][0], "", ""]


def test_a_run_goes_on_with_as_many_processes_or_with_others(
    together: Together, copy_data: Path, tmp_path: Path
) -> None:
    begin = ("train", copy_data, *TINY, "--run")
    go_on = ("train", "--resume", "--epochs", "2", "--run")
    whole, twice, again, resumed, alone = together(
        command(2, tmp_path, *begin, "whole", "--epochs", "2", "--json"),
        command(2, tmp_path, *begin, "twice", "--epochs", "1", "--quiet"),
        command(2, tmp_path, *begin, "twice", "--epochs", "1"),
        command(2, tmp_path, *go_on, "twice"),
        command(1, tmp_path, *begin, "alone", "--epochs", "1", "--quiet"),
    )
    assert whole["codes"] == twice["codes"] == resumed["codes"] == [0, 0], resumed["err"]
    assert json.loads(whole["out"][0])["reason"] == "epochs"
    assert ", 2 processes, about" in " ".join(whole["err"][0].split())
    assert (whole["out"][1], whole["err"][1]) == ("", "")
    assert twice["err"] == ["", ""]
    assert again["codes"] in ([2, 1], [2, 2])  # the other can ask the first, or it is gone
    assert again["err"] == [
        "error: twice exists already. Choose another --run, or use --force.\n",
        "",
    ]
    assert weights(tmp_path / "twice") == weights(tmp_path / "whole")
    assert metrics_of(tmp_path / "twice") == metrics_of(tmp_path / "whole")
    assert alone["codes"] == [0]
    (other,) = together(command(3, tmp_path, *go_on, "alone"))
    assert other["codes"] == [0, 0, 0], other["err"]
    assert "goes on with cpu fp32, 1 threads, 3 processes" in other["err"][0]
    assert metrics_of(tmp_path / "alone")[-1]["epoch"] == 2


def test_no_process_waits_for_ever_when_all_is_done(
    together: Together, copy_data: Path, tmp_path: Path
) -> None:
    train = ("train", copy_data, *TINY, "--epochs", "1", "--quiet", "--force", "--run", "run")
    ended = together(*[command(2, tmp_path, *train)] * 8)  # it was one in three that did
    assert [job["codes"] for job in ended] == [[0, 0]] * 8


def launched(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """A real `s2s ARGUMENTS --devices 2`, which heeds Ctrl-C."""
    heedful = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = heedful + "from seq2seq_cli.__main__ import main; main()"
    words = [sys.executable, "-c", code, *map(str, arguments), "--devices", "2"]
    return subprocess.Popen(words, stderr=subprocess.PIPE, cwd=folder, text=True)


def heard(process: subprocess.Popen[str], words: str) -> str:
    """What a process says until it has said some words."""
    assert process.stderr is not None
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
def test_a_killed_process_is_started_again_and_ctrl_c_ends_all(
    together: Together, copy_data: Path, tmp_path: Path
) -> None:
    options = (*TINY, "--epochs", "6", "--validate-every", "10")
    (whole,) = together(command(2, tmp_path, "train", copy_data, *options, "--run", "whole"))
    assert whole["codes"] == [0, 0]
    process = launched(tmp_path, "train", copy_data, *options, "--run", "killed")
    heard(process, "step 20 ")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    os.kill(int(children.split()[1]), signal.SIGKILL)
    said = heard(process, "step 70 ")
    assert "going on with killed at step" in said
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=300)
    assert process.returncode == 130, rest
    assert rest.count(": interrupted; best validation loss") == 1
    assert "Traceback" not in said + rest
    (resumed,) = together(command(2, tmp_path, "train", "--resume", "--run", "killed"))
    assert resumed["codes"] == [0, 0], resumed["err"]
    assert weights(tmp_path / "killed") == weights(tmp_path / "whole")
    assert metrics_of(tmp_path / "killed") == metrics_of(tmp_path / "whole")


def test_series_are_for_one_process(s2s: Callable[..., Any]) -> None:
    refused = s2s("train", "--seeds", "2", "--devices", "2")
    assert refused.exit_code == 2
    assert "--seeds trains runs one after another, each by one process." in refused.stderr
