"""The bounded sample."""

from collections import Counter

from seq2seq_cli.corpus.sampling import Reservoir


def sampled(size: int, count: int, seed: int) -> list[int]:
    reservoir: Reservoir[int] = Reservoir(size, seed=seed)
    for item in range(count):
        reservoir.add(item)
    return reservoir.items


def test_a_short_stream_is_kept_whole_and_in_order() -> None:
    assert sampled(5, 5, seed=1) == [0, 1, 2, 3, 4]


def test_a_long_stream_is_bounded_and_repeatable() -> None:
    first = sampled(5, 100, seed=1)
    assert len(set(first)) == 5
    assert first == sampled(5, 100, seed=1) != sampled(5, 100, seed=2)


def test_every_item_has_the_same_chance() -> None:
    counts = Counter(item for seed in range(4_000) for item in sampled(2, 8, seed=seed))
    # Each of 8 items is expected 1,000 times with a standard deviation of about 27.
    assert all(abs(counts[item] - 1_000) < 110 for item in range(8))
