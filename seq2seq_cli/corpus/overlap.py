"""How many held-out pairs the training lines contain: exact matches, by digest.

Knows nothing of splits but their names. Holds digests of the held-out side only, so its size does
not grow with the training lines.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class _HeldOut:
    sources: list[bytes] = field(default_factory=list)
    pairs: list[bytes] = field(default_factory=list)


class Overlap:
    """First told of every held-out pair, then of every training pair, then asked."""

    def __init__(self) -> None:
        self._splits: dict[str, _HeldOut] = {}
        self._found: dict[bytes, bool] = {}

    def hold_out(self, split: str, source: bytes, pair: bytes) -> None:
        """Note a held-out pair by the digests of its source and of the whole pair."""
        held_out = self._splits.setdefault(split, _HeldOut())
        held_out.sources.append(source)
        held_out.pairs.append(pair)
        self._found[source] = self._found[pair] = False

    def train(self, source: bytes, pair: bytes) -> None:
        """Note a training pair."""
        if source in self._found:
            self._found[source] = True
        if pair in self._found:
            self._found[pair] = True

    def counts(self, split: str) -> tuple[int, int]:
        """Pairs of `split` whose source is in train, and those in train as a whole."""
        held_out = self._splits.get(split, _HeldOut())
        return (
            sum(self._found[digest] for digest in held_out.sources),
            sum(self._found[digest] for digest in held_out.pairs),
        )
