"""The same results whoever works, in order; faults in order too."""

import os
import signal
from collections.abc import Iterator

import pytest

from seq2seq_cli.batching.workers import workers
from seq2seq_cli.errors import InputError, WorkError


def multiplied(factor: int, number: int) -> int:
    if number == 13:
        raise InputError(f"{number} is unlucky")
    return factor * number


def killed(_: int, number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def numbers(last: int) -> Iterator[int]:
    yield from range(last)
    raise InputError("there is no more")


@pytest.mark.parametrize("count", [1, 2])
def test_results_come_in_order_and_so_do_faults(count: int) -> None:
    with workers(count, 3) as run:
        assert list(run(multiplied, range(10))) == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]
        found = run(multiplied, numbers(14))
        assert [next(found) for _ in range(13)][-1] == 36
        with pytest.raises(InputError, match="13 is unlucky"):
            next(found)
        with pytest.raises(InputError, match="there is no more"):
            list(run(multiplied, numbers(5)))


def test_a_killed_process_is_said() -> None:
    with workers(2, 0) as run, pytest.raises(WorkError, match=r"was killed.*--workers"):
        list(run(killed, range(20)))
