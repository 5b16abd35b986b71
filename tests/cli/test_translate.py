"""`s2s translate`: a filter. One line out for each line in, whatever comes in."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

S2S = Callable[..., Result]
HEEDFUL = (
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from seq2seq_cli.__main__ import main; main()",
)
"""`s2s` that heeds Ctrl-C also where a shell started these tests in the background."""
LINES = ["bada gide", "", "   ", "moku zzz lira", "\t", "niro"]


@pytest.fixture
def translate(s2s: S2S, copy_run: Path) -> S2S:
    def run(*arguments: str, stdin: str | bytes = b"") -> Result:
        result = s2s("translate", "--run", copy_run, "--threads", "1", *arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result

    return run


def test_as_many_lines_out_as_in_and_blank_ones_stay_blank(translate: S2S) -> None:
    result = translate(stdin="\n".join(LINES))
    found = result.stdout.split("\n")
    assert len(found) == len(LINES) + 1
    assert found[0] == "bada gide"
    assert [not line for line in found[:-1]] == [not line.strip() for line in LINES]
    assert result.stderr == ""


def test_nothing_in_is_nothing_out(translate: S2S) -> None:
    assert translate().output == ""


def test_line_ends_of_windows_are_no_words(translate: S2S) -> None:
    assert translate(stdin="bada gide\r\nniro\r\n").stdout == "bada gide\nniro\n"


def test_lines_keep_their_order_whatever_their_length(translate: S2S) -> None:
    words = ["bada", "gide moku lira tane", "niro peka", "suto suto suto"] * 40
    assert len(set(translate(stdin="\n".join(words)).stdout.splitlines())) >= 4
    found = translate("--beam", "1", stdin="\n".join(words)).stdout.splitlines()
    alone = [translate("--beam", "1", stdin=line).stdout.strip() for line in words[:4]]
    assert found == alone * 40


def test_n_best_lines_name_their_line_rank_and_score(translate: S2S) -> None:
    rows = [
        row.split("\t")
        for row in translate("--n-best", "2", stdin="\n".join(LINES)).stdout.splitlines()
    ]
    assert [(row[0], row[1]) for row in rows] == [
        *(("1", "1"), ("1", "2"), ("4", "1"), ("4", "2"), ("6", "1"), ("6", "2"))
    ]
    assert rows[0][3] == "bada gide"
    assert float(rows[0][2]) > float(rows[1][2])


def test_json_is_one_object_for_each_line(translate: S2S) -> None:
    output = translate("--json", "--n-best", "2", stdin="\n".join(LINES)).stdout
    facts = [json.loads(line) for line in output.splitlines()]
    assert [fact["source"] for fact in facts] == LINES
    assert [len(fact["hypotheses"]) for fact in facts] == [2, 0, 0, 2, 0, 2]
    assert facts[0]["hypotheses"][0]["text"] == "bada gide"
    assert set(facts[0]["hypotheses"][0]) == {"text", "score"}


def test_bad_bytes_are_said_and_do_not_lose_a_line(translate: S2S) -> None:
    result = translate(stdin=b"bada\n\xff\xfe\nniro\n")
    assert result.stdout.splitlines()[::2] == ["bada", "niro"]
    assert len(result.stdout.splitlines()) == 3
    assert "standard input, line 2: not UTF-8" in result.stderr


@pytest.mark.parametrize(
    "line",
    ["\x1b[31mbada\x07", "[red]x[/red]", "\u202egide", "\x85a\u2028b\x0bc\x0c", "a\rb", "\0"],
)
def test_strange_lines_are_one_line(translate: S2S, line: str) -> None:
    assert translate(stdin=f"bada\n{line}\nniro\n").stdout.count("\n") == 3


def test_a_very_long_line_is_bounded(translate: S2S) -> None:
    found = translate("--beam", "1", stdin="bada " * 3_000 + "\nniro\n").stdout.splitlines()
    assert len(found) == 2
    assert found[1] == "niro"


def test_unknown_words_take_what_they_attended_to(s2s: S2S, copy_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(copy_run, run)
    path = run / "target.vocabulary.json"
    # A target word that the model produces becomes the unknown one.
    from seq2seq_cli.model.build import read_tensors, save_weights
    from seq2seq_cli.text.codec import Codec

    codec = Codec.load(run, "target")
    (word,) = codec.vocabulary.ids(["bada"])
    tensors = read_tensors(run / "model.safetensors")
    bias = tensors["output_bias"]
    bias[3], bias[word] = 50.0, -50.0
    save_weights(run / "model.safetensors", tensors)
    assert path.exists()
    arguments = ("translate", "--run", run, "--threads", "1", "--beam", "1")
    plain = s2s(*arguments, stdin="bada gide\n").stdout
    assert "<unk>" in plain
    replaced = s2s(*arguments, "--replace-unknown", stdin="bada gide\n").stdout
    assert "<unk>" not in replaced
    assert "</s>" not in replaced
    assert set(replaced.split()) <= {"bada", "gide"}


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(copy_run: Path) -> Iterator[Start]:
    """Start a real `s2s translate` between pipes."""
    started: list[subprocess.Popen[bytes]] = []

    def run() -> subprocess.Popen[bytes]:
        command = [*HEEDFUL, "translate", "--threads", "1"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen([*command, "--run", str(copy_run)], **pipes)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def test_lines_are_answered_at_once_and_ctrl_c_is_quiet(start: Start) -> None:
    process = start()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"bada gide\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"bada gide\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (130, b"", b"")


def test_a_reader_that_goes_away_ends_it_quietly(start: Start) -> None:
    process = start()
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(b"bada\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"bada\n"
    process.stdout.close()
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        try:
            process.stdin.write(b"gide\n")
            process.stdin.flush()
        except BrokenPipeError:
            break
        time.sleep(0.05)
    assert process.wait(30) == 0
    assert process.stderr.read() == b""


def test_an_endless_line_is_cut_and_that_is_said(
    s2s: Callable[..., Result], copy_run: Path
) -> None:
    one = ("--run", str(copy_run), "--threads", "1", "--beam", "1", "--max-length", "3")
    lines = f"bada gide\n{'moku ' * 50_000}\n{'x' * 11_000_000}\nlira\n"
    result = s2s("translate", *one, stdin=lines)
    first, second, _, last = result.stdout.splitlines()
    assert (first, last) == ("bada gide", "lira")
    assert second == "moku moku moku"
    assert "warning: standard input, line 2: more than 3 tokens; what comes after" in result.stderr
    shown = " ".join(s2s("attend", "moku " * 50, *one).stderr.split())
    assert shown.startswith("warning: the sentence: more than 3 tokens")
    aligned = s2s("align", "-", *one[:4], "--max-length", "3", stdin=f"{'moku ' * 9}\tmoku\n")
    assert "warning: pair 1: more than 3 tokens" in aligned.stderr
    assert aligned.stdout.count("\n") == 1
