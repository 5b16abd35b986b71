"""Tokens and ids."""

from collections import Counter

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.vocabulary import BOS, EOS, PAD, SPECIALS, UNK, Vocabulary


def test_specials_come_first_and_ties_are_in_order_of_spelling() -> None:
    vocabulary = Vocabulary.from_counts(Counter({"b": 2, "c": 5, "a": 2, "d": 1, "e": 0}))
    assert vocabulary.tokens == ("<pad>", "<s>", "</s>", "<unk>", "c", "a", "b", "d")
    assert (PAD, BOS, EOS, UNK) == (0, 1, 2, 3)
    assert vocabulary.ids(["a", "zebra", "d"]) == [5, UNK, 7]
    assert [vocabulary.token(id_) for id_ in (2, 4)] == ["</s>", "c"]
    assert len(vocabulary) == 8


def test_limits() -> None:
    counts = Counter({"b": 2, "c": 5, "a": 2, "d": 1})
    assert Vocabulary.from_counts(counts, maximum_size=6).tokens[4:] == ("c", "a")
    assert Vocabulary.from_counts(counts, minimum_frequency=2).tokens[4:] == ("c", "a", "b")
    with pytest.raises(InputError, match="at least 5, found 4"):
        Vocabulary.from_counts(counts, maximum_size=4)


def test_text_spelled_like_a_special_is_unknown() -> None:
    vocabulary = Vocabulary.from_counts(Counter({"</s>": 9, "<pad>": 9, "a": 1}))
    assert vocabulary.tokens == (*SPECIALS, "a")
    assert vocabulary.ids(["</s>", "<pad>", "<unk>", "a"]) == [UNK, UNK, UNK, 4]
    assert "</s>" not in vocabulary
    assert "a" in vocabulary


def test_tokens_no_file_could_hold_stay_unknown() -> None:
    counts = Counter({"x" * 1_001: 9, "\udcff": 9, "x" * 1_000: 1})
    assert Vocabulary.from_counts(counts).tokens[4:] == ("x" * 1_000,)


def test_ids_out_of_range_are_errors() -> None:
    vocabulary = Vocabulary(["a"])
    for id_ in (-1, 5):
        with pytest.raises(IndexError):
            vocabulary.token(id_)


def test_doubled_tokens_are_refused() -> None:
    for tokens in (["a", "a"], ["</s>"]):
        with pytest.raises(ValueError, match="differ"):
            Vocabulary(tokens)


def test_closest_words_by_spelling() -> None:
    vocabulary = Vocabulary(["house", "horse", "houses", "dog", "￭."])
    assert vocabulary.closest("Hous") == ["house", "houses", "horse"]
    assert vocabulary.closest("hous", n=1) == ["house"]
    assert vocabulary.closest("zygote") == []
    assert vocabulary.closest("</s>") == []
    assert vocabulary.closest("DOG", display=str.title) == ["Dog"]


def test_json_round_trip() -> None:
    vocabulary = Vocabulary(["été", "￭."])
    again = Vocabulary.from_json(vocabulary.to_json(), "here")
    assert again == vocabulary
    assert again.ids(["￭."]) == [5]


GOOD = [*SPECIALS, "a"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "expected a mapping, found list"),
        ({"tokens": GOOD}, "expected the keys format, tokens, found tokens"),
        ({"format": 1, "tokens": GOOD, "x\x1b": 1}, "found format, tokens, x␛"),
        ({"format": 2, "tokens": GOOD}, "format 2 is newer than this s2s"),
        ({"format": 99, "words": GOOD}, "format 99 is newer than this s2s"),
        ({"format": True, "tokens": GOOD}, "expected format 1, found True"),
        ({"format": "1", "tokens": GOOD}, "expected format 1, found '1'"),
        ({"format": 1, "tokens": "a"}, "expected a list of tokens, found str"),
        ({"format": 1, "tokens": [*GOOD, 3]}, "found 3"),
        ({"format": 1, "tokens": [*GOOD, ""]}, "found ''"),
        ({"format": 1, "tokens": [*GOOD, "x" * 1_001]}, "of 1 to 1,000 Unicode characters"),
        ({"format": 1, "tokens": [*GOOD, "\ud800"]}, "Unicode characters"),
        ({"format": 1, "tokens": [*GOOD, "a"]}, "expected different tokens, found a twice"),
        ({"format": 1, "tokens": ["a", *SPECIALS]}, "the first tokens to be <pad> <s> </s> <unk>"),
        ({"format": 1, "tokens": []}, "the first tokens to be"),
    ],
)
def test_bad_json_is_refused_with_its_origin(data: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        Vocabulary.from_json(data, "run/source.vocabulary.json")
    assert str(error.value).startswith("run/source.vocabulary.json: ")
    assert message in str(error.value)


def test_too_many_tokens_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seq2seq_cli.text.checks.MAXIMUM_TOKENS", 4)
    with pytest.raises(InputError, match="at most 4 tokens, found 5"):
        Vocabulary.from_json({"format": 1, "tokens": GOOD}, "here")
