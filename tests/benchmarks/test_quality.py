"""Results of tasks: a small one typed to its end, and the page that is drawn of it."""

import json
from pathlib import Path

from benchmarks.quality import Shell, measure, plan
from benchmarks.quality_tasks import TASKS, Task
from benchmarks.results_page import render

SMALL = (
    *("--embedding-size", "8", "--encoder-size", "8", "--decoder-size", "16", "--epochs", "1"),
    *("--attention", "luong-dot", "--batch-sentences", "16", "--metric", "exact_match"),
)


def test_every_run_and_all_together_are_scored_once(tmp_path: Path) -> None:
    lines = [f"{word * n}\t{word} {n}\n" for word in ("ab", "ba", "cd") for n in range(1, 30)]
    (tmp_path / "words.tsv").write_text("".join(lines), "utf-8")
    task = Task(
        title="Small words",
        data="made for a test",
        prepare=("DATA/words.tsv", "--src-tokenizer", "char", "--tgt-tokenizer", "space"),
        train=SMALL,
        scores=("exact_match", "token_error_rate"),
        is_word_error_rate=True,
        published="nothing",
    )
    shell = Shell(folder=tmp_path / "work", data=tmp_path)
    for left in ("data", "seed1"):  # by a measurement that was interrupted
        (shell.folder / left).mkdir(parents=True)
    for name in ("prepare", "train-seed1"):
        (shell.folder / f"{name}.begun").touch()
    found = measure(task, [1, 2], beside=2, extra=[], shell=shell)
    assert [run["seed"] for run in found["runs"]] == [1, 2]
    part = render(task, found)
    assert "s2s prepare DATA/words.tsv" in part
    assert "s2s evaluate --run seed1 --run seed2 --ensemble --split test --confidence" in part
    assert ", 2 beside each other, a core each: " in part
    rows = [row.split(" | ") for row in part.splitlines() if row.startswith("| ")]
    assert rows[0][3:] == ["WER", "PER |"]
    assert [row[0] for row in rows[2:]] == [
        *("| 1", "| 2", "| mean of 2 (deviation)", "| ensemble of 2"),
    ]
    score = found["runs"][0]["scores"]["test"]["exact_match"]
    low, high = (100 - score["interval"][end] for end in ("high", "low"))
    assert rows[2][3] == f"{100 - score['score']:.1f} ({low:.1f} to {high:.1f})"
    again = measure(task, [1, 2], beside=2, extra=["--no-such-option"], shell=shell)
    assert json.dumps(again["runs"]) == json.dumps(found["runs"])  # what ended is not done again


def test_what_is_typed_names_each_seed_and_the_data() -> None:
    typed = plan(TASKS["g2p-korean"], [1, 2], 1, ["--epochs", "2"])
    assert typed.prepare[:2] == ["prepare", "DATA/sigmorphon2021/kor_train.tsv"]
    assert typed.trainings[2][-4:] == ["--run", "seed2", "--quiet", "--json"]
    assert typed.trainings[2][2:8] == ["--epochs", "2", "--threads", "1", "--seed", "2"]
    assert plan(TASKS["demo"], [3], 2, []).ensemble is None
