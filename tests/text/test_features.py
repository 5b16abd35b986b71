"""Features of a line: whole symbols before its text, whatever the tokenizer of the text."""

import json

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.features import FeatureTokenizer, check_columns, with_features
from seq2seq_cli.text.segmentation import group_pieces
from seq2seq_cli.text.tokenizer import TOKENIZER_KINDS, tokenizer_from_json, train_tokenizer

CORPUS = ["walk low lower", "walking slow slower"] * 10


def featured(kind: str, columns: int = 1, separator: str = ";") -> FeatureTokenizer:
    inner = train_tokenizer(kind, CORPUS, vocabulary_size=24)
    return FeatureTokenizer(inner, columns=columns, separator=separator)


@pytest.mark.parametrize("kind", TOKENIZER_KINDS)
def test_features_are_symbols_before_the_tokens_of_the_text(kind: str) -> None:
    tokenizer = featured(kind)
    line = "walk low\tV; PST ;3"
    encoding = tokenizer.encode(line)
    plain = tokenizer.inner.encode("walk low")
    assert encoding.leading_features == 3
    assert encoding.tokens[3:] == plain.tokens
    assert encoding.text_offsets == plain.offsets
    assert [tokenizer.display(token) for token in encoding.tokens[:3]] == ["<V>", "<PST>", "<3>"]
    assert [line[start:end] for start, end in encoding.offsets[:3]] == ["V", "PST", "3"]
    assert tokenizer.tokens_batch([line, "", "low\t"]) == [
        list(encoding.tokens),
        [],
        list(tokenizer.inner.encode("low").tokens),
    ]
    assert tokenizer.decode(encoding.tokens).text == "walk low"


def test_a_feature_is_never_a_letter_of_the_text() -> None:
    tokens = featured("char").encode("V\tV").tokens
    assert len(set(tokens)) == 2


def test_columns_follow_each_other_and_empty_ones_have_no_features() -> None:
    tokenizer = featured("char", columns=3, separator="|")
    tokens = tokenizer.encode("a\tde\t\tV|PST|").tokens
    assert [tokenizer.display(token) for token in tokens] == ["<de>", "<V>", "<PST>", "a"]


def test_a_blank_text_has_no_tokens_whatever_its_features() -> None:
    assert featured("bpe").encode("  \tV;PST").tokens == ()
    assert featured("char").tokens_batch(["\tV"]) == [[]]


def test_a_text_of_subwords_is_grouped_without_its_features() -> None:
    tokenizer = featured("bpe")
    line = with_features("walking lower", ["V", "PST;3"], ";")
    encoding = tokenizer.encode(line)
    groups = group_pieces(tokenizer.text_of(line), encoding.offsets, encoding.leading_features)
    assert groups[:3] == [[0], [1], [2]]
    assert len(groups) == 5
    assert [index for group in groups for index in group] == list(range(len(encoding.tokens)))


def test_what_is_shown_of_a_feature_is_harmless() -> None:
    tokenizer = featured("char")
    assert tokenizer.display(tokenizer.encode("a\tV\x1b[2J").tokens[0]) == "<V␛[2J>"


def test_a_stored_tokenizer_is_the_same() -> None:
    tokenizer = featured("bpe", columns=2, separator="::")
    again = tokenizer_from_json(json.loads(json.dumps(tokenizer.to_json())), origin="here")
    assert (again.kind, again.has_pieces, again.feature_columns) == ("bpe", True, 2)
    assert again.encode("low walk\tV::A\tx") == tokenizer.encode("low walk\tV::A\tx")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": 0}, "expected 1 to 64 columns, found 0"),
        ({"columns": True}, "expected 1 to 64 columns, found True"),
        ({"separator": ""}, "expected a separator of 1 to"),
        ({"separator": "\t"}, "without tabs"),
        ({"inner": None}, "expected an inner tokenizer of kind word, char, space, bpe, unigram"),
        ({"more": 1}, "expected the keys format, kind, columns, separator, inner"),
    ],
)
def test_what_is_no_tokenizer_is_said(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tokenizer_from_json(featured("char").to_json() | changes, origin="here")


def test_a_tokenizer_cannot_hold_itself_again_and_again() -> None:
    data = featured("char").to_json()
    with pytest.raises(InputError, match="expected an inner tokenizer"):
        tokenizer_from_json(data | {"inner": data}, origin="here")


def test_missing_columns_are_said_with_their_place() -> None:
    tokenizer = featured("char", columns=2)
    check_columns(tokenizer, "walk\tV\tPST", "here")
    check_columns(tokenizer, " ", "here")
    check_columns(train_tokenizer("char", []), "walk\tV", "here")
    with pytest.raises(InputError) as caught:
        check_columns(tokenizer, "walk\tV", "standard input, line 7")
    assert str(caught.value) == (
        "standard input, line 7: expected a source and, after tabs, 2 columns of features, as the "
        "data was prepared with; found 1 after `walk`."
    )
