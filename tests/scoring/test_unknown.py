"""Words that a model does not know, and what became of them: small vocabularies, given weights."""

import numpy as np
import pytest

from seq2seq_cli.scoring.unknown import unknown_in_references, unknown_in_sources
from seq2seq_cli.search.hypothesis import Hypothesis
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import tokenizer_from_json
from seq2seq_cli.text.vocabulary import EOS, UNK, Vocabulary


@pytest.fixture
def codec() -> Codec:
    tokenizer = tokenizer_from_json({"format": 1, "kind": "space"}, origin="test")
    return Codec(tokenizer, Vocabulary(["red", "cat", "chat", "rouge"]))


def hypothesis(codec: Codec, text: str, looks: list[int], columns: int) -> Hypothesis:
    """The text, each token of which looks at one source place; `</s>` at the first."""
    ids = [UNK if word == "<unk>" else codec.encode(word)[0] for word in text.split()]
    weights = np.eye(columns)[[*looks, 0]]
    return Hypothesis(ids=(*ids, EOS), log_probs=np.zeros(len(ids) + 1), weights=weights, score=0.0)


def tokens_of(codec: Codec, found: Hypothesis | None) -> list[str]:
    return [] if found is None else [codec.vocabulary.token(id_) for id_ in found.ids[:-1]]


def test_unknown_words_of_the_source_are_followed_by_attention(codec: Codec) -> None:
    sources = ["red zebra", "zebra cat", "cat", "okapi"]
    best = [
        hypothesis(codec, "<unk> rouge", [1, 0], 3),
        hypothesis(codec, "chat rouge", [1, 1], 3),
        hypothesis(codec, "chat", [0], 2),
        None,
    ]
    right = [False, True, True, False]
    written = [tokens_of(codec, one) for one in best]
    found = unknown_in_sources(sources, best, written, right, source=codec, target=codec)
    assert (found.tokens, found.count, found.lines) == (6, 3, 3)
    assert (found.right_with, found.right_without) == (pytest.approx(100 / 3), 100.0)
    assert list(found.words) == ["zebra", "okapi"]
    assert found.words["zebra"].most_common() == [(None, 1), ("<unk>", 1)]
    assert found.to_json()["words"][1] == {"word": "okapi", "count": 1, "became": [(None, 1)]}


def test_unknown_words_of_the_references_are_aligned_by_edits(codec: Codec) -> None:
    references = ["zèbre rouge", "chat zèbre", "chat"]
    best = [
        hypothesis(codec, "chat rouge", [0, 1], 3),
        hypothesis(codec, "chat", [0], 3),
        hypothesis(codec, "chat", [0], 2),
    ]
    written = [tokens_of(codec, one) for one in best]
    found = unknown_in_references(references, written, [False, False, True], target=codec)
    assert (found.tokens, found.count, found.lines) == (5, 2, 2)
    assert found.words["zèbre"].most_common() == [(None, 1), ("chat", 1)]
    assert (found.right_with, found.right_without) == (0.0, 100.0)


def test_without_attention_nothing_looks_anywhere(codec: Codec) -> None:
    blind = hypothesis(codec, "chat", [0], 2)
    blind = Hypothesis(
        ids=blind.ids, log_probs=blind.log_probs, weights=np.zeros((2, 2)), score=0.0
    )
    found = unknown_in_sources(["zebra"], [blind], [["chat"]], [False], source=codec, target=codec)
    assert found.words["zebra"].most_common() == [(None, 1)]
