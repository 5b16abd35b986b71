"""Alignments for people: labels, merged words, unknown words, forced targets."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.search.attend import attend
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.translator import Translation, Translator
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.features import FeatureTokenizer
from seq2seq_cli.text.tokenizer import train_tokenizer
from seq2seq_cli.text.vocabulary import EOS, SPECIALS, Vocabulary

WORDS = Codec(train_tokenizer("word", []), Vocabulary(["the", "cat", "l'￭", "sleeps", "￭."]))
FRENCH = Codec(
    train_tokenizer("word", []), Vocabulary(["le", "chat", "l'￭", "ami", "dort", "￭.", "zut"])
)
SETTINGS = SearchSettings(beam=4, n_best=3, max_length_extra=3)
CORPUS = ["low lower lowest", "new newer newest", "slow slower slowest"] * 20


@pytest.fixture(scope="module")
def pieces() -> Codec:
    tokenizer = train_tokenizer("bpe", CORPUS, vocabulary_size=20)
    tokens = {token for line in CORPUS for token in tokenizer.encode(line).tokens}
    return Codec(tokenizer, Vocabulary(sorted(tokens)))


@pytest.fixture
def build(model: Callable[..., Any]) -> Callable[..., Translator]:
    def make(*, source: Codec = WORDS, target: Codec = FRENCH, **changes: Any) -> Translator:
        sizes = {
            "source_words": len(source.vocabulary),
            "target_words": len(target.vocabulary),
        }
        return Translator(model=model(**sizes, **changes), source=source, target=target)

    return make


def test_words_are_labels_without_marks(build: Callable[..., Translator], seed: int) -> None:
    (found,) = attend(build(), "the cat sleeps.", SETTINGS, target="l'ami dort.")
    assert found.alignment.source == ("the", "cat", "sleeps", ".", "</s>")
    assert found.alignment.target == ("l'", "ami", "dort", ".", "</s>")
    assert found.alignment.source_end
    assert found.alignment.target_end
    assert found.alignment.weights.shape == (5, 5)
    np.testing.assert_allclose(found.alignment.weights.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert found.text == "l'ami dort."
    assert found.unknown == {}


def test_the_n_best_come_best_first(build: Callable[..., Translator], seed: int) -> None:
    translator = build()
    found = attend(translator, "the cat sleeps.", SETTINGS)
    (expected,) = translator.translate(["the cat sleeps."], SETTINGS)
    assert [one.text for one in found] == [one.text for one in expected]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.alignment.weights, other.hypothesis.weights)
        assert one.alignment.log_probs == tuple(other.hypothesis.log_probs.tolist())


def test_the_alignment_of_a_forced_target_is_what_the_search_saw(
    build: Callable[..., Translator],
) -> None:
    translator = build()
    expected = translator.force("the cat.", "le chat.", SETTINGS)
    (found,) = attend(translator, "the cat.", SETTINGS, target="le chat.")
    assert found.score == expected.score
    np.testing.assert_array_equal(found.alignment.weights, expected.hypothesis.weights)
    assert found.alignment.log_probs == tuple(expected.hypothesis.log_probs.tolist())


def test_an_unended_hypothesis_has_no_end_row(
    build: Callable[..., Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    translator = build()
    endless = Hypothesis(
        ids=(4, 5), log_probs=np.array([-1.0, -2.0]), weights=np.full((2, 3), 1 / 3), score=-3.0
    )
    given = Translation(hypothesis=endless, decoding=FRENCH.decode(endless.ids))
    monkeypatch.setattr(Translator, "translate", lambda self, lines, settings: [(given,)])
    (found,) = attend(translator, "the cat", SETTINGS)
    assert found.alignment.target == ("le", "chat")
    assert not found.alignment.target_end
    assert found.alignment.source_end


def test_an_empty_target_is_its_end_alone(build: Callable[..., Translator]) -> None:
    (found,) = attend(build(), "the cat", SETTINGS, target="")
    assert found.alignment.target == ("</s>",)
    assert found.alignment.weights.shape == (1, 3)
    assert found.text == ""


def test_unknown_words_come_with_the_closest_known_ones(
    build: Callable[..., Translator],
) -> None:
    (found,) = attend(build(), "the catt sleep Xylophon.", SETTINGS, target="le chat")
    assert found.unknown == {"catt": ("cat",), "sleep": ("sleeps",), "Xylophon": ()}
    assert found.alignment.source_known == (True, False, False, False, True, True)


@pytest.mark.parametrize("line", ["", "  ", "\t"])
def test_a_blank_line_is_refused(build: Callable[..., Translator], line: str) -> None:
    with pytest.raises(InputError, match="blank"):
        attend(build(), line, SETTINGS)


def test_without_attention_weights_are_zero(build: Callable[..., Translator]) -> None:
    (found,) = attend(build(attention="none"), "the cat", SETTINGS, target="le chat")
    assert not found.alignment.weights.any()


def grouped(labels: tuple[str, ...]) -> list[list[int]]:
    """Pieces of plain words: one that begins with `▁` begins a word; `</s>` stands alone."""
    groups: list[list[int]] = []
    for index, label in enumerate(labels):
        if label.startswith("▁") or label == "</s>":
            groups.append([])
        groups[-1].append(index)
    return groups


def test_pieces_are_merged_into_the_words_that_were_typed(
    build: Callable[..., Translator], pieces: Codec, seed: int
) -> None:
    """The sum over source pieces, the mean over target pieces, by loops."""
    translator = build(source=pieces, target=pieces)
    line, target = "slower  newest low", "lowest slower"
    (raw,) = attend(translator, line, SETTINGS, target=target, pieces=True)
    (found,) = attend(translator, line, SETTINGS, target=target)
    columns, rows = grouped(raw.alignment.source), grouped(raw.alignment.target)
    assert max(map(len, columns)) > 1
    assert max(map(len, rows)) > 1
    assert found.alignment.source == ("slower", "newest", "low", "</s>")
    assert found.alignment.target == ("lowest", "slower", "</s>")
    for row, target_pieces in enumerate(rows):
        for column, source_pieces in enumerate(columns):
            expected = sum(
                raw.alignment.weights[i, j] for i in target_pieces for j in source_pieces
            ) / len(target_pieces)
            assert found.alignment.weights[row, column] == pytest.approx(expected, abs=1e-14)
        log_prob = sum(raw.alignment.log_probs[i] for i in target_pieces)
        assert found.alignment.log_probs[row] == pytest.approx(log_prob, abs=1e-14)
    np.testing.assert_allclose(found.alignment.weights.sum(axis=1), 1.0, rtol=0, atol=1e-12)


def test_pieces_themselves_are_shown_when_asked_for(
    build: Callable[..., Translator], pieces: Codec
) -> None:
    translator = build(source=pieces, target=pieces)
    (found,) = attend(translator, "slower", SETTINGS, target="newest", pieces=True)
    assert "".join(found.alignment.source) == "▁slower</s>"
    assert "".join(found.alignment.target) == "▁newest</s>"
    assert len(found.alignment.source) == len(pieces.encode("slower")) + 1


def test_a_word_with_an_unknown_piece_is_unknown(
    build: Callable[..., Translator], pieces: Codec
) -> None:
    translator = build(source=pieces, target=pieces)
    (found,) = attend(translator, "sl☃wer low", SETTINGS, target="low")
    words = dict(zip(found.alignment.source, found.alignment.source_known, strict=True))
    assert words["low"]
    assert "☃" in found.unknown
    assert not all(known for word, known in words.items() if "☃" in word)


def test_all_weight_is_kept_whatever_is_typed(
    build: Callable[..., Translator], pieces: Codec, seed: int
) -> None:
    translator = build(source=pieces, target=pieces)
    for line in ("sl☃wer, new!", "▁low ▁", "lowlow-new 'est", "新low 7", "<unk> </s> low"):
        for found in attend(translator, line, SETTINGS):
            np.testing.assert_allclose(found.alignment.weights.sum(axis=1), 1.0, rtol=0, atol=1e-12)
            assert len(found.alignment.target) == len(found.alignment.weights)
            assert len(found.alignment.source) == found.alignment.weights.shape[1]
            assert len(found.alignment.source_known) == len(found.alignment.source)


def test_a_search_that_ends_at_once_is_shown(build: Callable[..., Translator]) -> None:
    translator = build(ending=60.0)
    (found,) = attend(translator, "the cat", SearchSettings(beam=1))
    assert found.text == ""
    assert found.alignment.target == ("</s>",)
    assert translator.translate(["the cat"], SearchSettings(beam=1))[0][0].hypothesis.ids == (EOS,)


def test_features_are_columns_beside_merged_words(
    build: Callable[..., Translator], pieces: Codec, seed: int
) -> None:
    tokenizer = FeatureTokenizer(pieces.tokenizer, columns=1, separator=";")
    known = [*pieces.vocabulary.tokens[len(SPECIALS) :], *tokenizer.encode("low\tV").tokens[:1]]
    translator = build(source=Codec(tokenizer, Vocabulary(known)))
    (found,) = attend(translator, "lower slow\tV;X", SETTINGS, target="le chat")
    assert found.alignment.source == ("<V>", "<X>", "lower", "slow", "</s>")
    assert found.alignment.source_known == (True, False, True, True, True)
    assert list(found.unknown) == ["<X>"]
    np.testing.assert_allclose(found.alignment.weights.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    with pytest.raises(InputError, match="the sentence is blank"):
        attend(translator, " \tV", SETTINGS)
