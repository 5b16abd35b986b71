"""Numbers for tokens, and the vocabulary that is made of them."""

from collections.abc import Sequence

import numpy as np
import pytest

from seq2seq_cli.batching import numbering as module
from seq2seq_cli.batching.numbering import Numbering, TokenNumbers, vocabulary_of
from seq2seq_cli.text.symbols import CharTokenizer
from seq2seq_cli.text.vocabulary import UNK
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
        assert spelled(numbering, [line]) == [line.split()]
        assert sum(map(len, numbering._chunks)) <= 20 + len(line)
    assert len(numbering.tokens) == 32


def test_frequency_and_size_bound_the_vocabulary() -> None:
    numbers = TokenNumbers()
    numbers.of([["a", "b", "c", "d"]])
    counts = np.array([1, 5, 3, 3])
    frequent, ids = vocabulary_of(numbers, counts, maximum_size=None, minimum_frequency=2)
    assert frequent.tokens[4:] == ("b", "c", "d")
    assert ids.tolist() == [UNK, 4, 5, 6]
    assert vocabulary_of(numbers, counts, maximum_size=6, minimum_frequency=1)[0].tokens[4:] == (
        "b",
        "c",
    )


def test_endless_tokens_are_unknown() -> None:
    numbers = TokenNumbers()
    numbers.of([["x" * 1_000, "x" * 1_001]])
    _, ids = vocabulary_of(numbers, np.array([1, 9]), maximum_size=None, minimum_frequency=1)
    assert ids.tolist() == [4, UNK]
