"""What a search asks of a model: the same of one network and of several that decode together.

Memory and state belong to the model: a search selects their rows and hands them back. Knows nothing
of what is in them.
"""

from typing import Any, Protocol

from torch import Tensor


class SearchStep(Protocol):
    """What one target token leads to."""

    @property
    def features(self) -> Tensor:
        """What `SearchModel.logits` makes scores of, (rows, features)."""

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


class SearchModel(Protocol):
    """Sources to memories, states to scores; in evaluation mode."""

    @property
    def decoder(self) -> SearchDecoder:
        """What reads the target."""

    def encode(self, source: Tensor, lengths: Tensor) -> Any:
        """The memory of sources, ids ending in `</s>`, (batch, source), of `lengths` (batch,)."""

    def logits(self, features: Tensor) -> Tensor:
        """Scores of all target tokens, not normalised, (..., vocab)."""

    def __call__(
        self, source: Tensor, lengths: Tensor, target: Tensor, target_lengths: Tensor, /
    ) -> Any:
        """Teacher-forced targets, as `model.decoder.Decoded`."""
