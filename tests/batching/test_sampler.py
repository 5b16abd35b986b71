"""Every pair once per epoch, in bounded batches of similar length, reproducibly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.batching.sampler import BatchSize, cut, epoch_batches, window_order

PAIRS = 1_009


def random_lengths(seed: int) -> tuple[np.ndarray, np.ndarray]:
    print(f"seed {seed}")
    random = np.random.default_rng(seed)
    return random.integers(1, 40, PAIRS), random.integers(1, 30, PAIRS)


def epoch(seed: int, number: int, size: BatchSize) -> list[list[int]]:
    source, target = random_lengths(1)
    batches = epoch_batches(source, target, size=size, seed=seed, epoch=number)
    return [batch.tolist() for batch in batches]


SIZES = [BatchSize(tokens=128), BatchSize(tokens=1), BatchSize(tokens=1, sentences=7)]


@pytest.mark.parametrize("size", SIZES, ids=["tokens", "one each", "sentences"])
def test_each_pair_comes_once_in_an_epoch(size: BatchSize) -> None:
    indices = [index for batch in epoch(3, 1, size) for index in batch]
    assert sorted(indices) == list(range(PAIRS))


@pytest.mark.parametrize("size", SIZES, ids=["tokens", "one each", "sentences"])
def test_an_epoch_follows_from_seed_and_number(size: BatchSize) -> None:
    assert epoch(3, 2, size) == epoch(3, 2, size)


def test_epochs_and_seeds_differ() -> None:
    size = BatchSize(tokens=128)
    first, second, other = epoch(3, 1, size), epoch(3, 2, size), epoch(4, 1, size)
    assert first != second
    assert first != other
    as_sets = [{frozenset(batch) for batch in batches} for batches in (first, second)]
    assert as_sets[0] != as_sets[1], "the batches themselves differ, not their order alone"


def test_batches_do_not_come_in_order_of_length() -> None:
    _, target = random_lengths(1)
    means = [float(target[batch].mean()) for batch in epoch(3, 1, BatchSize(tokens=128))]
    assert means != sorted(means)
    half = len(means) // 2
    assert abs(np.mean(means[:half]) - np.mean(means[half:])) < 5


def test_batches_hold_similar_lengths() -> None:
    _, target = random_lengths(1)
    padded = sum(len(batch) * (target[batch].max() + 1) for batch in epoch(3, 1, SIZES[0]))
    real = int((target + 1).sum())
    assert padded < 1.1 * real
    at_random = np.random.default_rng(0).permutation(PAIRS)
    spread = sum(
        len(batch) * (target[batch].max() + 1) for batch in cut(at_random, target, size=SIZES[0])
    )
    assert spread > 1.5 * real


@pytest.mark.parametrize("bound", [31, 64, 1_000])
def test_the_bound_on_target_tokens_holds(bound: int) -> None:
    _, target = random_lengths(1)
    batches = epoch(3, 1, BatchSize(tokens=bound))
    assert all(int((target[batch] + 1).sum()) <= bound for batch in batches)
    assert len(batches) < 1.6 * (target + 1).sum() / bound + 1, "batches are filled"


def test_cut_by_hand() -> None:
    """Lengths with `</s>`: 3, 4, 2, 9, 1, 1; at most 7."""
    order, lengths = np.arange(6), np.array([2, 3, 1, 8, 0, 0])
    batches = [batch.tolist() for batch in cut(order, lengths, size=BatchSize(tokens=7))]
    assert batches == [[0, 1], [2], [3], [4, 5]]


def test_a_pair_beyond_the_bound_is_a_batch_of_its_own() -> None:
    target = np.array([2, 50, 3, 60, 2])
    batches = epoch_batches(target, target, size=BatchSize(tokens=10), seed=1, epoch=1)
    assert sorted(sorted(batch.tolist()) for batch in batches) == [[0, 2, 4], [1], [3]]


def test_batches_are_those_that_runs_of_before_go_on_with() -> None:
    """Target lengths with `</s>` in order: three of 2 to 3, ..., at most 12 a batch."""
    source = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
    target = np.array([2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5])
    first, second = (
        [b.tolist() for b in epoch_batches(source, target, size=size, seed=7, epoch=number)]
        for size in [BatchSize(tokens=12)]
        for number in (1, 2)
    )
    assert first == [[6, 2, 0, 8], [7], [1], [3], [5], [9], [11], [4, 10]]
    assert second == [[5], [11], [3], [8, 10], [1], [9], [6, 2, 0, 4], [7]]


def test_windows_come_in_an_order_of_their_own_in_each_epoch() -> None:
    orders = [window_order(50, seed=3, epoch=number) for number in (1, 2)]
    assert orders[0] == window_order(50, seed=3, epoch=1)
    assert orders[0] != orders[1] != window_order(50, seed=4, epoch=2)
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(50))
    assert window_order(1, seed=3, epoch=9) == [0]


def test_windows_of_equal_lengths_have_batches_of_their_own() -> None:
    source, target = random_lengths(1)
    size = BatchSize(tokens=128)
    found = [
        [
            batch.tolist()
            for batch in epoch_batches(source, target, size=size, seed=3, epoch=2, window=window)
        ]
        for window in (None, 0, 1, 1)
    ]
    assert found[0] != found[1] != found[2] == found[3]
    assert found[0] != found[2]


def test_sentences_are_counted_where_they_are_asked_for() -> None:
    sizes = [len(batch) for batch in epoch(3, 1, BatchSize(tokens=1, sentences=64))]
    assert sorted(sizes) == sorted([64] * (PAIRS // 64) + [PAIRS % 64])


def test_no_pairs_make_no_batches() -> None:
    nothing = np.array([], dtype=np.int64)
    assert epoch_batches(nothing, nothing, size=BatchSize(tokens=10), seed=1, epoch=1) == []


def test_pairs_of_one_target_length_are_sorted_by_source() -> None:
    random = np.random.default_rng(5)
    source, target = random.permutation(60), np.full(60, 4)
    batches = epoch_batches(source, target, size=BatchSize(tokens=20), seed=1, epoch=1)
    found = sorted(sorted(source[batch].tolist()) for batch in batches)
    assert found == [list(range(start, start + 4)) for start in range(0, 60, 4)]


@settings(deadline=None, max_examples=50)
@given(
    lengths=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=80),
    tokens=st.integers(1, 100),
    sentences=st.integers(0, 9),
    seed=st.integers(0, 2**63 - 1),
    number=st.integers(1, 1_000),
)
def test_any_lengths_are_split_into_bounded_batches(
    lengths: list[tuple[int, int]], tokens: int, sentences: int, seed: int, number: int
) -> None:
    source, target = np.array(lengths, dtype=np.int64).reshape(-1, 2).T
    size = BatchSize(tokens=tokens, sentences=sentences)
    batches = epoch_batches(source, target, size=size, seed=seed, epoch=number)
    assert sorted(index for batch in batches for index in batch.tolist()) == list(
        range(len(lengths))
    )
    for batch in batches:
        if sentences:
            assert 1 <= len(batch) <= sentences
        else:
            assert len(batch) == 1 or int((target[batch] + 1).sum()) <= tokens
