"""The processes that compute together: who takes part, and what they tell each other.

They are started by torchrun, or as it does it. What they tell is numbers and JSON: nothing is
pickled. Where there is one process all of it does nothing, so that what computes need not ask.
Knows nothing of what is computed.
"""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from uuid import uuid4

import numpy as np
import torch
from torch import nn

from seq2seq_cli.errors import WorkError

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

BUCKET_MEGABYTES = 4.0
"""Gradients that are reduced at a time, while the rest of the backward pass goes on. Of models of
some 30 MB, torch's own 25 would be ready with the last gradient alone."""
PATIENCE = timedelta(minutes=30)
UNNAMED = ("", "none")
"""What torchrun calls a job that was given no `--rdzv-id`."""
SECONDS_FOR_THE_FIRST = 1.0
"""What other processes wait for, so that the first says what is wrong with all of them."""
SECONDS_TO_MEET = 300.0
"""What processes that are started together may lie apart."""
_LOST = ("gloo", "NCCL", "by peer", "Broken pipe", "TCPStore", "store->get")
_PAUSE = 0.02
_LEFT: list[Any] = []
"""Groups that were left, for as long as Python runs. A replica has its group too, and would wait
for the group's thread without letting go of the interpreter, which that thread waits for."""
_MET, _ROUND, _AGREED, _ENDED, _SPEAKERS = (
    f"s2s/{name}" for name in ("met", "round", "agreed", "ended", "speakers")
)


class _Sliced(Protocol):
    def __getitem__(self, key: slice, /) -> Any: ...


Items = TypeVar("Items", bound=_Sliced)
Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One process of a job, by default the only one."""

    rank: int = 0
    """Which of the processes this is, counted from 0."""
    size: int = 1
    """How many there are."""
    local_rank: int | None = None
    """Which of those on this machine; None where there is no job."""
    local_size: int = 1
    """How many there are on this machine."""
    name: str | None = None
    """What the job is called, also when its processes are started again."""
    is_named: bool = False
    """Whether a person or a launcher gave it a name that no other job has."""
    restarts: int = 0
    """How often torchrun started its processes again, as far as this machine knows."""
    store: "Store | None" = None

    @property
    def is_alone(self) -> bool:
        """Whether there is no other process."""
        return self.size == 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and shows."""
        return self.rank == 0

    def part(self, items: Items) -> Items:
        """The share of this process: every `size`th item, so that of sorted ones all get alike."""
        return cast(Items, items[self.rank :: self.size])

    def sum(self, values: Sequence[float]) -> list[float]:
        """The sums of what all processes give, the same in each; in double precision."""
        if self.is_alone:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        torch.distributed.all_reduce(total)
        return cast(list[float], total.tolist())

    def share(self, value: Any, *, source: int = 0) -> Any:
        """What the process `source` gives, JSON values; what others give does not count."""
        if self.is_alone:
            return value
        data = json.dumps(value).encode() if self.rank == source else b""
        size = torch.tensor([len(data)])
        torch.distributed.broadcast(size, src=source)
        room = torch.empty(int(size), dtype=torch.uint8)
        if self.rank == source:
            room = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        torch.distributed.broadcast(room, src=source)
        return json.loads(room.numpy().tobytes())

    def spread(
        self, items: Sequence[Item], work: Callable[[Sequence[Item]], Sequence[Found]]
    ) -> list[Found]:
        """What `work` makes of some items, JSON values, one of each: all do their share of it.

        Every process gets all that was found, in the order of the items.
        """
        if self.is_alone:
            return list(work(items))
        own = list(work(self.part(items)))
        found: list[Any] = [None] * len(items)
        for rank in range(self.size):
            found[rank :: self.size] = self.share(own, source=rank)
        return found

    def stream(self, items: Iterator[Item]) -> Iterator[Item]:
        """What comes to the first process, one after another, as it comes; JSON values."""
        if self.is_alone:
            yield from items
            return
        while (shared := self.share(next(items, None) if self.is_first else None)) is not None:
            yield shared

    def seed(self, *numbers: int) -> None:
        """Let random numbers follow from some numbers and the rank; where alone, from what was."""
        if not self.is_alone:
            sequence = np.random.SeedSequence((*numbers, self.rank))
            torch.manual_seed(int(sequence.generate_state(1, np.uint64)[0]))

    def replicate(self, module: nn.Module) -> nn.Module:
        """The module with its gradients averaged over all processes, in buckets, as they come.

        Its weights become those of the first process.
        """
        if self.is_alone:
            return module
        from torch.nn.parallel import DistributedDataParallel

        return DistributedDataParallel(
            module,
            bucket_cap_mb=BUCKET_MEGABYTES,
            gradient_as_bucket_view=True,
        )

    def wait(self) -> None:
        """Go on when all processes are here."""
        self.sum([0.0])

    def leave(self) -> None:
        """Wait for the others, and end the connection to them."""
        if not self.is_alone:
            self.wait()
            _LEFT.append(torch.distributed.group.WORLD)
            torch.distributed.destroy_process_group()

    def end(self, code: int, say: Callable[[], None]) -> int:
        """End the job for good over an error, which one of its processes says.

        Args:
            code: the exit code that fits
            say: says what is wrong

        Returns:
            the exit code of the job
        """
        if self.store is None:
            say()
            return code
        with suppress(RuntimeError):  # who keeps what is said may be gone: then it was said
            if not self.is_first:
                self._wait_for_end(SECONDS_FOR_THE_FIRST)
            if self.store.add(_SPEAKERS, 1) == 1:
                say()
                self.store.set(_ENDED, str(code))
            else:
                self._wait_for_end(10 * SECONDS_FOR_THE_FIRST)
        ended = self.ended
        return code if ended is None else ended

    def _wait_for_end(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.ended is None and time.monotonic() < until:
            time.sleep(_PAUSE)

    @property
    def ended(self) -> int | None:
        """The exit code that a process ended the job with, also before it was started again."""
        if self.store is None:
            return None
        with suppress(RuntimeError):  # who kept what was said may be gone
            if self.store.check([_ENDED]):
                return int(self.store.get(_ENDED))
        return None


def is_lost(error: Exception) -> bool:
    """Whether an error says that another process is gone; much of that torch tells by words."""
    told = isinstance(error, RuntimeError) and any(words in str(error) for words in _LOST)
    return told or isinstance(error, getattr(torch.distributed, "DistError", ()))


def join(patience: timedelta = PATIENCE) -> Job:
    """Take part in the job that the environment of this process names, as torchrun does.

    Args:
        patience: how long a process waits for another that is there and says nothing
    """
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    store, rank, size = next(rendezvous("env://"))
    run_id = os.environ.get("TORCHELASTIC_RUN_ID", "")
    is_named = run_id not in UNNAMED
    job = Job(
        rank=rank,
        size=size,
        local_rank=int(os.environ.get("LOCAL_RANK", rank)),
        local_size=int(os.environ.get("LOCAL_WORLD_SIZE", size)),
        name=run_id if is_named else f"{socket.gethostname()}-{os.getppid()}",
        is_named=is_named,
        restarts=int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")),
        store=store,
    )
    if job.ended is None and size > 1:
        together = PrefixStore(_meet(store, rank, size), store)
        try:
            torch.distributed.init_process_group(
                _backend(), store=together, rank=rank, world_size=size, timeout=patience
            )
        except Exception as error:  # one that had joined may have ended the job already
            if not is_lost(error) or job.ended is None:
                raise
    return job


def _backend() -> str:
    """NCCL for what is on a GPU, gloo for the rest."""
    has_nccl = torch.cuda.is_available() and torch.distributed.is_nccl_available()
    return "cpu:gloo,cuda:nccl" if has_nccl else "gloo"


def _meet(store: "Store", rank: int, size: int) -> str:
    """A name that the processes of this start have in common, and those of none before.

    torchrun's store outlives the processes that it starts again, with all that they wrote. So each
    writes a word that only it can know, the first gives all words back, and who finds its own
    there knows that they are new.
    """
    word, until = uuid4().hex, time.monotonic() + SECONDS_TO_MEET
    store.set(f"{_MET}/{rank}", word)
    if rank:
        while time.monotonic() < until:
            words = store.get(_ROUND).decode().split() if store.check([_ROUND]) else []
            if word in words:
                store.add(f"{_AGREED}/{words[0]}", 1)
                return words[0]
            time.sleep(_PAUSE)
        raise _not_met()
    others = [f"{_MET}/{other}" for other in range(1, size)]
    while store.add(f"{_AGREED}/{word}", 0) < size - 1:
        if time.monotonic() > until:
            raise _not_met()
        if store.check(others):
            found = [store.get(other).decode() for other in others]
            store.set(_ROUND, " ".join([word, *found]))
        time.sleep(_PAUSE)
    return word


def _not_met() -> WorkError:
    return WorkError(
        f"not all processes of this job met within {SECONDS_TO_MEET:,.0f} seconds. If machines "
        "came or went: start torchrun with TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1, see "
        "docs/scaling.md. Else look whether one of them is stuck."
    )
