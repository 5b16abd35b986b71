"""Checkpoints: whole, checked, few."""

import errno
import json
import os
import re
from pathlib import Path

import pytest
import torch

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.training import checkpoint
from seq2seq_cli.training.checkpoint import (
    Progress,
    check_fit,
    list_checkpoints,
    newest_checkpoint,
    pack_optimizer,
    read_checkpoint,
    unpack_optimizer,
    write_checkpoint,
)
from seq2seq_cli.training.sums import Recent

TENSORS = {"model.a": torch.arange(6.0).reshape(2, 3), "random.cpu": torch.get_rng_state()}


def write(run: Path, *steps: int) -> list[Path]:
    return [write_checkpoint(run, Progress(step=step), TENSORS) for step in steps]


def names(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints").iterdir())


def test_round_trip(tmp_path: Path) -> None:
    progress = Progress(
        step=7,
        epoch=2,
        window=4,
        batch=3,
        batches_before=9,
        seconds=1.5,
        best_score=0.1 + 0.2,
        best_step=5,
        stale=2,
    )
    progress.recent = Recent(smoothed=1.25, plain=1.0, tokens=40, seconds=0.5)
    path = write_checkpoint(tmp_path, progress, TENSORS)
    found, tensors = read_checkpoint(path)
    assert found == progress
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)


def test_checkpoints_of_before_there_were_windows_are_read(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path, Progress(step=7, epoch=2, batch=3), TENSORS)
    state = json.loads((path / "state.json").read_text())
    of_before = {key: state[key] for key in state if key not in ("window", "batches_before")}
    del of_before["format"], of_before["sha256"]
    digest = checkpoint._digest((path / "state.safetensors").read_bytes(), of_before)
    (path / "state.json").write_text(json.dumps({"format": 1, "sha256": digest, **of_before}))
    assert read_checkpoint(path)[0] == Progress(step=7, epoch=2, window=0, batch=3)


def test_only_the_newest_two_are_kept(tmp_path: Path) -> None:
    write(tmp_path, 5, 9, 100)
    assert names(tmp_path) == ["step-00000009", "step-00000100"]


def test_order_is_by_step_however_long_it_is(tmp_path: Path) -> None:
    write(tmp_path, 99_999_999, 100_000_000, 100_000_001)
    assert newest_checkpoint(tmp_path).progress.step == 100_000_001


def test_writing_a_step_again_replaces_it(tmp_path: Path) -> None:
    write(tmp_path, 5, 5)
    assert names(tmp_path) == ["step-00000005"]


def test_a_full_disk_leaves_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 5, 9)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkError, match="No space left on device"):
        write(tmp_path, 12)
    monkeypatch.undo()
    assert names(tmp_path) == ["step-00000005", "step-00000009"]
    assert newest_checkpoint(tmp_path).progress.step == 9


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("place", [0, 8, -1])
def test_one_flipped_bit_in_the_tensors_is_found(tmp_path: Path, place: int) -> None:
    old, new = write(tmp_path, 5, 9)
    flip(new / "state.safetensors", place)
    with pytest.raises(InputError, match="its checksum does not fit"):
        read_checkpoint(new)
    found = newest_checkpoint(tmp_path)
    assert (found.path, found.progress.step) == (old, 5)
    assert found.passed_over == (f"the checkpoint {new} is damaged: its checksum does not fit.",)


def test_any_flipped_bit_in_the_counters_is_found(tmp_path: Path) -> None:
    _, new = write(tmp_path, 5, 9)
    path = new / "state.json"
    whole = path.read_bytes()
    blanks = {place for place, byte in enumerate(whole) if byte in b" \n"}
    for place in set(range(len(whole))) - blanks:
        flip(path, place)
        with pytest.raises(InputError, match=re.escape(str(new))):
            read_checkpoint(new)
        path.write_bytes(whole)
    assert read_checkpoint(new)[0].step == 9


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 2}', b"\xff", b"[" * 99_999])
def test_counters_that_are_none(tmp_path: Path, content: bytes) -> None:
    old, new = write(tmp_path, 5, 9)
    (new / "state.json").write_bytes(content)
    found = newest_checkpoint(tmp_path)
    assert found.path == old
    assert str(new) in found.passed_over[0]


def test_missing_files_are_damage(tmp_path: Path) -> None:
    for path, name in zip(write(tmp_path, 5, 9), ("state.json", "state.safetensors"), strict=True):
        (path / name).unlink()
    with pytest.raises(InputError, match=r"step-00000009 is damaged.*step-00000005 is damaged"):
        newest_checkpoint(tmp_path)


def test_no_checkpoint_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no checkpoint\. There is nothing to resume"):
        newest_checkpoint(tmp_path)
    assert list_checkpoints(tmp_path) == []


def test_unfinished_folders_are_no_checkpoints(tmp_path: Path) -> None:
    write(tmp_path, 5)
    for name in (".step-00000009.partial-x", "step-00000009.partial-x", "step-", "step-a"):
        (tmp_path / "checkpoints" / name).mkdir()
    assert newest_checkpoint(tmp_path).progress.step == 5


def test_numbers_of_the_wrong_kind_are_refused_even_with_a_checksum(tmp_path: Path) -> None:
    progress = Progress(step=5)
    progress.epoch = "one"  # type: ignore[assignment]  # that it is wrong is the point
    path = write_checkpoint(tmp_path, progress, TENSORS)
    assert json.loads((path / "state.json").read_text())["epoch"] == "one"
    with pytest.raises(InputError, match="is not a checkpoint that this s2s reads"):
        read_checkpoint(path)


def test_tensors_that_do_not_fit_are_named() -> None:
    wanted = {"model.a": torch.zeros(2, 3)}
    check_fit({"model.a": torch.ones(2, 3), "more": torch.ones(1)}, wanted, Path("c"))
    with pytest.raises(InputError, match=r"c has no 'model\.a'"):
        check_fit({}, wanted, Path("c"))
    with pytest.raises(InputError, match=r"c has another shape of 'model\.a'"):
        check_fit({"model.a": torch.ones(3, 2)}, wanted, Path("c"))


def test_an_optimizer_goes_on_as_if_never_stopped() -> None:
    def step(weight: torch.nn.Parameter, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()

    weights = [torch.nn.Parameter(torch.tensor([1.0, -2.0])) for _ in range(2)]
    optimizers = [torch.optim.Adam([weight], lr=0.1, fused=True) for weight in weights]
    for _ in range(3):
        step(weights[0], optimizers[0])
    weights[1].data.copy_(weights[0].data)
    packed = {name: value.clone() for name, value in pack_optimizer(optimizers[0]).items()}
    unpack_optimizer(optimizers[1], packed)
    for weight, optimizer in zip(weights, optimizers, strict=True):
        step(weight, optimizer)
    assert torch.equal(weights[0], weights[1])
