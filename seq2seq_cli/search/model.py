"""What a search asks of a model: the same of one network and of several that decode together.

Memory, state and steps belong to the model: a search selects the rows of memory and state, and
hands all of them back. Knows nothing of what is in them.
"""

from collections.abc import Callable
from typing import Any, Protocol

from torch import Tensor

from seq2seq_cli.model.packing import Packing
from seq2seq_cli.model.rounded import RoundedScores


class SearchStep(Protocol):
    """What one target token leads to."""

    @property
    def weights(self) -> Tensor:
        """Attention weights, (rows, source)"""

    @property
    def state(self) -> Any:
        """The state after it, with `memory` and `select` as `model.decoder.DecoderState` has."""


class SearchDecoder(Protocol):
    """Reads target tokens one by one."""

    def start(self, memory: Any) -> Any:
        """The state before the first token."""

    def step(self, token: Tensor, state: Any) -> SearchStep:
        """Read one token of each row, (rows,)."""


class ForcedTargets(Protocol):
    """What teacher-forced targets lead to, without their padding."""

    @property
    def weights(self) -> Tensor:
        """Attention weights, (tokens, source)"""

    @property
    def packing(self) -> Packing:
        """How the tokens stand in the padded batch."""


class SearchModel(Protocol):
    """Sources to memories, states to scores; in evaluation mode."""

    @property
    def decoder(self) -> SearchDecoder:
        """What reads the target."""

    @property
    def copies(self) -> bool:
        """Whether tokens may be copied from the source."""

    def encode(self, source: Tensor, lengths: Tensor) -> Any:
        """The memory of sources, ids ending in `</s>`, (batch, source), of `lengths` (batch,)."""

    def scores(self, found: Any, /) -> Tensor:
        """Scores of all target tokens, not normalised, (rows, vocab).

        `found` is a step, or what a whole target led to; the result is the caller's to change.
        """

    def scorer(self) -> Callable[[Any], Tensor | RoundedScores]:
        """What gives the scores of each step of a search, (rows, vocab), each for one use."""

    def copied(self, found: Any, /) -> Tensor | None:
        """The share that is copied of what a whole target led to, (tokens,); None: cannot be."""

    def __call__(
        self, source: Tensor, lengths: Tensor, target: Tensor, target_lengths: Tensor, /
    ) -> Any:
        """Teacher-forced targets, as `ForcedTargets`."""
