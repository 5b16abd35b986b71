"""What the tests of search share: one thread, float64, printed seeds, and models to search in."""

import math
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.attention import Memory
from seq2seq_cli.model.decoder import DecoderState, Step
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.text.vocabulary import BOS, EOS, PAD, UNK


@pytest.fixture(autouse=True)
def exact_arithmetic() -> Iterator[None]:
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(dtype)
    torch.set_num_threads(threads)


@pytest.fixture(params=[11, None], ids=["fixed", "fresh"])
def seed(request: pytest.FixtureRequest) -> int:
    """A fixed seed, then one that differs in each run; the report of a failure shows it."""
    chosen: int = request.param or secrets.randbelow(2**31)
    print(f"seed {chosen}")
    torch.manual_seed(chosen)
    return chosen


class TableModel:
    """A model that looks everything up: what comes next, and where it looks, by the tokens so far.

    Stands in for `Seq2Seq` and for its decoder. Its hidden state is where the tokens so far stand
    in a list of all that were seen, so that it follows the back-pointers as real ones do.
    """

    def __init__(
        self,
        vocabulary_size: int,
        log_probs: Callable[[tuple[int, ...]], Sequence[float]],
        weights: Callable[[tuple[int, ...], int], Sequence[float]],
    ) -> None:
        self.size = vocabulary_size
        self.log_probs = log_probs
        """Of each next token, by the tokens so far, which begin with `<s>`."""
        self.weights = weights
        """Over a source of the given length, by the same."""
        self.histories: list[tuple[int, ...]] = [()]

    @property
    def decoder(self) -> "TableModel":
        return self

    def encode(self, source: Tensor, lengths: Tensor) -> Memory:
        mask = torch.arange(source.size(1)).unsqueeze(0) < lengths.unsqueeze(1)
        empty = torch.zeros(*source.shape, 0)
        return Memory(keys=empty, values=empty, mask=mask, summary=torch.zeros(len(source), 0))

    def start(self, memory: Memory) -> DecoderState:
        nothing = torch.zeros(len(memory.mask), 1, dtype=torch.long)
        return DecoderState(layers=((nothing,),), feed=None, memory=memory, step=0)

    def step(self, token: Tensor, state: DecoderState) -> Step:
        places = state.layers[0][0].flatten().tolist()
        histories = [
            (*self.histories[place], one) for place, one in zip(places, token.tolist(), strict=True)
        ]
        first = len(self.histories)
        self.histories += histories
        mask = state.memory.mask
        mask = mask.repeat_interleave(len(token) // len(mask), dim=0)  # as many rows a sentence
        weights = torch.zeros(mask.shape)
        for row, history in enumerate(histories):
            length = int(mask[row].sum())
            weights[row, :length] = torch.tensor(self.weights(history, length))
        features = torch.tensor([list(self.log_probs(history)) for history in histories])
        after = DecoderState(
            layers=((torch.arange(first, len(self.histories)).unsqueeze(1),),),
            feed=None,
            memory=state.memory,
            step=state.step + 1,
        )
        return Step(features=features, weights=weights, state=after)

    def scores(self, step: Step) -> Tensor:
        return step.features

    def scorer(self) -> Callable[[Step], Tensor]:
        return self.scores


A, B = 4, 5


@pytest.fixture
def table_model() -> type[TableModel]:
    return TableModel


@pytest.fixture
def two_words() -> TableModel:
    """Words a and b, and a table that only looks at the last token; `<unk>` never comes.

    After `<s>`: a .6, b .4. After a: a .4, b .35, end .25. After b: end .9, a .06, b .04.
    """
    table = {
        BOS: {A: 0.6, B: 0.4},
        A: {A: 0.4, B: 0.35, EOS: 0.25},
        B: {EOS: 0.9, A: 0.06, B: 0.04},
    }
    looks = {BOS: [0.7, 0.3], A: [0.2, 0.8], B: [0.5, 0.5]}

    def log_probs(history: tuple[int, ...]) -> list[float]:
        row = table.get(history[-1], {EOS: 1.0})
        return [math.log(row[token]) if token in row else -math.inf for token in range(6)]

    def weights(history: tuple[int, ...], length: int) -> list[float]:
        return looks.get(history[-1], [1.0, 0.0]) if length == 2 else [1.0]

    return TableModel(6, log_probs, weights)


@pytest.fixture
def random_table() -> Callable[..., TableModel]:
    """A model with random numbers for each history, the same ones whenever it is asked again."""

    def build(seed: int, *, words: int = 2, spread: float = 1.0) -> TableModel:
        known: dict[tuple[int, ...], Tensor] = {}
        looks: dict[tuple[tuple[int, ...], int], Tensor] = {}
        generator = torch.Generator().manual_seed(seed)
        size = 4 + words

        def log_probs(history: tuple[int, ...]) -> list[float]:
            if history not in known:
                drawn = spread * torch.randn(size, generator=generator)
                known[history] = drawn.log_softmax(dim=0)
            return known[history].tolist()

        def weights(history: tuple[int, ...], length: int) -> list[float]:
            if (history, length) not in looks:
                drawn = 2 * torch.randn(length, generator=generator)
                looks[history, length] = drawn.softmax(dim=0)
            return looks[history, length].tolist()

        return TableModel(size, log_probs, weights)

    return build


SOURCE_WORDS, TARGET_WORDS = 13, 11
COPY_TABLE = [PAD, PAD, EOS, UNK, *range(4, 11), UNK, PAD]
"""Of models that copy: one source word is not in the target, one is a feature."""


@pytest.fixture
def model() -> Callable[..., Seq2Seq]:
    """A random network whose sentences differ in length: some end early, some at the limit."""

    def build(
        *,
        source_words: int = SOURCE_WORDS,
        target_words: int = TARGET_WORDS,
        ending: float = 2.0,
        copy_table: list[int] = COPY_TABLE,
        **changes: Any,
    ) -> Seq2Seq:
        sizes = {"embedding_size": 5, "encoder_size": 3, "attention_size": 11, "dropout": 0.0}
        sizes["decoder_size"] = 6 if changes.get("attention") == "luong-dot" else 7
        built = Seq2Seq(
            source_vocabulary_size=source_words,
            target_vocabulary_size=target_words,
            config=ModelConfig(**(sizes | changes)),
            copy_table=copy_table,
        )
        for parameter in built.parameters():
            torch.nn.init.normal_(parameter, std=1.0)
        with torch.no_grad():
            built.output_bias[EOS] = ending
            built.output_bias[UNK] = -1.0
        return built.eval()

    return build


@pytest.fixture
def random_sources() -> Callable[[list[int]], tuple[Tensor, Tensor]]:
    """Padded sources of the given lengths, `</s>` included, and the lengths."""

    def draw(lengths: list[int]) -> tuple[Tensor, Tensor]:
        source = torch.randint(3, SOURCE_WORDS, (len(lengths), max(lengths)))
        for row, length in enumerate(lengths):
            source[row, length - 1] = EOS
            source[row, length:] = 0
        return source, torch.tensor(lengths)

    return draw
