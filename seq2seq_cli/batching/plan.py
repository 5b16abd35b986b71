"""All that is decided before a dataset is made.

Knows nothing of how it is made.
"""

from dataclasses import dataclass

from seq2seq_cli.batching.choice import Choice
from seq2seq_cli.batching.encoded import Form
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.batching.shuffling import SLICES_OF_SHARD, Shuffle
from seq2seq_cli.batching.survey import Survey
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.sources import InputFile, PairSource
from seq2seq_cli.corpus.splitting import TRAIN, VALID, HashSplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is decided before the folder is filled.

    Attributes:
        inputs: the files behind the corpus.
        shard_pairs: most pairs of a training split that is not in shards.
        processes: how many work on it; 1: this one alone.
        size: about how many bytes it takes, with the work folder.
    """

    corpus: Corpus
    inputs: tuple[InputFile, ...]
    settings: PrepareSettings
    shares: HashSplit
    survey: Survey
    choice: Choice
    shard_pairs: int
    processes: int
    size: int

    @property
    def shuffle(self) -> Shuffle:
        """How training pairs are shuffled: not at all where one shard has room for them."""
        candidates = self.survey.candidates
        shards = -(-candidates // self.shard_pairs) if candidates > self.shard_pairs else 0
        return Shuffle(self.settings.seed, max(1, SLICES_OF_SHARD * shards))

    @property
    def form(self) -> Form:
        """Which arrays blocks have."""
        given: dict[str, PairSource] = dict(self.corpus.tests)
        if self.corpus.valid is not None:
            given[VALID] = self.corpus.valid
        origins = {name: given.get(name, self.corpus.train) for name in self.survey.counts}
        return Form(
            slices={name: self.shuffle.slices if name == TRAIN else 1 for name in origins},
            links=frozenset(name for name, origin in origins.items() if origin.has_links),
            labels=frozenset(name for name, origin in origins.items() if origin.has_labels),
        )
