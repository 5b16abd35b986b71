"""Who is measured, on what: every toolkit's configuration in full.

Knows nothing of how figures are taken or shown.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.arithmetic import Architecture, Wiring
from benchmarks.stream import Preparation, Stream, french_phones, multi30k

DRIVERS = Path(__file__).parent / "drivers"

Sizes = dict[str, int | float]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One toolkit in one configuration."""

    name: str
    peer: str | None
    """The peer's environment; None: s2s, in the environment that runs the benchmark."""
    attention: str
    """As the toolkit calls it."""
    wiring: Wiring
    toolkit: str = "s2s"
    """Where `peer` is None, which driver: `s2s`, or `plain` for the plain PyTorch loop."""
    batching: str = "shared"
    """`shared`: the batches of s2s's first epoch; `own`: the toolkit's own choice of batches."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Settings of s2s beside the common ones."""

    @property
    def driver(self) -> Path:
        """The script that measures training, run by the contender's interpreter."""
        return DRIVERS / f"{self.peer or self.toolkit}_training.py"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A corpus, the sizes of the model, and who takes part."""

    name: str
    title: str
    sizes: Sizes
    contenders: tuple[Contender, ...]

    def preparation(self, data: Path) -> Preparation:
        """What is prepared for this case."""
        return multi30k(data) if self.name == "translation" else french_phones(data)

    def architecture(self, contender: Contender, stream: Stream, features: int) -> Architecture:
        """What the arithmetic of a contender is counted from."""
        return Architecture(
            embedding=int(self.sizes["embedding"]),
            encoder=int(self.sizes["encoder"]),
            decoder=int(self.sizes["decoder"]),
            attention=int(self.sizes["attention"]),
            features=features,
            target_types=stream.target_types,
            wiring=contender.wiring,
        )


S2S_BAHDANAU = Contender(
    name="s2s",
    peer=None,
    attention="bahdanau",
    wiring=Wiring.BAHDANAU,
    settings={"model.attention": "bahdanau"},
)
S2S_CONCAT = Contender(
    name="s2s",
    peer=None,
    attention="luong-concat, input feeding",
    wiring=Wiring.FED,
    settings={"model.attention": "luong-concat", "model.input_feeding": True},
)
S2S_GENERAL = Contender(
    name="s2s",
    peer=None,
    attention="luong-general, no input feeding",
    wiring=Wiring.UNFED,
    settings={"model.attention": "luong-general", "model.input_feeding": False},
)
S2S_BF16 = Contender(
    name="s2s, bf16",
    peer=None,
    attention="bahdanau",
    wiring=Wiring.BAHDANAU,
    settings={"model.attention": "bahdanau", "training.precision": "bf16"},
)
PLAIN = Contender(
    name="a plain PyTorch loop",
    peer=None,
    toolkit="plain",
    attention="additive, input feeding",
    wiring=Wiring.FED,
)
OPENNMT = Contender(
    name="OpenNMT-py 3.5.1", peer="opennmt", attention="mlp, input feeding", wiring=Wiring.FED
)
JOEYNMT = Contender(
    name="Joey NMT 2.3.0", peer="joeynmt", attention="bahdanau, input feeding", wiring=Wiring.FED
)
YOYODYNE = Contender(
    name="Yoyodyne 0.5.27", peer="yoyodyne", attention="soft attention", wiring=Wiring.BAHDANAU
)


def own_batches(contender: Contender) -> Contender:
    """The same toolkit with batches of its own choice."""
    return replace(contender, batching="own")


TRANSLATION = Case(
    name="translation",
    title="Multi30k English to German, joint BPE 8,000: bi-GRU 256 in each direction, GRU 512, "
    "embeddings 256, attention 512, one layer each, dropout 0.3, embeddings not tied, "
    "64 sentences a batch, Adam, gradient norm clipped to 1, no label smoothing, float32",
    sizes={
        "embedding": 256,
        "encoder": 256,
        "decoder": 512,
        "attention": 512,
        "dropout": 0.3,
        "batch": 64,
    },
    contenders=(
        S2S_BAHDANAU,
        S2S_CONCAT,
        S2S_GENERAL,
        S2S_BF16,
        PLAIN,
        OPENNMT,
        own_batches(OPENNMT),
        JOEYNMT,
        own_batches(JOEYNMT),
    ),
)
PHONES = Case(
    name="phones",
    title="French words to phones (SIGMORPHON 2021): bi-GRU 256 in each direction, GRU 256, "
    "embeddings 256, attention 256, one layer each, dropout 0.3, embeddings not tied, "
    "64 words a batch, Adam, gradient norm clipped to 1, no label smoothing, float32",
    sizes={
        "embedding": 256,
        "encoder": 256,
        "decoder": 256,
        "attention": 256,
        "dropout": 0.3,
        "batch": 64,
    },
    contenders=(S2S_BAHDANAU, YOYODYNE, own_batches(YOYODYNE)),
)
CASES = (TRANSLATION, PHONES)
