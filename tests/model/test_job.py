"""What the processes of a job tell each other; alone, it is nothing special."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch.distributed import HashStore
from typer import Exit

from seq2seq_cli.cli.job import GIVEN, joined
from seq2seq_cli.errors import WorkError
from seq2seq_cli.model import job as jobs
from seq2seq_cli.model.job import Job, is_lost

Together = Callable[..., list[dict[str, Any]]]


def test_alone_nothing_is_shared() -> None:
    job, module = Job(), torch.nn.Linear(2, 2)
    assert (job.is_alone, job.is_first, job.part([1, 2, 3])) == (True, True, [1, 2, 3])
    assert job.sum([0.1, 2.0]) == [0.1, 2.0]
    assert job.share("word") == "word"
    assert job.spread([1, 2], lambda part: [2 * one for one in part]) == [2, 4]
    assert list(job.stream(iter("ab"))) == ["a", "b"]
    assert job.replicate(module) is module
    before = torch.get_rng_state()
    job.seed(1, 2)
    assert torch.equal(torch.get_rng_state(), before)


def test_shares_are_disjoint_and_whole() -> None:
    items = list(range(7))
    parts = [Job(rank=rank, size=3).part(items) for rank in range(3)]
    assert parts == [[0, 3, 6], [1, 4], [2, 5]]


def test_seeds_differ_by_step_and_by_process() -> None:
    drawn = []
    for rank, step in ((0, 1), (1, 1), (0, 2), (0, 1)):
        Job(rank=rank, size=2).seed(7, step)
        drawn.append(float(torch.rand(1)))
    assert drawn[0] == drawn[3]
    assert len(set(drawn)) == 3


def test_three_processes_share_words_and_sums(together: Together) -> None:
    (ended,) = together({"size": 3, "work": "shared", "arguments": []})
    assert ended["codes"] == [0, 0, 0], ended["err"]
    found = [json.loads(said) for said in ended["out"]]
    assert found[0] == found[1] == found[2]
    spread, shared, (tenths, ranks), lines = found[0]
    assert spread == ["a0", "b1", "c2", "d0", "e1"]
    assert shared == {"rank": 0}
    assert (round(tenths, 12), ranks) == (0.3, 3.0)
    assert lines == [["one"], ["two", "\ud83d"]]


def test_an_error_is_said_once_and_ends_all(together: Together) -> None:
    ways = ("error", "system", "killed", "pipe")
    error, system, killed, pipe = together(
        *({"size": 3, "work": "failing", "arguments": [how]} for how in ways)
    )
    assert error["codes"] == [1, 1, 1]
    assert error["err"] == ["", "", "error: process 3 of 3: the disk is on fire.\n"]
    assert system["codes"] == [1, 1, 1]
    assert system["err"][2] == "error: process 3 of 3: No space left on device (a.txt).\n"
    assert (killed["codes"], killed["err"]) == ([1, 1, -9], ["", "", ""])
    assert (pipe["codes"], pipe["err"]) == ([0, 0, 0], ["", "", ""])


def test_connections_that_are_lost_are_told_from_other_errors() -> None:
    assert is_lost(RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer"))
    assert not is_lost(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_a_process_that_is_lost_while_others_join_ends_them_quietly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost(patience: object) -> Job:
        raise RuntimeError("Gloo connectFullMesh failed with [gloo/pair.cc:553] closed by peer")

    for name, value in zip(GIVEN, ("0", "2", "localhost", "1"), strict=True):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(jobs, "join", lost)
    monkeypatch.setattr("seq2seq_cli.cli.job._end_with_launcher", lambda: None)
    with pytest.raises(Exit) as end, joined():
        raise AssertionError("nobody has joined")
    assert end.value.exit_code == 1


def test_processes_that_are_started_again_do_not_take_old_words_for_new() -> None:
    store, names = HashStore(), []
    with ThreadPoolExecutor(3) as threads:
        for _ in range(5):  # each time the store has all that was written before
            meetings = [threads.submit(jobs._meet, store, rank, 3) for rank in (2, 1, 0)]
            found = {meeting.result(timeout=60) for meeting in meetings}
            assert len(found) == 1
            names += found
    assert len(set(names)) == 5


@pytest.mark.parametrize("rank", [0, 1])
def test_processes_that_do_not_meet_give_up(monkeypatch: pytest.MonkeyPatch, rank: int) -> None:
    monkeypatch.setattr(jobs, "SECONDS_TO_MEET", 0.1)
    with pytest.raises(WorkError, match="start torchrun with TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1"):
        jobs._meet(HashStore(), rank, 2)
