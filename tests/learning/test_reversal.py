"""Every kind of attention learns to reverse a sequence, and looks where the answer is.

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
from seq2seq_cli.search.beam import beam_search
from seq2seq_cli.search.greedy import greedy_search
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.text.vocabulary import EOS
from seq2seq_cli.training.loss import batch_loss

SYMBOLS, LONGEST, SIZE = range(4, 10), 6, 24
RATE, SENTENCES = 8e-3, 32

KINDS: dict[str, tuple[int, dict[str, Any]]] = {
    "bahdanau": (230, {"attention": "bahdanau"}),
    "bahdanau lstm": (230, {"attention": "bahdanau", "cell": "lstm"}),
    "luong-dot unfed": (230, {"attention": "luong-dot", "input_feeding": False}),
    "luong-dot": (230, {"attention": "luong-dot", "tie_embeddings": False}),
    "luong-general lstm": (230, {"attention": "luong-general", "cell": "lstm"}),
    "luong-concat": (230, {"attention": "luong-concat"}),
    "luong-general deep": (
        150,
        {"attention": "luong-general", "encoder_layers": 2, "decoder_layers": 2},
    ),
    "luong-local-p": (230, {"attention": "luong-local-p", "attention_window": 2}),
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def draw(source: random.Random, count: int, order: int = -1) -> Batch:
    """Sequences of 2 to 6 symbols, each with its reversal, or with itself in the order 1."""
    rows = [source.choices(SYMBOLS, k=source.randint(2, LONGEST)) for _ in range(count)]
    return make_batch(rows, [row[::order] for row in rows], range(count))


def trained(steps: int, *, precision: str = "fp32", order: int = -1, **changes: Any) -> Seq2Seq:
    """A model after some steps of Adam on fresh pairs, in evaluation mode."""
    torch.manual_seed(1)
    sizes = {"embedding_size": SIZE, "encoder_size": SIZE, "decoder_size": 2 * SIZE}
    config = ModelConfig(**(sizes | {"attention_size": SIZE, "dropout": 0.0} | changes))
    words = SYMBOLS.stop
    model = Seq2Seq(source_vocabulary_size=words, target_vocabulary_size=words, config=config)
    optimizer, source = torch.optim.Adam(model.parameters()), random.Random(1)
    for step in range(steps):
        batch = draw(source, SENTENCES, order)
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, 2 * (steps - step) / steps)
        optimizer.zero_grad()
        loss, _ = batch_loss(model, batch, smoothing=0.0, precision=precision)
        (loss / batch.target_tokens).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.eval()


def answers(model: Seq2Seq, order: int = -1) -> tuple[list[tuple[int, ...]], list[Hypothesis]]:
    """200 new pairs: what is right, and what the model says."""
    batch = draw(random.Random(99), 200, order)
    rows = zip(batch.target_out.tolist(), batch.target_lengths.tolist(), strict=True)
    right = [tuple(row[:length]) for row, length in rows]
    return right, greedy_search(model, batch.source, batch.source_lengths, SearchSettings())


def accuracy(right: list[tuple[int, ...]], said: list[Hypothesis]) -> float:
    return float(np.mean([one.ids == ids for ids, one in zip(right, said, strict=True)]))


@pytest.mark.parametrize(("steps", "wiring"), KINDS.values(), ids=KINDS)
def test_reversal_is_learned_by_looking_from_the_end_to_the_beginning(
    steps: int, wiring: dict[str, Any]
) -> None:
    right, said = answers(trained(steps, **wiring))
    assert accuracy(right, said) >= 0.97
    assert_looks_there(right, said, order=-1, least=0.9)


def assert_looks_there(
    right: list[tuple[int, ...]], said: list[Hypothesis], *, order: int, least: float
) -> None:
    """Of the symbols that are right, at least that share was read where it stands in the source."""
    peaks, mass = [], []
    for ids, one in zip(right, said, strict=True):
        if one.ids == ids:
            symbols = one.weights[:-1]  # without the row of </s>
            places = np.arange(len(symbols))[::order]
            peaks += (symbols.argmax(axis=1) == places).tolist()
            mass += symbols[np.arange(len(symbols)), places].tolist()
    assert np.mean(peaks) >= least
    assert np.mean(mass) >= 0.5


@pytest.mark.parametrize("feeding", [True, False], ids=["fed", "unfed"])
def test_copying_is_learned_within_a_window_that_moves_along(feeding: bool) -> None:
    wiring = {"attention": "luong-local-m", "attention_window": 1, "input_feeding": feeding}
    right, said = answers(trained(150, order=1, **wiring), order=1)
    assert accuracy(right, said) >= 0.97
    assert_looks_there(right, said, order=1, least=0.7)
    for one in said:
        steps, places = np.nonzero(one.weights)
        assert np.abs(np.minimum(steps, one.weights.shape[1] - 1) - places).max() <= 1


def test_reversal_is_learned_by_position_alone() -> None:
    right, said = answers(trained(330, attention="location", input_feeding=False))
    assert accuracy(right, said) >= 0.97
    assert_looks_there(right, said, order=-1, least=0.7)


def test_short_sequences_are_learned_without_attention() -> None:
    right, said = answers(trained(300, attention="none"))
    assert accuracy(right, said) >= 0.9
    assert not any(one.weights.any() for one in said)


def test_reversal_is_learned_in_bfloat16() -> None:
    right, said = answers(trained(230, attention="bahdanau", precision="bf16"))
    assert accuracy(right, said) >= 0.97


def test_beam_search_finds_what_greedy_search_does_in_a_trained_model() -> None:
    model = trained(230, attention="luong-general")
    right, said = answers(model)
    batch = draw(random.Random(99), 200)
    settings = SearchSettings(beam=4, n_best=2)
    found = beam_search(model, batch.source, batch.source_lengths, settings)
    assert accuracy(right, [best for best, _ in found]) >= 0.97
    for (best, second), greedy in zip(found, said, strict=True):
        assert best.score >= greedy.score - 1e-4
        assert best.score >= second.score
        assert best.ids[-1] == EOS
