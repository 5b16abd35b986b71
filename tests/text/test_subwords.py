"""Subword pieces: what is learned, where pieces stand, and what unknown characters become."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.text import subwords
from seq2seq_cli.text.encoding import Tokenizer
from seq2seq_cli.text.tokenizer import group_pieces, train_tokenizer, word_spans

LINES = [
    "The dogs are running, the dog runs.",
    "Die Hunde laufen; der Hund läuft über die Straße!",
    "running dogs run (quickly) and don't stop ▁here",
] * 4
ALPHABET = set("".join(LINES))
ANY_TEXT = st.text(
    st.characters(codec="utf-8") | st.sampled_from("dogs ▁Hund.,läß\t\u00a0\u3000\u2028<unk>/")
)


@pytest.fixture(scope="module", params=["bpe", "unigram"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return train_tokenizer(request.param, LINES, vocabulary_size=90)


def test_merges_are_learned_in_order_of_frequency() -> None:
    # "ab" three times, "abc" twice: first ▁+a, then ▁a+b, then ▁ab+c.
    tokenizer = train_tokenizer("bpe", ["abc abc ab a"], vocabulary_size=16)
    assert tokenizer.to_json() == {
        "format": 1,
        "kind": "bpe",
        "pieces": ["a", "b", "c", "▁", "▁a", "▁ab", "▁abc"],
        "merges": [["▁", "a"], ["▁a", "b"], ["▁ab", "c"]],
    }
    assert tokenizer.encode("abcab cab").tokens == ("▁abc", "a", "b", "▁", "c", "a", "b")


def test_offsets_are_characters_of_the_raw_line(tokenizer: Tokenizer) -> None:
    line = "  läuft\u00a0 über ▁ Straße "
    encoding = tokenizer.encode(line)
    assert "".join(line[start:end] for start, end in encoding.offsets) == "läuftüber▁Straße"
    for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True):
        assert token.removeprefix("▁").replace("\t", "▁") == line[start:end]


def test_unknown_characters_are_one_token_each(tokenizer: Tokenizer) -> None:
    line = "dog日本 🙂\u0416."
    encoding = tokenizer.encode(line)
    unknown = [
        line[start:end]
        for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True)
        if token == "<unk>"
    ]
    assert unknown == ["日", "本", "🙂", "\u0416"]
    assert tokenizer.decode(encoding.tokens).text == "dog<unk><unk> <unk><unk>."
    literal = [tokenizer.literal("本") if token == "<unk>" else token for token in encoding.tokens]
    assert tokenizer.decode(literal).text == "dog本本 本本."


def test_pieces_never_straddle_words_and_punctuation(tokenizer: Tokenizer) -> None:
    line = "running, (dogs) run."
    pieces = tokenizer.encode(line)
    groups = group_pieces(line, pieces.offsets)
    merged = [line[pieces.offsets[group[0]][0] : pieces.offsets[group[-1]][1]] for group in groups]
    assert merged == [line[start:end] for start, end in word_spans(line)]


@pytest.mark.parametrize("line", ["</s>", "<unk>", "<pad> <s>", "a</s>b"])
@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_specials_in_a_line_are_ordinary_text(kind: str, line: str) -> None:
    tokenizer = train_tokenizer(kind, [line] * 5, vocabulary_size=50)
    tokens = tokenizer.encode(line).tokens
    assert not set(tokens) & {"</s>", "<unk>", "<pad>", "<s>"}
    assert tokenizer.decode(tokens).text == line


@given(ANY_TEXT)
def test_known_characters_are_restored_and_others_unknown(tokenizer: Tokenizer, line: str) -> None:
    encoding = tokenizer.encode(line)
    expected = "".join(
        character if character in ALPHABET else "<unk>" for character in " ".join(line.split())
    )
    decoding = tokenizer.decode(encoding.tokens)
    assert decoding.text == expected
    assert tokenizer.tokens_batch([line]) == [list(encoding.tokens)]
    assert tokenizer.encode_batch([line, ""])[0] == encoding
    assert "".join(line[start:end] for start, end in encoding.offsets) == "".join(line.split())
    assert "".join(decoding.text[start:end] for start, end in decoding.offsets) == "".join(
        expected.split()
    )


@given(lines=st.lists(ANY_TEXT, max_size=5))
def test_the_fast_way_gives_the_same_tokens(tokenizer: Tokenizer, lines: list[str]) -> None:
    chunks = [chunk for line in lines for chunk in line.split()]
    slow = [encoding.tokens for encoding in tokenizer.encode_chunks(chunks)]
    assert list(map(tuple, tokenizer.chunk_tokens(chunks))) == slow


def test_the_fast_way_takes_many_chunks_at_once(tokenizer: Tokenizer) -> None:
    chunks = [f"dog{number % 7},{'日本' if number % 100 == 0 else ''}" for number in range(1_000)]
    slow = [encoding.tokens for encoding in tokenizer.encode_chunks(chunks)]
    assert list(map(tuple, tokenizer.chunk_tokens(chunks))) == slow


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
@settings(max_examples=40)
@given(lines=st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_lines_that_were_learned_are_restored(kind: str, lines: list[str]) -> None:
    lines = [*lines, "x"]
    size = 60 + len(set("".join(lines)))
    tokenizer = train_tokenizer(kind, lines, vocabulary_size=size)
    for line in lines:
        assert tokenizer.decode(tokenizer.encode(line).tokens).text == " ".join(line.split())


def test_a_unigram_vocabulary_smaller_than_the_alphabet_is_refused() -> None:
    lines = ["".join(chr(code) for code in range(0x4E00, 0x4E64)), "x"]
    with pytest.raises(InputError, match=r"the lines have 102, and --vocab-size is 60\. Raise it"):
        train_tokenizer("unigram", lines, vocabulary_size=60)


def test_lone_surrogates_are_unknown(tokenizer: Tokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode("dog \udcff").tokens).text == "dog <unk>"


def test_spaces_of_generated_pieces_are_single_and_never_at_the_ends(tokenizer: Tokenizer) -> None:
    decoding = tokenizer.decode(["▁", "▁the", "▁", "▁dog", "s", "▁"])
    assert decoding.text == "the dogs"
    assert decoding.offsets == ((0, 0), (0, 3), (4, 4), (4, 7), (7, 8), (8, 8))


def test_display_keeps_word_starts_and_is_safe(tokenizer: Tokenizer) -> None:
    assert [tokenizer.display(token) for token in ("▁dog", "s", "▁\t", "\x1b")] == [
        "▁dog",
        "s",
        "▁▁",
        "␛",
    ]
    assert tokenizer.has_pieces


TRAIN_IN_NEW_PROCESS = """
import hashlib, json, sys
from seq2seq_cli.text.tokenizer import train_tokenizer
words = [f"{a}{b}{c}" for a in ("un", "re", "ver", "x") for b in ("lauf", "geh", "run", "walk")
         for c in ("", "en", "ing", "s", "z")]
lines = [" ".join(words[i * j % len(words)] for j in range(1, 9)) for i in range(400)]
tokenizer = train_tokenizer(sys.argv[1], [*lines, "q w y j ß é 1 2 3"], vocabulary_size=80)
print(hashlib.sha256(json.dumps(tokenizer.to_json()).encode()).hexdigest())
"""


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_the_same_lines_give_the_same_pieces_in_any_process(kind: str) -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", TRAIN_IN_NEW_PROCESS, kind],
            env={**os.environ, "RAYON_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "4")
    }
    assert len(digests) == 1


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_nothing_to_learn_from_is_an_input_error(kind: str) -> None:
    with pytest.raises(InputError, match=f"a {kind} tokenizer needs text to learn from"):
        train_tokenizer(kind, ["", " \t"])


@pytest.mark.parametrize("size", [0, -5, 15, 5_000_001])
def test_a_size_out_of_range_is_an_input_error(size: int) -> None:
    with pytest.raises(InputError, match=f"16 to 5,000,000 pieces, found {size:,}"):
        train_tokenizer("bpe", LINES, vocabulary_size=size)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="word, char, space, bpe, unigram"):
        train_tokenizer("wordpiece", LINES)


class PanicException(BaseException):
    """Named as the library's panics are, which no module exports."""


@pytest.mark.parametrize("failure", [PanicException("index out of bounds"), Exception("bad")])
def test_failures_of_the_library_become_work_errors(
    monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(subwords, "_train_library", fail)
    with pytest.raises(WorkError, match="learning bpe pieces failed"):
        train_tokenizer("bpe", LINES)


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), InputError("line 3"), OSError("gone")])
def test_failures_that_are_not_the_librarys_pass_through(failure: BaseException) -> None:
    def lines() -> object:
        yield "a line"
        raise failure

    with pytest.raises(type(failure)):
        train_tokenizer("bpe", lines())
