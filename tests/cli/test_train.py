"""`s2s train`: what it makes, what it says, what it refuses."""

import errno
import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seq2seq_cli.holding import hold
from seq2seq_cli.leftovers import own_mark
from seq2seq_cli.training import gradients
from seq2seq_cli.training.checkpoint import list_checkpoints, newest_checkpoint

S2S = Callable[..., Result]
TINY = (
    *("--threads", "1", "--embedding-size", "4", "--encoder-size", "4", "--decoder-size", "8"),
    *("--attention-size", "4", "--batch-sentences", "256", "--epochs", "1", "--metric", "loss"),
)
"""A run of a few steps that learns nothing."""
RUN_FILES = {
    *("config.toml", "run.json", "model.safetensors", "metrics.jsonl", "train.log", "checkpoints"),
    *(
        f"{side}.{kind}.json"
        for side in ("source", "target")
        for kind in ("tokenizer", "vocabulary")
    ),
}


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stderr


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def trained(s2s: S2S, copy_data: Path) -> Path:
    """A tiny run in the current folder."""
    done(s2s("train", copy_data, "--run", "tiny", *TINY))
    return Path("tiny").resolve()


def test_the_copy_task_is_learned(s2s: S2S, copy_run: Path, copy_data: Path) -> None:
    shutil.copytree(copy_run, "run")
    result = s2s("evaluate", "run", "--data", copy_data, "--json", "--threads", "1")
    assert json.loads(result.stdout)["test"]["exact_match"]["score"] > 90


def test_a_run_is_complete_and_describes_itself(s2s: S2S, copy_data: Path) -> None:
    said = done(s2s("train", copy_data, *TINY))
    run = Path("s2s-runs/copy")
    assert {path.name for path in run.iterdir()} == RUN_FILES
    facts = json.loads((run / "run.json").read_text())
    assert (run / facts["dataset"]).resolve() == copy_data.resolve()
    assert {"s2s", "python", "torch", "dataset_sha256"} <= facts.keys()
    assert f"training {run}: " in said
    assert "s2s evaluate --run s2s-runs/copy" in said
    assert 's2s attend --run s2s-runs/copy "..."' in said


def test_standard_output_is_for_data_alone(s2s: S2S, copy_data: Path) -> None:
    result = s2s("train", copy_data, *TINY)
    assert result.stdout == ""
    result = s2s("train", copy_data, *TINY, "--json", "--quiet")
    assert result.stderr == ""
    outcome = json.loads(result.stdout)
    assert outcome["run"] == "s2s-runs/copy-2"
    assert (outcome["reason"], outcome["metric"]) == ("epochs", "loss")
    assert outcome["best_step"] == outcome["steps"] > 0
    assert 0 < outcome["best_score"] < 5


def test_names_that_are_taken_are_left_alone(s2s: S2S, copy_data: Path) -> None:
    for _ in range(3):
        done(s2s("train", copy_data, *TINY))
    assert sorted(path.name for path in Path("s2s-runs").iterdir()) == ["copy", "copy-2", "copy-3"]


def test_an_existing_run_is_replaced_only_by_force(
    s2s: S2S, copy_data: Path, trained: Path
) -> None:
    result = s2s("train", copy_data, "--run", "tiny", *TINY)
    assert result.exit_code == 2
    assert "tiny exists already. Choose another --run, or use --force." in flat(result.stderr)
    (trained / "evaluation").mkdir()
    done(s2s("train", copy_data, "--run", "tiny", *TINY, "--force", "--seed", "2"))
    assert {path.name for path in trained.iterdir()} == RUN_FILES
    assert sorted(path.name for path in Path().iterdir()) == ["tiny"]


def test_force_never_replaces_what_is_no_run(s2s: S2S, copy_data: Path) -> None:
    Path("photos").mkdir()
    Path("photos/cat").write_text("meow")
    Path("file").write_text("x")
    for name in ("photos", "file"):
        result = s2s("train", copy_data, "--run", name, "--force", *TINY)
        assert result.exit_code == 2
        assert f"--force replaces runs only, and {name} is none" in flat(result.stderr)
    assert Path("photos/cat").read_text() == "meow"
    Path("empty").mkdir()
    done(s2s("train", copy_data, "--run", "empty", "--force", *TINY))


def test_the_last_dataset_is_used_and_named(s2s: S2S, copy_data: Path) -> None:
    shutil.copytree(copy_data, "s2s-data/mine")
    said = done(s2s("train", *TINY))
    assert said.startswith("dataset s2s-data/mine, the last one prepared here\n")
    assert "dataset" not in done(s2s("train", "s2s-data/mine", *TINY)).split("training")[0]


def test_without_a_dataset_the_built_in_corpus_is_prepared_and_that_is_said(
    s2s: S2S, copy_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seq2seq_cli.batching.prepare.prepare_builtin", lambda: copy_data)
    said = done(s2s("train", *TINY))
    assert "no dataset is prepared here: preparing the built-in corpus" in said.splitlines()[0]
    assert s2s("train", *TINY, "--quiet").output == ""


def test_options_win_over_config_over_preset_over_defaults(s2s: S2S, copy_data: Path) -> None:
    Path("my.toml").write_text(
        "[training]\npatience = 3\nclip_norm = 0.5\nepochs = 9\n[search]\nbeam = 2\n"
    )
    options = ("--preset", "g2p", "--config", "my.toml", "--patience", "4", "--attention", "none")
    done(s2s("train", copy_data, "--run", "r", *TINY, *options))
    data = tomllib.loads(Path("r/config.toml").read_text())
    found, origins = data["training"], data["origins"]
    assert (found["patience"], origins["training.patience"]) == (4, "option")
    assert (found["epochs"], origins["training.epochs"]) == (1, "option")
    assert (found["clip_norm"], origins["training.clip_norm"]) == (0.5, "my.toml")
    assert (data["search"]["beam"], origins["search.beam"]) == (2, "my.toml")
    assert (found["schedule"], origins["training.schedule"]) == ("plateau", "preset g2p")
    assert (data["model"]["attention"], origins["model.attention"]) == ("none", "option")
    assert (found["weight_decay"], "training.weight_decay" in origins) == (0.0, False)


def test_the_suggested_preset_is_used_and_said_to_be(s2s: S2S, trained: Path) -> None:
    data = tomllib.loads((trained / "config.toml").read_text())
    assert data["origins"]["training.schedule"].endswith(", suggested by the dataset")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--dropout", "1.5"], "error: --dropout: Input should be less than 1, found 1.5."),
        (["--epochs", "0"], "error: --epochs: Input should be greater than or equal to 1"),
        (["--max-minutes", "-1"], "error: --max-minutes: Input should be greater than or equal"),
        (["--learning-rate", "nan"], "error: --learning-rate: "),
        (
            ["--preset", "tiny"],
            "error: --preset 'tiny' is not known. Choose one of: demo, g2p, inf",
        ),
        (["--config", "no.toml"], "error: cannot read the configuration no.toml: No such file"),
        (["--config", "bad.toml"], "unknown setting 'epoch' in [training]. Did you mean 'epochs'?"),
        (["--device", "cuda"], "error: --device cuda: there is none here."),
        (["--attention", "luong-dot", "--decoder-size", "9"], "Set --decoder-size 8, or choose"),
        (["--run", "bad.toml/run"], "error: cannot make a folder in bad.toml: "),
    ],
)
def test_refusals_leave_nothing(
    s2s: S2S, copy_data: Path, options: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    Path("bad.toml").write_text("[training]\nepoch = 3\n")
    result = s2s("train", copy_data, *TINY, *options)
    assert result.exit_code == (1 if "--run" in options else 2)
    assert result.stdout == ""
    assert expected in flat(result.stderr)
    assert result.stderr.startswith("error: ")
    assert [path.name for path in Path().iterdir()] == ["bad.toml"]


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [("nowhere", "nowhere does not exist"), ("file", "file is a file"), (".", "no manifest.json")],
)
def test_what_is_no_dataset_is_refused(s2s: S2S, dataset: str, expected: str) -> None:
    Path("file").write_text("x")
    result = s2s("train", dataset, *TINY)
    assert result.exit_code == 2
    assert expected in flat(result.stderr)
    assert [path.name for path in Path().iterdir()] == ["file"]


def test_train_log_has_the_plain_lines_with_their_time(trained: Path) -> None:
    lines = (trained / "train.log").read_text("utf-8").splitlines()
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d  "
    assert all(re.match(moment, line) for line in lines)
    words = [re.sub(moment, "", line, count=1) for line in lines]
    assert words[0].startswith("training tiny: ")
    assert "validation loss" in words[1]
    assert words[-1].startswith("training ended after ")


def test_metrics_hold_the_validations(trained: Path) -> None:
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert [(line["event"], line["metric"]) for line in lines] == [("validation", "loss")]


def test_resume_goes_on_to_more_epochs(s2s: S2S, trained: Path) -> None:
    said = done(s2s("train", "--resume", "--run", "tiny", "--epochs", "2"))
    assert "going on with tiny at step" in said
    data = tomllib.loads((trained / "config.toml").read_text())
    assert (data["training"]["epochs"], data["origins"]["training.epochs"]) == (2, "option")
    assert len((trained / "metrics.jsonl").read_text().splitlines()) == 2
    assert (trained / "train.log").read_text().count("training ended") == 2


def test_resume_takes_the_last_run(s2s: S2S, copy_data: Path) -> None:
    done(s2s("train", copy_data, *TINY))
    assert "going on with s2s-runs/copy at step" in done(s2s("train", "--resume", "--epochs", "2"))


def test_a_finished_run_says_what_gives_it_more(s2s: S2S, trained: Path) -> None:
    said = done(s2s("train", "--resume", "--run", trained))
    assert "nothing was left to do: give more --epochs" in said


def test_resume_refuses_other_settings_by_name(s2s: S2S, trained: Path) -> None:
    before = (trained / "config.toml").read_bytes()
    result = s2s("train", "--resume", "--run", trained, "--dropout", "0", "--preset", "mt")
    assert result.exit_code == 2
    expected = "--dropout 0.0 (the run has 0.3), --preset cannot change when a run is resumed."
    assert expected in flat(result.stderr)
    assert (trained / "config.toml").read_bytes() == before


def test_resume_takes_settings_that_are_the_runs_own(s2s: S2S, trained: Path) -> None:
    same = ("--dropout", "0.3", "--batch-sentences", "256")
    assert "going on with" in done(s2s("train", "--resume", "--run", trained, *same))


def test_more_epochs_go_on_after_the_end_and_after_early_stopping(s2s: S2S, trained: Path) -> None:
    resume = ("train", "--resume", "--run", trained)
    result = s2s(*resume, "--more-epochs", "2", "--quiet", "--json")
    assert json.loads(result.stdout)["reason"] == "epochs"
    assert newest_checkpoint(trained).progress.epoch == 3
    config = trained / "config.toml"
    config.write_text(config.read_text().replace("learning_rate = ", "learning_rate = 1e-9 # "))
    result = s2s(*resume, "--more-epochs", "9", "--patience", "1", "--quiet", "--json")
    assert json.loads(result.stdout)["reason"] == "early-stopping"
    stopped = newest_checkpoint(trained).progress.epoch
    s2s(*resume, "--more-epochs", "1", "--patience", "5", "--quiet")
    assert newest_checkpoint(trained).progress.epoch == stopped + 1
    result = s2s("train", "--more-epochs", "2")
    assert result.exit_code == 2
    assert "--more-epochs goes with --resume" in flat(result.stderr)


def test_a_run_can_be_resumed_from_its_first_moment(
    s2s: S2S, copy_data: Path, trained: Path
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise SystemExit(137)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seq2seq_cli.training.trainer.Trainer.events", killed)
        assert s2s("train", copy_data, "--run", "first", *TINY).exit_code == 137
    done(s2s("train", "--resume", "--run", "first"))
    for name in ("model.safetensors", "config.toml"):
        assert Path("first", name).read_bytes() == (trained / name).read_bytes()


def test_other_threads_are_said_to_make_a_difference(s2s: S2S, trained: Path) -> None:
    said = flat(done(s2s("train", "--resume", "--run", trained, "--threads", "2")))
    assert "note: the run computed with cpu " in said
    assert "but not to the last bit" in said
    said = done(s2s("train", "--resume", "--run", trained, "--epochs", "2"))
    assert "to the last bit" not in said
    assert "note: the schedule linear depends on the number of epochs" in flat(said)


def test_a_run_that_is_being_trained_is_left_alone(
    s2s: S2S, copy_data: Path, trained: Path
) -> None:
    with hold(trained):
        for call in (("--resume", "--epochs", "2"), (str(copy_data), *TINY, "--force")):
            result = s2s("train", "--run", "tiny", *call)
            assert result.exit_code == 1
            assert f"is being written by process {os.getpid()} on " in flat(result.stderr)
        assert s2s("translate", "--run", trained, stdin="bada\n").exit_code == 0
    done(s2s("train", "--resume", "--run", "tiny", "--epochs", "2"))


def test_leftovers_of_a_killed_replacement_are_undone(s2s: S2S, trained: Path) -> None:
    dead = re.sub(r"\d+$", "4194303", own_mark())  # above what Linux gives out
    trained.rename(trained.with_name(f".tiny{dead}-abc.old"))
    (trained.parent / f".tiny{dead}-abc").mkdir()
    (trained.parent / f".tiny{dead}-abc.old" / f"metrics.jsonl{dead}").write_text("x")
    done(s2s("train", "--resume", "--run", "tiny"))
    assert not [path for path in trained.parent.rglob("*") if ".partial-" in path.name]


def test_bad_numbers_end_with_an_explanation(
    s2s: S2S, copy_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gradients.batch_loss

    def bad(*arguments: object, **options: object) -> tuple[object, ...]:
        smoothed, plain = whole(*arguments, **options)  # type: ignore[arg-type]
        return smoothed * float("nan"), plain

    monkeypatch.setattr(gradients, "batch_loss", bad)
    options = ("--run", "bad", *TINY, "--max-bad-steps", "1")
    result = s2s("train", copy_data, *options)
    assert result.exit_code == 1
    said = flat(result.stderr)
    assert said.count("was left out, as its loss is not a finite number") == 2
    assert "error: the loss or the gradient was not a finite number in 2 steps." in said
    assert "s2s train --resume --run bad --max-bad-steps 4" in said
    assert len(Path("bad/metrics.jsonl").read_text().splitlines()) == 2


def test_resume_refuses_another_dataset(s2s: S2S, trained: Path) -> None:
    Path("other.tsv").write_text("".join(f"a {n}\tb {n}\n" for n in range(300)))
    done(s2s("prepare", "other.tsv", "--out", "other"))
    result = s2s("train", "other", "--resume", "--run", trained)
    assert result.exit_code == 2
    assert "other is not the dataset that" in flat(result.stderr)


def test_resume_finds_a_dataset_that_moved(s2s: S2S, copy_data: Path) -> None:
    shutil.copytree(copy_data, "here")
    done(s2s("train", "here", "--run", "tiny", *TINY))
    Path("here").rename("there")
    result = s2s("train", "--resume", "--run", "tiny", "--epochs", "2")
    assert result.exit_code == 2
    assert "Name it: s2s train DATASET --resume --run RUN." in flat(result.stderr)
    done(s2s("train", "there", "--resume", "--run", "tiny", "--epochs", "2"))


def test_resume_without_a_checkpoint(s2s: S2S, trained: Path) -> None:
    shutil.rmtree(trained / "checkpoints")
    result = s2s("train", "--resume", "--run", "tiny")
    assert result.exit_code == 2
    assert "tiny has no checkpoint. There is nothing to resume" in flat(result.stderr)


def test_resume_without_a_run(s2s: S2S) -> None:
    result = s2s("train", "--resume")
    assert result.exit_code == 2
    assert "there is no run in ./s2s-runs. Train one with `s2s train`" in flat(result.stderr)


def test_resume_names_a_damaged_checkpoint_and_uses_the_one_before(s2s: S2S, trained: Path) -> None:
    done(s2s("train", "--resume", "--run", "tiny", "--epochs", "2"))
    before, newest = list_checkpoints(trained)
    (newest / "state.safetensors").write_bytes(b"x" * 99)
    said = flat(done(s2s("train", "--resume", "--run", "tiny", "--epochs", "3")))
    assert f"warning: the checkpoint tiny/checkpoints/{newest.name} is damaged" in said
    assert "The checkpoint before it is used." in said
    assert f"going on with tiny at step {int(before.name[5:])}:" in said


def full_disk_after(monkeypatch: pytest.MonkeyPatch, syncs: int) -> None:
    """Let `syncs` flushes succeed, then have no space left."""
    left = iter(range(syncs))
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def test_a_full_disk_at_the_start_leaves_nothing(
    s2s: S2S, copy_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk_after(monkeypatch, 3)
    result = s2s("train", copy_data, "--run", "tiny", *TINY)
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert list(Path().iterdir()) == []


def test_a_full_disk_later_keeps_the_run_and_says_how_to_go_on(s2s: S2S, trained: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        full_disk_after(patch, 30)
        result = s2s("train", "--resume", "--run", "tiny", "--epochs", "50")
    assert result.exit_code == 1
    assert "No space left on device" in flat(result.stderr)
    assert "Then go on with: s2s train --resume --run tiny" in flat(result.stderr)
    assert newest_checkpoint(trained).passed_over == ()
    assert not [path for path in trained.rglob("*") if ".partial-" in path.name]
    assert "going on with tiny" in done(s2s("train", "--resume", "--run", "tiny"))


def test_hostile_names_are_shown_harmlessly(s2s: S2S, copy_data: Path) -> None:
    result = s2s("train", copy_data, "--run", "a\x1b[31m[red]b", *TINY)
    assert "\x1b" not in result.stderr
    assert "a␛[31m[red]b" in flat(result.stderr)
