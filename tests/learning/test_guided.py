"""Attention follows its guide: to the right place sooner than by itself, and to a wrong one too.

Pairs are drawn afresh for each step, so that nothing can be learned by heart.
"""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.forced import force_targets
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.training.links import BatchLinks, TokenLinks
from seq2seq_cli.training.loss import batch_loss, guided_loss

SYMBOLS, LONGEST, SIZE = range(4, 10), 6, 24
RATE, SENTENCES, STEPS = 8e-3, 32, 35

KINDS: dict[str, dict[str, Any]] = {
    "bahdanau": {"attention": "bahdanau"},
    "luong-general unfed": {"attention": "luong-general", "input_feeding": False},
    "luong-concat": {"attention": "luong-concat"},
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def draw(source: random.Random, count: int) -> Batch:
    """Sequences of 2 to 6 symbols, each with its reversal."""
    rows = [source.choices(SYMBOLS, k=source.randint(2, LONGEST)) for _ in range(count)]
    return make_batch(rows, [row[::-1] for row in rows], range(count))


def linked_places(length: int, shift: int) -> np.ndarray:
    """For each target symbol the source symbol of its reversal, or `shift` places further on."""
    return (np.arange(length)[::-1] + shift) % length


def links_of(batch: Batch, shift: int) -> BatchLinks:
    lengths = (batch.source_lengths - 1).tolist()
    return TokenLinks(
        offsets=np.cumsum([0, *lengths]),
        targets=np.concatenate([np.arange(length) for length in lengths]),
        sources=np.concatenate([linked_places(length, shift) for length in lengths]),
    ).of_batch(batch)


def trained(shift: int | None, **wiring: Any) -> Seq2Seq:
    """A model after some steps of Adam, guided to where `shift` says; None: not guided."""
    torch.manual_seed(1)
    sizes = {"embedding_size": SIZE, "encoder_size": SIZE, "decoder_size": 2 * SIZE}
    config = ModelConfig(**(sizes | {"attention_size": SIZE, "dropout": 0.0} | wiring))
    words = SYMBOLS.stop
    model = Seq2Seq(source_vocabulary_size=words, target_vocabulary_size=words, config=config)
    optimizer, source = torch.optim.Adam(model.parameters(), lr=RATE), random.Random(1)
    for _ in range(STEPS):
        batch = draw(source, SENTENCES)
        optimizer.zero_grad()
        if shift is None:
            loss = batch_loss(model, batch, smoothing=0.0, precision="fp32")[0]
            loss = loss / batch.target_tokens
        else:
            links = links_of(batch, shift)
            smoothed, _, guide = guided_loss(model, batch, links, smoothing=0.0, precision="fp32")
            loss = smoothed / batch.target_tokens + guide / links.tokens
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.eval()


def looks(model: Seq2Seq, shift: int) -> tuple[float, float]:
    """Where target symbols of 100 new pairs look: to where `shift` says in which share of cases.

    The second figure is the mean attention weight there.
    """
    found = force_targets(model, draw(random.Random(99), 100), SearchSettings())
    peaks, mass = [], []
    for one in found:
        symbols = one.weights[:-1]  # without the row of </s>
        places = linked_places(len(symbols), shift)
        peaks += (symbols.argmax(axis=1) == places).tolist()
        mass += symbols[np.arange(len(symbols)), places].tolist()
    return float(np.mean(peaks)), float(np.mean(mass))


@pytest.mark.parametrize("wiring", KINDS.values(), ids=KINDS)
def test_right_links_make_attention_right_within_few_steps(wiring: dict[str, Any]) -> None:
    peaks, mass = looks(trained(0, **wiring), 0)
    _, unguided = looks(trained(None, **wiring), 0)
    assert peaks >= 0.85
    assert mass >= max(0.6, unguided + 0.05)


@pytest.mark.parametrize("wiring", KINDS.values(), ids=KINDS)
def test_wrong_links_draw_attention_to_where_they_point(wiring: dict[str, Any]) -> None:
    model = trained(1, **wiring)
    assert looks(model, 1)[0] >= 0.85
    assert looks(model, 0)[0] <= 0.2
