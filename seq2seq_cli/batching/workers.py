"""The same function on many pieces of work, here or in other processes, results in order.

Knows nothing of the work. What comes out does not depend on how many processes there are: a
function is given all it needs, and the order of results is that of the pieces.
"""

import multiprocessing
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from seq2seq_cli.errors import WorkError

_WAITING = 1
"""Pieces that wait beside those that are worked on: enough that no process does."""
_PRELOADED = "seq2seq_cli.batching.assembly"
_PARALLELISM = "TOKENIZERS_PARALLELISM"

Context = TypeVar("Context")
Piece = TypeVar("Piece")
Result = TypeVar("Result")


class Workers(ABC, Generic[Context]):
    """Those who work with one context."""

    @abstractmethod
    def __call__(
        self, function: Callable[[Context, Piece], Result], pieces: Iterable[Piece]
    ) -> Iterator[Result]:
        """The results of `function(context, piece)` for each piece, in order, as they are asked.

        Raises:
            WorkError: if a process was killed.
        """


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def workers(count: int, context: Context) -> Iterator[Workers[Context]]:
    """Workers for as long as the block runs.

    Args:
        count: processes beside this one; below 2 none, the work is done here.
        context: what every piece of work needs; it is sent to each process once.
    """
    if count < 2:
        yield _Here(context)
        return
    pool = ProcessPoolExecutor(
        count, mp_context=_processes(), initializer=_begin, initargs=(context,)
    )
    try:
        yield _There(pool, count + _WAITING)
    finally:
        pool.shutdown(cancel_futures=True)


class _Here(Workers[Context]):
    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(
        self, function: Callable[[Context, Piece], Result], pieces: Iterable[Piece]
    ) -> Iterator[Result]:
        return (function(self._context, piece) for piece in pieces)


class _There(Workers[Context]):
    def __init__(self, pool: ProcessPoolExecutor, most: int) -> None:
        self._pool, self._most = pool, most

    def __call__(
        self, function: Callable[[Context, Piece], Result], pieces: Iterable[Piece]
    ) -> Iterator[Result]:
        sent: deque[Future[Result]] = deque()
        rest, fault = iter(pieces), None
        while True:
            try:
                piece = next(rest)
            except StopIteration:
                break
            except Exception as error:  # a fault that comes earlier in the order counts
                fault = error
                break
            sent.append(self._send(function, piece))
            if len(sent) >= self._most:
                yield self._result(sent.popleft())
        while sent:
            yield self._result(sent.popleft())
        if fault:
            raise fault

    def _send(self, function: Callable[[Context, Piece], Result], piece: Piece) -> Future[Result]:
        with _said_if_killed():
            return self._pool.submit(_work, function, piece)

    def _result(self, future: Future[Result]) -> Result:
        with _said_if_killed():
            return future.result()


@contextmanager
def _said_if_killed() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise WorkError(
            "a process that was at work was killed, perhaps because memory ran out. Try fewer "
            "by --workers; the same command goes on with what is finished."
        ) from error


def _processes() -> Any:
    """How processes are started: afresh, never as a copy of this one with its threads and locks."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    return context


@contextmanager
def all_threads() -> Iterator[None]:
    """Let the tokenizers library use all cores in a worker, while the block runs."""
    if multiprocessing.parent_process() is None:
        yield
        return
    before = os.environ.pop(_PARALLELISM)
    try:
        yield
    finally:
        os.environ[_PARALLELISM] = before


_context: Any = None


def _begin(context: object) -> None:
    """What a process does first: Ctrl-C is its parent's, and with its parent it ends."""
    global _context  # noqa: PLW0603
    _context = context
    os.environ[_PARALLELISM] = "false"  # there is a process for each core already
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(function: Callable[[Any, Piece], Result], piece: Piece) -> Result:
    return function(_context, piece)
