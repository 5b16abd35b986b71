"""Tokenizers stored and read back; files that are not tokenizers."""

import json

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.text import subwords
from seq2seq_cli.text.tokenizer import TOKENIZER_KINDS, tokenizer_from_json, train_tokenizer

LINES = ["the dog runs", "the dogs run over there", "läuft ▁ l'ami \x00"] * 3
BPE = {"format": 1, "kind": "bpe", "pieces": ["a", "▁", "▁a"], "merges": [["▁", "a"]]}
UNIGRAM = {"format": 1, "kind": "unigram", "pieces": ["▁", "a"], "scores": [-1, -2.5]}


@pytest.mark.parametrize("kind", TOKENIZER_KINDS)
def test_a_stored_tokenizer_is_the_same(kind: str) -> None:
    tokenizer = train_tokenizer(kind, LINES, vocabulary_size=60)
    stored = json.loads(json.dumps(tokenizer.to_json()))
    again = tokenizer_from_json(stored, origin="here")
    assert again.kind == kind
    assert again.has_pieces == (kind in ("bpe", "unigram"))
    assert again.to_json() == tokenizer.to_json()
    for line in [*LINES, "an unknown wörd, </s>"]:
        assert again.encode(line) == tokenizer.encode(line)


@pytest.mark.parametrize("good", [BPE, UNIGRAM])
def test_the_smallest_models_are_read(good: dict[str, object]) -> None:
    assert tokenizer_from_json(good, origin="here").encode("a").tokens in {("▁a",), ("▁", "a")}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "expected a mapping, found NoneType"),
        ({"format": 1}, "expected the keys format, kind"),
        (
            {"format": 1, "kind": "pickle"},
            "of kind word, char, space, bpe, unigram, found 'pickle'",
        ),
        ({"format": 1, "kind": ["bpe"]}, "found ['bpe']"),
        ({"format": 1, "kind": "word", "merges": []}, "found format, kind, merges"),
        ({"format": 7, "kind": "future"}, "format 7 is newer than this s2s"),
        ({"format": 0, "kind": "word"}, "expected format 1, found 0"),
        ({**BPE, "model": {"type": "BPE"}}, "expected the keys format, kind, pieces, merges"),
        ({**BPE, "pieces": ["a", "▁"]}, "expected a merge of two pieces to one"),
        ({**BPE, "pieces": ["a", "a", "▁", "▁a"]}, "expected different pieces, found a twice"),
        ({**BPE, "pieces": ["a"], "merges": []}, "expected the piece ▁ and no piece <unk>"),
        ({**BPE, "pieces": ["▁", "<unk>"], "merges": []}, "no piece <unk>"),
        ({**BPE, "merges": [["▁", "a"], ["▁", "a"]]}, "found one twice"),
        ({**BPE, "merges": [["▁", "a", "x"]]}, "found ['▁', 'a', 'x']"),
        ({**BPE, "merges": ["▁ a"]}, "found '▁ a'"),
        ({**BPE, "merges": {"▁": "a"}}, "expected a list of merges, found dict"),
        ({**UNIGRAM, "scores": [-1]}, "expected one score per piece, found 1 for 2"),
        ({**UNIGRAM, "scores": [-1, "x"]}, "expected a score as a number, found 'x'"),
        ({**UNIGRAM, "scores": [-1, True]}, "found True"),
        ({**UNIGRAM, "scores": [-1, float("nan")]}, "found nan"),
        ({**UNIGRAM, "scores": [-1, float("-inf")]}, "found -inf"),
        ({**UNIGRAM, "pieces": ["▁", "a\ud800"]}, "Unicode characters"),
    ],
)
def test_what_is_no_tokenizer_is_refused_with_its_origin(data: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        tokenizer_from_json(data, origin="run/source.tokenizer.json")
    assert str(error.value).startswith("run/source.tokenizer.json: ")
    assert message in str(error.value)


def test_what_the_library_refuses_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise Exception("refused")

    monkeypatch.setattr(subwords, "_build", refuse)
    with pytest.raises(InputError, match="here: expected a bpe model"):
        tokenizer_from_json(BPE, origin="here")
