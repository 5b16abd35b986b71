"""What the tests of models share: one thread, float64, printed seeds, small models."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.seq2seq import Seq2Seq

SOURCE_WORDS, TARGET_WORDS = 13, 17


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


@pytest.fixture
def config() -> Callable[..., ModelConfig]:
    """Small, mostly prime sizes without dropout; arguments change some."""

    def build(**changes: Any) -> ModelConfig:
        sizes = {"embedding_size": 5, "encoder_size": 3, "attention_size": 11, "dropout": 0.0}
        sizes["decoder_size"] = 6 if changes.get("attention") == "luong-dot" else 7
        return ModelConfig(**(sizes | changes))

    return build


@pytest.fixture
def model(config: Callable[..., ModelConfig]) -> Callable[..., Seq2Seq]:
    """A model of those sizes whose every parameter, biases too, is random."""

    def build(**changes: Any) -> Seq2Seq:
        found = Seq2Seq(
            source_vocabulary_size=SOURCE_WORDS,
            target_vocabulary_size=TARGET_WORDS,
            config=config(**changes),
        )
        for parameter in found.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
        return found

    return build
