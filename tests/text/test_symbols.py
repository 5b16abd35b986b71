"""Characters and symbols as tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.text.symbols import CharTokenizer, SpaceTokenizer

ANY_TEXT = st.text(st.characters() | st.sampled_from("ab▁％2581 \t\u00a0\u2028\x1c"))


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("chat", ["c", "h", "a", "t"]),
        (" a \t b ", ["a", "▁", "b"]),
        ("▁％e\u0301\x1b", ["％2581", "％ff05", "e", "\u0301", "\x1b"]),
        ("", []),
    ],
)
def test_characters(line: str, tokens: list[str]) -> None:
    tokenizer = CharTokenizer()
    assert list(tokenizer.encode(line).tokens) == tokens
    assert tokenizer.decode(tokens).text == " ".join(line.split())


def test_a_space_spans_the_whole_run_of_white_space() -> None:
    encoding = CharTokenizer().encode("\u00a0a \t\u2028b ")
    assert encoding.tokens == ("a", "▁", "b")
    assert encoding.offsets == ((1, 2), (2, 5), (5, 6))


def test_characters_decode_with_spans() -> None:
    decoding = CharTokenizer().decode(["▁", "a", "▁", "▁", "<unk>", "％2581", "▁"])
    assert decoding.text == "a <unk>▁"
    assert decoding.offsets == ((0, 0), (0, 1), (2, 2), (2, 2), (2, 7), (7, 8), (8, 8))


@given(ANY_TEXT)
def test_any_line_is_restored_from_characters(line: str) -> None:
    tokenizer = CharTokenizer()
    encoding = tokenizer.encode(line)
    assert tokenizer.decode(encoding.tokens).text == " ".join(line.split())
    assert tokenizer.tokens_batch([line]) == [list(encoding.tokens)]
    raw = [line[start:end] for start, end in encoding.offsets]
    assert len(raw) == len(encoding.tokens)
    for token, part in zip(encoding.tokens, raw, strict=True):
        assert part.isspace() if token == "▁" else tokenizer.decode([token]).text == part


@given(st.text(st.characters() | st.sampled_from("▁％2581")))
def test_a_literal_character_stands_for_its_text(text: str) -> None:
    tokenizer = CharTokenizer()
    assert tokenizer.decode(["a", tokenizer.literal(text), "b"]).text == f"a{text}b"


def test_characters_are_shown_safely_and_spaces_visibly() -> None:
    display = CharTokenizer().display
    assert [display(token) for token in ("▁", "％2581", "\x1b", "é")] == ["␣", "▁", "␛", "é"]


def test_symbols_are_what_white_space_separates() -> None:
    tokenizer = SpaceTokenizer()
    encoding = tokenizer.encode(" a  ɑ̃\u00a0ʃ </s>")
    assert encoding.tokens == ("a", "ɑ̃", "ʃ", "</s>")
    assert encoding.offsets == ((1, 2), (4, 6), (7, 8), (9, 13))
    decoding = tokenizer.decode(encoding.tokens)
    assert decoding.text == "a ɑ̃ ʃ </s>"
    assert decoding.offsets == ((0, 1), (2, 4), (5, 6), (7, 11))
    assert tokenizer.display("a\x1b") == "a␛"
    assert tokenizer.literal("▁") == "▁"


@given(ANY_TEXT)
def test_any_line_is_restored_from_symbols(line: str) -> None:
    tokenizer = SpaceTokenizer()
    encoding = tokenizer.encode(line)
    assert tokenizer.decode(encoding.tokens).text == " ".join(line.split())
    assert tokenizer.tokens_batch([line]) == [list(encoding.tokens)]
    assert [line[start:end] for start, end in encoding.offsets] == list(encoding.tokens)
