"""Which target token a source token is when it is copied."""

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.copying import copy_table
from seq2seq_cli.text.features import FeatureTokenizer
from seq2seq_cli.text.symbols import CharTokenizer
from seq2seq_cli.text.vocabulary import EOS, PAD, UNK, Vocabulary


def test_tokens_of_the_same_text_by_hand() -> None:
    """The target lacks `b`; begin and padding are never copied."""
    source, target = Vocabulary(["a", "b", "c"]), Vocabulary(["c", "x", "a"])
    assert copy_table(source, target) == [PAD, PAD, EOS, UNK, 6, UNK, 4]


def test_features_are_not_copied() -> None:
    features = FeatureTokenizer(CharTokenizer(), columns=1, separator=";")
    tokens = features.encode("VS\tV;PST").tokens
    assert len(tokens) == 4
    table = copy_table(Vocabulary(tokens), Vocabulary(["V", "PST", "S"]))
    assert table[4:] == [PAD, PAD, 4, 6]


def test_vocabularies_without_a_common_token_are_refused() -> None:
    with pytest.raises(InputError, match="no token in common") as caught:
        copy_table(Vocabulary(["a"]), Vocabulary(["b"]))
    assert "--tokenizer char" in str(caught.value)
