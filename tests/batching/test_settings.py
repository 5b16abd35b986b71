"""Settings are checked when they are made; messages quote the option."""

import pytest

from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.errors import InputError


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"source_tokenizer": "bep"}, "--src-tokenizer bep: there is no such tokenizer"),
        ({"source_tokenizer": "bep"}, "Did you mean `bpe`?"),
        ({"target_tokenizer": "\x1b"}, "--tgt-tokenizer ␛: there is no such tokenizer"),
        ({"vocabulary_limit": 15}, "--vocab-size 15: a number of 16 or more is expected"),
        ({"minimum_frequency": 0}, "--min-frequency 0: a number of 1 or more"),
        ({"sample": 0}, "--sample 0: a number of 1 or more"),
        ({"max_length": 0}, "--max-length 0: a number of 1 or more"),
        ({"max_ratio": 0.5}, "--max-ratio 0.5: a number of 1 or more"),
        ({"max_ratio": float("nan")}, "--max-ratio nan: a number of 1 or more"),
        ({"seed": -1}, "--seed -1: a number of 0 or more"),
        ({"valid_share": 1.0}, "--valid-share 1.0: a share from 0 to below 1"),
        ({"test_share": -0.1}, "--test-share -0.1: a share from 0 to below 1"),
        ({"valid_share": 0.6, "test_share": 0.4}, "leave nothing for training"),
    ],
)
def test_out_of_range(values: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        PrepareSettings(**values)
    assert expected in str(caught.value)


def test_limits_themselves_are_allowed() -> None:
    PrepareSettings(
        source_tokenizer="char",
        vocabulary_limit=16,
        minimum_frequency=1,
        max_length=1,
        max_ratio=1.0,
        valid_share=0.0,
        test_share=0.99,
        seed=0,
    )
