"""Text in a Unicode normal form, and back in the form that it was given in."""

import json
import random
from unicodedata import normalize

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.features import FeatureTokenizer
from seq2seq_cli.text.normalization import Form, NormalizedTokenizer, count_lost, form_of
from seq2seq_cli.text.tokenizer import TOKENIZER_KINDS, tokenizer_from_json, train_tokenizer
from seq2seq_cli.text.vocabulary import Vocabulary

KOREAN = "한글 a각"
VIETNAMESE = "tiếng Việt"


def decomposing(kind: str = "char", form: Form = "nfd") -> NormalizedTokenizer:
    lines = [normalize("NFD", line) for line in (KOREAN, VIETNAMESE)] * 5
    inner = train_tokenizer(kind, lines, vocabulary_size=60)
    return NormalizedTokenizer(inner, form=form, written="nfc")


def test_syllables_become_letters_with_the_place_of_their_syllable() -> None:
    tokenizer = decomposing()
    encoding = tokenizer.encode(KOREAN)
    assert [tokenizer.display(token) for token in encoding.tokens] == list("ㅎㅏㄴㄱㅡㄹ␣aㄱㅏㄱ")
    assert encoding.offsets == (
        *[(0, 1)] * 3,
        *[(1, 2)] * 3,
        (2, 3),
        (3, 4),
        *[(4, 5)] * 3,
    )


def test_a_composed_line_and_a_decomposed_one_are_the_same_tokens() -> None:
    tokenizer = decomposing()
    composed, decomposed = VIETNAMESE, normalize("NFD", VIETNAMESE)
    assert tokenizer.encode(composed).tokens == tokenizer.encode(decomposed).tokens
    assert tokenizer.tokens_batch([composed]) == [list(tokenizer.encode(decomposed).tokens)]


@pytest.mark.parametrize("kind", TOKENIZER_KINDS)
def test_what_is_written_is_composed_again(kind: str) -> None:
    tokenizer = decomposing(kind)
    for line in (KOREAN, VIETNAMESE):
        assert tokenizer.decode(tokenizer.encode(line).tokens).text == line


def test_decoded_tokens_have_the_place_of_what_they_were_composed_to() -> None:
    tokenizer = decomposing()
    decoding = tokenizer.decode([*normalize("NFD", "한é"), "▁", "x"])
    assert decoding.text == "한é x"
    assert decoding.offsets == (*[(0, 1)] * 3, *[(1, 2)] * 2, (3, 3), (3, 4))


def test_half_a_syllable_is_written_as_far_as_it_goes() -> None:
    tokenizer = decomposing()
    assert tokenizer.decode(["\u1112", "\u1161", "\u1100"]).text == "하\u1100"


@pytest.mark.parametrize("form", ["nfc", "nfd", "nfkc"])
def test_every_token_covers_what_it_was_made_of(form: Form) -> None:
    chance = random.Random(3)
    alphabet = "aeé한각ㄱ\u1100\u1161\u11a8\u0301\u0323\u0344ﬁﾊﾞ①\u0e33\u09c7\u09be ñ"
    tokenizer = NormalizedTokenizer(train_tokenizer("char", []), form=form, written="nfc")
    for _ in range(300):
        line = "".join(chance.choices(alphabet, k=chance.randint(1, 9)))
        encoding = tokenizer.encode(line)
        assert list(encoding.tokens) == tokenizer.tokens_batch([line])[0]
        assert len(encoding.offsets) == len(encoding.tokens)
        places = [0, *(place for span in encoding.offsets for place in span), len(line)]
        assert min(places) == 0
        assert max(places) == len(line)
        for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True):
            assert token == "▁" or token in normalize(form.upper(), line[start:end])  # type: ignore[arg-type]


def test_the_form_of_most_lines_is_what_is_written() -> None:
    assert form_of(["abc", "é", "é", normalize("NFD", "é")]) == "nfc"
    assert form_of([normalize("NFD", "é"), normalize("NFD", KOREAN), "é"]) == "nfd"
    assert form_of(["abc"]) == "nfc"


def test_what_a_form_loses_is_counted() -> None:
    lines = ["ﬁn", "fin", "é", normalize("NFD", "é")]
    assert count_lost(lines, "nfd", "nfc") == 1
    assert count_lost(lines, "nfkc", "nfc") == 2


def test_clipped_lines_are_counted_in_what_a_form_makes_of_them() -> None:
    codec = Codec(decomposing("char"), Vocabulary([]))
    assert codec.clip("한가", 5) == "한가"
    assert codec.clip("한" * 10, 15) == "한" * 5
    assert len(codec.tokenizer.encode(codec.clip("한" * 10, 15)).tokens) == 15


def test_features_pass_through() -> None:
    inner = FeatureTokenizer(train_tokenizer("char", []), columns=1, separator=";")
    tokenizer = NormalizedTokenizer(inner, form="nfd", written="nfc")
    line = "한\tV;é"
    encoding = tokenizer.encode(line)
    assert encoding.leading_features == 2
    assert [tokenizer.display(t) for t in encoding.tokens[2:]] == ["ㅎ", "ㅏ", "ㄴ"]
    assert [line[start:end] for start, end in encoding.offsets] == ["V", "é", "한", "한", "한"]
    assert tokenizer.text_of(line) == "한"


def test_a_stored_tokenizer_is_the_same() -> None:
    inner = FeatureTokenizer(decomposing("bpe").inner, columns=1, separator=";")
    tokenizer = NormalizedTokenizer(inner, form="nfd", written="nfc")
    again = tokenizer_from_json(json.loads(json.dumps(tokenizer.to_json())), origin="here")
    assert again.to_json() == tokenizer.to_json()
    assert again.encode(f"{KOREAN}\tV") == tokenizer.encode(f"{KOREAN}\tV")
    assert (again.kind, again.has_pieces, again.feature_separator) == ("bpe", True, ";")


@pytest.mark.parametrize("changes", [{"form": "nfz"}, {"form": ["nfd"]}, {"written": "nfkc"}])
def test_an_unknown_form_in_a_file_is_damage(changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected two Unicode normal forms, found"):
        tokenizer_from_json(decomposing().to_json() | changes, origin="here")
