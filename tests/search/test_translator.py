"""Lines in, hypotheses out: order, blank lines, copied words, forced targets."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from seq2seq_cli.search import translator as module
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import train_tokenizer
from seq2seq_cli.text.vocabulary import EOS, SPECIALS, UNK, Vocabulary

WORDS = Codec(train_tokenizer("word", []), Vocabulary(["the", "cat", "l'￭", "sleeps", "￭."]))
FRENCH = Codec(
    train_tokenizer("word", []), Vocabulary(["le", "chat", "l'￭", "ami", "dort", "￭.", "zut"])
)
SETTINGS = SearchSettings(beam=3, n_best=2, max_length_extra=3)
LINES = ["the cat sleeps.", "", "cat", "the the the cat cat.", "   ", "the Gruyère sleeps", "cat"]


def pieces_codec() -> Codec:
    lines = ["low lower lowest", "new newer newest", "slow slower slowest"] * 20
    tokenizer = train_tokenizer("bpe", lines, vocabulary_size=20)
    tokens = {token for line in lines for token in tokenizer.encode(line).tokens}
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


def hypothesis(ids: list[int], weights: list[list[float]]) -> Hypothesis:
    return Hypothesis(
        ids=tuple(ids), log_probs=np.full(len(ids), -1.0), weights=np.array(weights), score=-1.0
    )


@pytest.mark.parametrize(("beam", "coverage"), [(1, 0.0), (3, 0.0), (3, 0.5)])
def test_lines_come_back_in_their_order(
    build: Callable[..., Translator], beam: int, coverage: float, seed: int
) -> None:
    translator = build()
    settings = SearchSettings(
        beam=beam, n_best=min(beam, 2), max_length_extra=3, coverage_penalty=coverage
    )
    together = translator.translate(LINES, settings)
    for line, found in zip(LINES, together, strict=True):
        (alone,) = translator.translate([line], settings)
        assert [one.hypothesis.ids for one in found] == [one.hypothesis.ids for one in alone]
        assert [one.text for one in found] == [one.text for one in alone]
        scores = [one.score for one in alone]
        assert [one.score for one in found] == pytest.approx(scores, abs=1e-11)


def test_blank_lines_have_no_hypothesis(build: Callable[..., Translator], seed: int) -> None:
    found = build().translate(LINES, SETTINGS)
    assert [len(one) for one in found] == [2, 0, 2, 2, 0, 2, 2]
    assert build().translate(["", " \t"], SETTINGS) == [(), ()]
    assert build().translate([], SETTINGS) == []


def test_the_texts_of_the_best_are_the_best_texts(
    build: Callable[..., Translator], seed: int
) -> None:
    translator = build()
    best = translator.texts(LINES, translator.best(WORDS.encode_batch(LINES), SETTINGS))
    found = translator.translate(LINES, SETTINGS)
    assert best == [one[0].text if one else "" for one in found]


def test_batches_are_of_similar_length_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_SENTENCES", 3)
    monkeypatch.setattr(module, "BATCH_TOKENS", 12)
    lengths = [2, 0, 20, 5, 6, 2, 1, 0, 2, 2]
    assert list(module._batches(lengths, beam=1)) == [[2], [4, 3], [0, 5, 8], [9, 6]]
    assert list(module._batches([0, 0], beam=1)) == []


def test_batches_are_smaller_where_each_sentence_has_many_hypotheses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 10)
    assert [len(part) for part in module._batches([3] * 7, beam=4)] == [2, 2, 2, 1]
    assert [len(part) for part in module._batches([3] * 2, beam=11)] == [1, 1]


def test_the_batching_of_many_lines_changes_nothing(
    build: Callable[..., Translator], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    translator = build()
    whole = translator.translate(LINES, SETTINGS)
    monkeypatch.setattr(module, "BATCH_SENTENCES", 2)
    parts = translator.translate(LINES, SETTINGS)
    assert [[one.hypothesis.ids for one in found] for found in whole] == [
        [one.hypothesis.ids for one in found] for found in parts
    ]


def test_an_unknown_word_is_shown_as_such(build: Callable[..., Translator]) -> None:
    found = hypothesis([4, UNK, EOS], [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    assert build().decode("the Gruyère", found).text == "le <unk>"


def test_an_unknown_word_takes_the_raw_word_that_was_attended_most(
    build: Callable[..., Translator],
) -> None:
    weights = [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]]
    found = hypothesis([4, UNK, EOS], weights)
    text = build().decode("the  Gruyère", found, replace_unknown=True).text
    assert text == "le Gruyère"


def test_an_unknown_word_never_takes_the_end(build: Callable[..., Translator]) -> None:
    found = hypothesis([UNK, EOS], [[0.02, 0.08, 0.9], [0.1, 0.1, 0.8]])
    assert build().decode("the Gruyère", found, replace_unknown=True).text == "Gruyère"


def test_copied_words_keep_what_looks_like_a_mark(build: Callable[..., Translator]) -> None:
    """`￭` joins tokens in a vocabulary; copied from a line it is ordinary text."""
    found = hypothesis([UNK, 5, EOS], [[0.9, 0.0, 0.1], [0.0, 0.9, 0.1], [0.0, 0.1, 0.9]])
    assert build().decode("￭ cat", found, replace_unknown=True).text == "￭ chat"


def test_each_unknown_word_takes_its_own(build: Callable[..., Translator]) -> None:
    weights = [[0.1, 0.8, 0.1], [0.0, 0.1, 0.9], [0.8, 0.1, 0.1]]
    found = hypothesis([UNK, 4, UNK], weights)
    text = build().decode("Fribourg Gruyère", found, replace_unknown=True).text
    assert text == "Gruyère le Fribourg"


def test_without_attention_an_unknown_word_stays(build: Callable[..., Translator]) -> None:
    found = hypothesis([UNK, EOS], [[0.0, 0.0, 0.0]] * 2)
    assert build().decode("the Gruyère", found, replace_unknown=True).text == "<unk>"


def test_a_word_of_pieces_is_copied_whole(build: Callable[..., Translator]) -> None:
    """`slower` has most attention in sum, although one piece of `newest` has the most alone."""
    source = pieces_codec()
    line = "slower newest"
    tokens = source.tokenizer.encode(line).tokens
    starts = [index for index, token in enumerate(tokens) if token.startswith("▁")]
    assert starts[0] == 0
    assert 2 <= starts[1] <= len(tokens) - 1
    row = np.zeros(len(tokens) + 1)
    row[: starts[1]] = 0.6 / starts[1]
    row[starts[1]] = 0.4
    assert row.argmax() == starts[1]
    found = hypothesis([UNK, EOS], [row.tolist(), row.tolist()])
    translator = build(source=source)
    assert translator.decode(line, found, replace_unknown=True).text == "slower"


@pytest.mark.parametrize(
    ("kind", "line", "place"),
    [("word", "the #foo", 1), ("word", "cat (the)", 1), ("char", "a b", 1)],
)
def test_a_copied_token_joins_as_it_did(
    build: Callable[..., Translator], kind: str, line: str, place: int
) -> None:
    """All tokens but one are the target's own, and that one is copied with its marks."""
    source = Codec(
        train_tokenizer(kind, [line]), Vocabulary(train_tokenizer(kind, []).encode(line).tokens)
    )
    tokens = source.tokenizer.encode(line).tokens
    target = Codec(source.tokenizer, Vocabulary([*tokens[:place], *tokens[place + 1 :]]))
    ids = target.vocabulary.ids(tokens)
    assert ids.count(UNK) == 1
    found = hypothesis([*ids, EOS], np.eye(len(ids) + 1).tolist())
    translator = build(source=source, target=target)
    assert translator.decode(line, found, replace_unknown=True).text == line


def test_a_copied_piece_keeps_the_space_before_it(build: Callable[..., Translator]) -> None:
    source = pieces_codec()
    line = "slow low"
    tokens = source.tokenizer.encode(line).tokens
    assert tokens[2].startswith("▁") and tokens.count(tokens[2]) == 1
    known = [one for one in source.vocabulary.tokens if one not in (tokens[2], *SPECIALS)]
    target = Codec(source.tokenizer, Vocabulary(known))
    ids = target.vocabulary.ids(tokens)
    assert ids.count(UNK) == 1
    found = hypothesis([*ids, EOS], np.eye(len(ids) + 1).tolist())
    translator = build(source=source, target=target)
    assert translator.decode(line, found, replace_unknown=True).text == line


def test_an_unknown_piece_takes_a_piece(build: Callable[..., Translator]) -> None:
    """Both sides in pieces: what is unknown is one character, not a word."""
    source = pieces_codec()
    line = "Ωlow"
    ids = source.encode(line)
    tokens = source.tokenizer.encode(line).tokens
    place = tokens.index("<unk>")
    weights = np.full((len(ids) + 1, len(ids) + 1), 0.0)
    for row in range(len(ids)):
        weights[row, row] = 1.0
    weights[-1, -1] = 1.0
    translator = build(source=source, target=source)
    found = hypothesis([*ids, EOS], weights.tolist())
    assert ids[place] == UNK
    assert translator.decode(line, found, replace_unknown=True).text == line


def test_a_forced_target_is_its_text(build: Callable[..., Translator], seed: int) -> None:
    translator = build()
    found = translator.force("the cat sleeps.", "le  chat dort.", SETTINGS)
    assert found.text == "le chat dort."
    assert found.hypothesis.ids == (*FRENCH.encode("le chat dort."), EOS)
    assert found.hypothesis.weights.shape == (5, 5)


def test_a_forced_best_hypothesis_has_its_own_score(
    build: Callable[..., Translator], seed: int
) -> None:
    translator = build(ending=3.0)
    for line, found in zip(LINES, translator.translate(LINES, SETTINGS), strict=True):
        for one in found:
            ids = one.hypothesis.ids
            if ids[-1] == EOS and UNK not in ids and FRENCH.encode(one.text) == list(ids[:-1]):
                forced = translator.force(line, one.text, SETTINGS)
                assert forced.score == pytest.approx(one.score, abs=1e-11)
                np.testing.assert_allclose(
                    forced.hypothesis.weights, one.hypothesis.weights, rtol=0, atol=1e-11
                )
