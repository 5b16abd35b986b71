"""Searches of models that copy: the best of all targets, ensembles, and what is written."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from seq2seq_cli.batching.batch import make_batch
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.search.attend import attend
from seq2seq_cli.search.beam import beam_search
from seq2seq_cli.search.ensemble import Ensemble
from seq2seq_cli.search.forced import force_copying, force_targets
from seq2seq_cli.search.greedy import greedy_search
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.copying import copy_table
from seq2seq_cli.text.tokenizer import train_tokenizer
from seq2seq_cli.text.vocabulary import EOS, UNK, Vocabulary

Build = Callable[..., Seq2Seq]
Sources = Callable[[list[int]], tuple[Tensor, Tensor]]
KINDS = ("bahdanau", "luong-dot", "luong-general", "luong-concat")
SOURCE = Codec(train_tokenizer("word", []), Vocabulary(["the", "cat", "Bern", "of"]))
TARGET = Codec(train_tokenizer("word", []), Vocabulary(["le", "chat", "de", "the"]))


def every_target(words: int, longest: int) -> Iterator[list[int]]:
    """All targets of up to so many tokens, without `</s>`."""
    tokens = [UNK, *range(4, words)]
    for length in range(longest + 1):
        yield from map(list, product(tokens, repeat=length))


@pytest.mark.parametrize("kind", KINDS)
def test_a_wide_beam_finds_the_best_of_all_targets(model: Build, kind: str, seed: int) -> None:
    """Source of 3 tokens, limit 4, four tokens that go on: every target that ends is forced."""
    built = model(
        attention=kind,
        copying=True,
        target_words=7,
        ending=3.0,
        copy_table=[0, 0, EOS, UNK, 4, 5, 6, UNK, 0, 4, 4, 4, 4],
    )
    settings = SearchSettings(
        beam=400, n_best=400, length_penalty=0.6, max_length_ratio=1.0, max_length_extra=1
    )
    (found,) = beam_search(built, torch.tensor([[4, 7, EOS]]), torch.tensor([3]), settings)
    targets = list(every_target(7, 3))
    assert len(targets) == 1 + 4 + 16 + 64
    batch = make_batch([[4, 7]] * len(targets), targets, range(len(targets)))
    ended = [one for one in found if one.ids[-1] == EOS]
    expected = sorted(force_targets(built, batch, settings), key=lambda one: -one.score)
    for one, other in zip(ended, expected, strict=True):
        assert one.ids == other.ids
        assert one.score == pytest.approx(other.score, abs=1e-9)
        np.testing.assert_allclose(one.log_probs, other.log_probs, rtol=0, atol=1e-9)


def test_a_beam_of_one_is_greedy(model: Build, random_sources: Sources, seed: int) -> None:
    built = model(attention="luong-general", copying=True)
    source, lengths = random_sources([5, 2, 7, 3])
    settings = SearchSettings(beam=1, length_penalty=0.0)
    greedy = greedy_search(built, source, lengths, settings)
    for (found,), expected in zip(
        beam_search(built, source, lengths, settings), greedy, strict=True
    ):
        assert found.ids == expected.ids
        np.testing.assert_allclose(found.log_probs, expected.log_probs, rtol=0, atol=1e-9)


def test_an_ensemble_of_one_that_copies_and_one_that_does_not(model: Build, seed: int) -> None:
    """The geometric mean of the mixture and of the softmax, normalised again."""
    one, other = model(copying=True), model(attention="luong-general")
    batch = make_batch([[5, 6, 5, 11]], [[5, 6, 7]], [0])
    (found,) = force_targets(Ensemble([one, other]), batch, SearchSettings())
    both = [
        model.scores(
            model(batch.source, batch.source_lengths, batch.target_in, batch.target_lengths)
        ).log_softmax(dim=1)
        for model in (one, other)
    ]
    mean = ((both[0] + both[1]) / 2).log_softmax(dim=1)
    expected = mean.gather(1, batch.target_out[0].unsqueeze(1)).squeeze(1)
    np.testing.assert_allclose(found.log_probs, expected.detach().numpy(), rtol=0, atol=1e-12)
    alone, together = force_copying(one, batch), force_copying(Ensemble([one, other]), batch)
    assert alone is not None and together is not None
    np.testing.assert_allclose(together[0], alone[0] / 2, rtol=0, atol=1e-15)
    assert force_copying(other, batch) is None


def test_the_share_that_is_copied_is_what_the_source_gets(model: Build, seed: int) -> None:
    """A gate that never copies, and one that always does, where all can be copied."""
    batch = make_batch([[5, 6, 5]], [[5, 6]], [0])
    for bias, share in ((-400.0, 1.0), (400.0, 0.0)):
        built = model(copying=True)
        with torch.no_grad():
            built.decoder.copy_gate.bias.fill_(bias)
        found = force_copying(built, batch)
        assert found is not None
        assert found[0] == pytest.approx([share] * 3, abs=1e-12)
        (forced,) = force_targets(built, batch, SearchSettings())
        looks = forced.weights[0]
        if share:
            assert np.exp(forced.log_probs[0]) == pytest.approx(looks[0] + looks[2], abs=1e-12)


@pytest.fixture
def translator(model: Build) -> Translator:
    table = copy_table(SOURCE.vocabulary, TARGET.vocabulary)
    sizes = {"source_words": 8, "target_words": 8, "copy_table": table}
    return Translator(model=model(copying=True, **sizes), source=SOURCE, target=TARGET)


def hypothesis(ids: list[int], weights: list[list[float]]) -> Hypothesis:
    return Hypothesis(
        ids=tuple(ids), log_probs=np.full(len(ids), -1.0), weights=np.array(weights), score=-1.0
    )


def test_an_unknown_word_that_is_copied_is_written(translator: Translator) -> None:
    """`Bern` is not in the target vocabulary, `Gruyère` in neither: not `the`, looked at most."""
    found = hypothesis(
        [6, UNK, UNK, EOS],
        [[0.2] * 5, [0.5, 0.1, 0.4, 0, 0], [0.1, 0, 0, 0.9, 0], [0, 0, 0, 0, 1.0]],
    )
    line = "the of Bern Gruyère"
    assert translator.texts([line], [found]) == ["de Bern Gruyère"]
    assert translator.decode(line, found).text == "de Bern Gruyère"
    assert translator.written(line, found) == ["de", "Bern", "Gruyère"]


def test_rows_show_what_is_written_and_how_much_is_copied(
    translator: Translator, seed: int
) -> None:
    line = "the cat of Gruyère"
    (found,) = attend(translator, line, SearchSettings(max_length_extra=2))
    alignment = found.alignment
    assert alignment.copied is not None
    assert len(alignment.copied) == len(alignment.target)
    assert all(0 < share < 1 for share in alignment.copied)
    assert "<unk>" not in alignment.target
    words = alignment.target[:-1] if alignment.target_end else alignment.target
    assert " ".join(words) == found.text


def test_a_given_target_keeps_its_unknown_words(translator: Translator) -> None:
    (found,) = attend(translator, "the cat", SearchSettings(), target="le Fribourg")
    assert found.alignment.target == ("le", "<unk>", "</s>")


def test_other_models_have_no_such_share(model: Build) -> None:
    translator = Translator(
        model=model(source_words=8, target_words=8), source=SOURCE, target=TARGET
    )
    (found,) = attend(translator, "the cat", SearchSettings(max_length_extra=2))
    assert found.alignment.copied is None
