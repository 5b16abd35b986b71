"""Word tokens and their join marks."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seq2seq_cli.text.tokenizer import train_tokenizer
from seq2seq_cli.text.words import WordTokenizer

ANY_TEXT = st.text(st.characters() | st.sampled_from("ab'￭％▁ffed05 .-東\u0301\t\u00a0"))


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("A dog runs.", ["A", "dog", "runs", "￭."]),
        ("l'ami qu'il", ["l'￭", "ami", "qu'￭", "il"]),
        (
            '"(Hello)", she said...',
            ['"', "￭(￭", "Hello", "￭)", '￭"', "￭,", "she", "said", "￭.", "￭.", "￭."],
        ),
        ("3.5 %", ["3", "￭.￭", "5", "%"]),
        ("東京 a東", ["東", "￭京", "a", "￭東"]),
        ("￭ ％ a￭b ％ffed", ["％ffed", "％ff05", "a", "￭％ffed￭", "b", "％ff05￭", "ffed"]),
        ("  two\u00a0 words\t", ["two", "words"]),
        ("", []),
    ],
)
def test_tokens(line: str, tokens: list[str]) -> None:
    tokenizer = WordTokenizer()
    assert list(tokenizer.encode(line).tokens) == tokens
    assert tokenizer.tokens_batch([line]) == [tokens]
    assert tokenizer.decode(tokens).text == " ".join(line.split())


def test_offsets_are_places_in_the_raw_line_and_in_the_text() -> None:
    tokenizer = WordTokenizer()
    encoding = tokenizer.encode("  l'ami,\t 東 l'ami")
    assert encoding.tokens == ("l'￭", "ami", "￭,", "東", "l'￭", "ami")
    assert encoding.offsets == ((2, 4), (4, 7), (7, 8), (10, 11), (12, 14), (14, 17))
    decoding = tokenizer.decode(encoding.tokens)
    assert decoding.text == "l'ami, 東 l'ami"
    assert decoding.offsets == ((0, 2), (2, 5), (5, 6), (7, 8), (9, 11), (11, 14))


@given(ANY_TEXT)
@example("￭％￭")
@example("％￭ffed")
def test_any_line_is_restored(line: str) -> None:
    tokenizer = WordTokenizer()
    encoding = tokenizer.encode(line)
    decoding = tokenizer.decode(encoding.tokens)
    assert decoding.text == " ".join(line.split())
    parts = [line[start:end] for start, end in encoding.offsets]
    assert parts == [decoding.text[start:end] for start, end in decoding.offsets]
    assert all(parts)
    assert tokenizer.tokens_batch([line, line]) == [list(encoding.tokens)] * 2
    assert tokenizer.encode_batch([line]) == [encoding]


@given(st.lists(st.text("a￭％ ")))
def test_any_tokens_decode_to_spans_of_their_text(tokens: list[str]) -> None:
    decoding = WordTokenizer().decode(tokens)
    assert len(decoding.offsets) == len(tokens)
    assert all(0 <= start <= end <= len(decoding.text) for start, end in decoding.offsets)


def test_marks_at_the_ends_and_lone_marks_add_nothing() -> None:
    decode = WordTokenizer().decode
    assert decode(["￭.", "a￭"]).text == ". a"
    assert decode(["a", "￭", "b"]).text == "ab"
    assert decode(["<unk>", "￭."]).text == "<unk>."


@given(ANY_TEXT)
def test_a_literal_stands_for_its_text(text: str) -> None:
    tokenizer = WordTokenizer()
    decoding = tokenizer.decode(["a￭", tokenizer.literal(text), "￭b"])
    assert decoding.text == f"a{text}b"


def test_display_has_no_marks_and_is_safe() -> None:
    display = WordTokenizer().display
    shown = [display(token) for token in ("l'￭", "￭.￭", "￭％ffed", "％ff05", "￭\x1b", "<unk>")]
    assert shown == ["l'", ".", "￭", "％", "␛", "<unk>"]


def test_lines_are_not_read_where_nothing_is_learned() -> None:
    lines = iter(["a"])
    assert train_tokenizer("word", lines).kind == "word"
    assert next(lines) == "a"


def test_what_is_remembered_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seq2seq_cli.text.encoding._CACHED_CHARACTERS", 50)
    tokenizer = WordTokenizer()
    lines = [f"w{number} common, {'x' * 30}" for number in range(40)]
    for line in lines:
        assert tokenizer.decode(tokenizer.encode(line).tokens).text == line
        assert sum(map(len, tokenizer._known)) <= 50
    assert tokenizer.tokens_batch(lines)[39] == ["w39", "common", "￭,", "x" * 30]
