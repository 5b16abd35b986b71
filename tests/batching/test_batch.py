"""Padded batches by hand."""

import numpy as np
import pytest
import torch

from seq2seq_cli.batching.batch import make_batch, pad_rows
from seq2seq_cli.text.vocabulary import BOS, EOS


def test_a_batch_by_hand() -> None:
    batch = make_batch([[5, 6, 7], [8]], [[9], [10, 11]], [4, 2])
    assert batch.source.tolist() == [[5, 6, 7, EOS], [8, EOS, 0, 0]]
    assert batch.source_lengths.tolist() == [4, 2]
    assert batch.target_in.tolist() == [[BOS, 9, 0], [BOS, 10, 11]]
    assert batch.target_out.tolist() == [[9, EOS, 0], [10, 11, EOS]]
    assert batch.target_lengths.tolist() == [2, 3]
    assert batch.indices == (4, 2)
    assert batch.target_tokens == 5


def test_empty_sides_are_their_marks_alone() -> None:
    batch = make_batch([[]], [[]], [0])
    assert batch.source.tolist() == [[EOS]]
    assert batch.target_in.tolist() == [[BOS]]
    assert batch.target_out.tolist() == [[EOS]]
    assert batch.target_tokens == 1


@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.int64])
def test_rows_may_be_arrays(kind: type) -> None:
    rows = [np.array([5, 60_000], dtype=kind), np.array([], dtype=kind)]
    padded, lengths = pad_rows(rows, first=None, last=EOS)
    assert padded.tolist() == [[5, 60_000, EOS], [EOS, 0, 0]]
    assert lengths.tolist() == [3, 1]
    assert padded.dtype == lengths.dtype == torch.int64


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, [[5, 6], [7, 0]]),
        (BOS, None, [[BOS, 5, 6], [BOS, 7, 0]]),
        (None, EOS, [[5, 6, EOS], [7, EOS, 0]]),
        (BOS, EOS, [[BOS, 5, 6, EOS], [BOS, 7, EOS, 0]]),
    ],
)
def test_marks_before_and_after(
    first: int | None, last: int | None, expected: list[list[int]]
) -> None:
    padded, lengths = pad_rows([[5, 6], [7]], first=first, last=last)
    assert padded.tolist() == expected
    extra = (first is not None) + (last is not None)
    assert lengths.tolist() == [2 + extra, 1 + extra]


def test_lengths_stay_on_the_cpu() -> None:
    batch = make_batch([[5, 6, 7], [8]], [[9], [10, 11]], np.array([4, 2])).to(torch.device("meta"))
    assert batch.source.is_meta
    assert batch.target_in.is_meta
    assert batch.target_out.is_meta
    assert batch.source_lengths.tolist() == [4, 2]
    assert batch.target_lengths.tolist() == [2, 3]
    assert batch.indices == (4, 2)


def test_the_cpu_needs_no_copy() -> None:
    batch = make_batch([[5]], [[6]], [0])
    assert batch.to(torch.device("cpu")) is batch
