"""Batches that are worked on side by side, each in a thread of its own.

The products of one step of a search are small: two threads that share each of them wait for one
another more than they compute, while two batches have nothing to wait for. Knows nothing of what is
done with a batch.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Part = TypeVar("Part")
Result = TypeVar("Result")

MOST_BESIDE = 4
"""Python itself runs in one thread at a time, about a tenth of a search."""


def side_by_side(
    work: Callable[[Part], Result], parts: Sequence[Part], device: torch.device
) -> Iterator[Result]:
    """What `work` makes of each part, in their order.

    On a CPU with several computing threads several parts are worked on at a time, and the threads
    are divided among them. `work` must enter by itself what counts for one thread only, such as
    autocast.
    """
    threads = torch.get_num_threads() if device.type == "cpu" else 1
    beside = min(threads, len(parts), MOST_BESIDE)
    if beside < 2:
        yield from map(work, parts)
        return
    own = threads // beside
    pool = ThreadPoolExecutor(beside, initializer=torch.set_num_threads, initargs=(own,))
    try:
        yield from pool.map(work, parts)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # parts of this setting are those of the whole process
