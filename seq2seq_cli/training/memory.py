"""Whether the largest batch fits, found out before the first step.

A run fails in its first minute or, for want of memory, not at all. Trying draws no random number
and changes no weight. In a job of several processes each tries its share, and those on one machine
share its memory. Knows nothing of steps.
"""

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from seq2seq_cli.errors import InputError
from seq2seq_cli.machine import MemoryNeed, memory_limit, memory_used
from seq2seq_cli.training.gradients import Gradients
from seq2seq_cli.training.pairs import Indices
from seq2seq_cli.training.state import random_states, set_random_states

OPTIMIZER_COPIES = 2
"""Copies of the weights that Adam keeps."""
SAVING_COPIES = 2
"""Copies of the state that saving it makes for a moment."""


def try_largest_batch(gradients: Gradients, state_bytes: int) -> MemoryNeed:
    """Run the largest batch forwards and backwards, and leave everything as it was.

    On a CPU the need is estimated first, from small parts of the batch: there, a process that takes
    too much is killed without a word. On a GPU, what does not fit is halved, see `Gradients`. Then
    the whole batch goes through a job's reduction, so that what fails there fails now.

    Args:
        gradients: of the model
        state_bytes: of the weights and of their moving average, where there is one

    Raises:
        InputError: if a CPU has too little memory, saying what fits.
        WorkError: if a GPU has too little for a single pair.
    """
    before = random_states(gradients.device)
    try:
        if gradients.device.type != "cpu":
            return _on_device(gradients, state_bytes)
        with gradients.apart():
            need = _estimate(gradients, state_bytes)
        if need.limit is not None and need.needed > need.limit:
            raise _too_much(gradients, need)
        gradients.of(gradients.pairs.largest(), epoch=1)
        return need
    finally:
        gradients.model.zero_grad(set_to_none=True)
        set_random_states(before, gradients.device)


def _on_device(gradients: Gradients, state_bytes: int) -> MemoryNeed:
    if not gradients.job.is_alone:
        with gradients.apart():
            gradients.of(gradients.pairs.largest(), epoch=1)
    gradients.of(gradients.pairs.largest(), epoch=1)
    if gradients.device.type != "cuda":
        return MemoryNeed(needed=0, limit=None)
    most = torch.cuda.max_memory_allocated(gradients.device)
    limit = torch.cuda.get_device_properties(gradients.device).total_memory
    return MemoryNeed(needed=most + OPTIMIZER_COPIES * state_bytes, limit=limit)


def _estimate(gradients: Gradients, state_bytes: int) -> MemoryNeed:
    """What is there, what the optimizer and saving will add, and the line through two small parts.

    Both parts have the widest pair of the batch, so that they are as wide as the whole.
    """
    largest = gradients.pairs.largest()
    sizes = sorted({max(1, len(largest) // 8), max(1, len(largest) // 4)})
    peaks = [_peak(gradients, largest[:size]) for size in sizes]
    slope = (peaks[-1] - peaks[0]) / max(1, sizes[-1] - sizes[0])
    if len(sizes) == 1:
        slope = peaks[0] / sizes[0]
    batch = int(peaks[-1] + slope * (len(largest) - sizes[-1]))
    optimizer = OPTIMIZER_COPIES * state_bytes
    saving = SAVING_COPIES * (state_bytes + optimizer)
    limit = memory_limit()
    return MemoryNeed(
        needed=memory_used() + optimizer + max(batch, saving),
        limit=None if limit is None else limit // gradients.job.local_size,
    )


def _too_much(gradients: Gradients, need: MemoryNeed) -> InputError:
    assert need.limit is not None
    size = gradients.pairs.size
    option, now = "--batch-tokens", size.tokens
    if size.sentences:
        option, now = "--batch-sentences", size.sentences
    fits = max(1, int(now * need.limit / need.needed / 2))
    return InputError(
        f"training needs about {need.needed / 1e9:,.1f} GB of memory for its largest batch, and "
        f"there are {need.limit / 1e9:,.1f} GB. Make batches smaller: {option} {fits} (now {now})."
    )


def _peak(gradients: Gradients, indices: Indices) -> int:
    """The most bytes of tensors that a batch holds at a time, beside those that were there."""
    held = _Held()
    with held:
        gradients.of(indices, epoch=1)
    return held.most


class _Held(TorchDispatchMode):
    """Counts the bytes of the tensors that operations make, for as long as they live."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own
        self.now = self.most = 0
        self._sizes: dict[int, int] = {}

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(found):
            if isinstance(leaf, torch.Tensor):
                self._count(leaf.untyped_storage())
        return found

    def _count(self, storage: torch.UntypedStorage) -> None:
        if id(storage) not in self._sizes:
            self._sizes[id(storage)] = storage.nbytes()
            self.now += storage.nbytes()
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self._forget, id(storage))

    def _forget(self, key: int) -> None:
        self.now -= self._sizes.pop(key, 0)
