"""Numbers for tokens, and the vocabulary that is made of them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from seq2seq_cli.batching import numbering as module
from seq2seq_cli.batching.numbering import Numbering, TokenNumbers, vocabulary_of
from seq2seq_cli.text.symbols import CharTokenizer
from seq2seq_cli.text.words import WordTokenizer


class CountingTokenizer(WordTokenizer):
    """Remembers which chunks it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def chunk_tokens(self, chunks: Sequence[str]) -> list[Sequence[str]]:
        self.asked += chunks
        return super().chunk_tokens(chunks)


def spelled(numbering: Numbering, lines: list[str]) -> list[list[str]]:
    """The tokens that the numbers of `lines` stand for, line by line."""
    found, tokens = numbering.of(lines), list(numbering.tokens)
    rows = np.split(found.numbers, np.cumsum(found.lengths))[:-1]
    assert found.lengths.sum() == len(found.numbers)
    return [[tokens[number] for number in row] for row in rows]


def test_numbers_follow_the_first_sight_of_tokens() -> None:
    numbers = TokenNumbers()
    assert numbers.of([["b", "a"], [], ["b", "c"]]).tolist() == [0, 1, 0, 2]
    assert numbers.of([["c", "d"]]).tolist() == [2, 3]


def test_lines_of_chunks_by_hand() -> None:
    numbering = Numbering(WordTokenizer())
    found = numbering.of(["", "a, b", " ", "b a,\ta", ""])
    assert list(numbering.tokens) == ["a", "￭,", "b"]
    assert found.numbers.tolist() == [0, 1, 2, 2, 0, 1, 0]
    assert found.lengths.tolist() == [0, 3, 0, 4, 0]
    turned = found.taken(np.array([3, 0, 1]))
    assert (turned.numbers.tolist(), turned.lengths.tolist()) == ([2, 0, 1, 0, 0, 1, 2], [4, 0, 3])
    kept = found.kept(np.array([True, False, True, True, False]))
    assert kept.numbers.tolist() == [2, 0, 1, 0]
    assert kept.lengths.tolist() == [0, 0, 4]
    assert numbering.of([]).lengths.tolist() == []


def test_lines_of_symbols() -> None:
    numbering = Numbering(CharTokenizer())
    assert spelled(numbering, ["ab a", "", "b"]) == [["a", "b", "▁", "a"], [], ["b"]]


def test_a_chunk_is_tokenized_once() -> None:
    tokenizer = CountingTokenizer()
    numbering = Numbering(tokenizer)
    assert spelled(numbering, ["a b.", "b. a"]) == [["a", "b", "￭."], ["b", "￭.", "a"]]
    assert spelled(numbering, ["c b."]) == [["c", "b", "￭."]]
    assert tokenizer.asked == ["a", "b.", "c"]


def test_what_is_remembered_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED_CHARACTERS", 20)
    numbering = Numbering(WordTokenizer())
    for number in range(30):
        line = f"w{number} common {'x' * 10}"
        numbering.tidy()
        assert spelled(numbering, [line]) == [line.split()]
        assert sum(map(len, numbering._chunks)) <= 20 + len(line)
    assert len(numbering.tokens) < 6


def test_many_tokens_are_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED_TOKENS", 3)
    numbering = Numbering(CharTokenizer())
    assert spelled(numbering, ["abcd"]) == [list("abcd")]
    numbering.tidy()
    assert spelled(numbering, ["da"]) == [["d", "a"]]
    numbering.tidy()
    assert list(numbering.tokens) == ["d", "a"]


def test_frequency_and_size_bound_the_vocabulary() -> None:
    counts = Counter(a=1, b=5, c=3, d=3, e=0)
    frequent = vocabulary_of(counts, maximum_size=None, minimum_frequency=2)
    assert frequent.tokens[4:] == ("b", "c", "d")
    assert vocabulary_of(counts, maximum_size=6, minimum_frequency=1).tokens[4:] == ("b", "c")
    assert "e" not in vocabulary_of(counts, maximum_size=None, minimum_frequency=1)


def test_endless_tokens_are_unknown() -> None:
    counts = Counter({"x" * 1_000: 1, "x" * 1_001: 9})
    found = vocabulary_of(counts, maximum_size=None, minimum_frequency=1)
    assert found.tokens[4:] == ("x" * 1_000,)
