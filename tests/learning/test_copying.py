"""Copying carries over symbols that were never seen together.

Words of six symbols get one of two endings. In training a word has symbols of one half of the
alphabet alone, in the test of both.
"""

import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.forced import force_copying
from seq2seq_cli.search.greedy import greedy_search
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.text.vocabulary import EOS, PAD, UNK
from seq2seq_cli.training.loss import batch_loss

ENDINGS, HALVES = (4, 5), (range(6, 16), range(16, 26))
WORDS, LONGEST, SIZE, STEPS = 26, 6, 24, 180


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def draw(chance: random.Random, count: int, *, mixed: bool) -> Batch:
    """Words after a sign for their ending; the ending comes last in the target."""
    pairs = []
    for _ in range(count):
        alphabet = [*HALVES[0], *HALVES[1]] if mixed else list(chance.choice(HALVES))
        word = chance.choices(alphabet, k=chance.randint(3, LONGEST))
        ending = chance.choice(ENDINGS)
        pairs.append(([ending, *word], [*word, ending]))
    sources, targets = zip(*pairs, strict=True)
    return make_batch(sources, targets, range(count))


def trained(*, copying: bool) -> Seq2Seq:
    torch.manual_seed(1)
    sizes = {"embedding_size": SIZE, "encoder_size": SIZE, "decoder_size": 2 * SIZE}
    config = ModelConfig(**sizes, attention_size=SIZE, dropout=0.0, copying=copying)
    model = Seq2Seq(
        source_vocabulary_size=WORDS,
        target_vocabulary_size=WORDS,
        config=config,
        copy_table=[PAD, PAD, EOS, UNK, *range(4, WORDS)],
    )
    optimizer, chance = torch.optim.Adam(model.parameters()), random.Random(1)
    for step in range(STEPS):
        batch = draw(chance, 32, mixed=False)
        for group in optimizer.param_groups:
            group["lr"] = 8e-3 * min(1.0, 2 * (STEPS - step) / STEPS)
        optimizer.zero_grad()
        loss, _ = batch_loss(model, batch, smoothing=0.05, precision="fp32")
        (loss / batch.target_tokens).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.eval()


def accuracy(model: Seq2Seq, batch: Batch) -> float:
    said = greedy_search(model, batch.source, batch.source_lengths, SearchSettings())
    rows = zip(batch.target_out.tolist(), batch.target_lengths.tolist(), said, strict=True)
    return float(np.mean([one.ids == tuple(row[:length]) for row, length, one in rows]))


def test_symbols_that_were_never_together_are_copied() -> None:
    test = draw(random.Random(99), 200, mixed=True)
    copier, other = trained(copying=True), trained(copying=False)
    copied, generated = accuracy(copier, test), accuracy(other, test)
    shares = force_copying(copier, test)
    assert shares is not None
    print(copied, generated, float(np.mean([row[:-2].mean() for row in shares])))
    assert copied >= 0.9
    assert copied >= generated + 0.2
    assert np.mean([row[:-2].mean() for row in shares]) >= 0.5
