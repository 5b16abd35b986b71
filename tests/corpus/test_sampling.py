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


def test_what_weighs_too_much_goes_by_chance() -> None:
    kept: Counter[int] = Counter()
    for seed in range(400):
        reservoir: Reservoir[int] = Reservoir(50, seed=seed, most=10, weigh=lambda item: 1)
        for item in range(40):
            reservoir.add(item)
        assert len(set(reservoir.items)) == 10
        kept.update(reservoir.items)
    # Each of 40 items is expected 100 times with a standard deviation of about 9.
    assert all(abs(kept[item] - 100) < 45 for item in range(40))


def test_one_item_stays_whatever_it_weighs() -> None:
    reservoir: Reservoir[bytes] = Reservoir(5, seed=1, most=3, weigh=len)
    for item in (b"longer", b"longest", b"a", b"b"):
        reservoir.add(item)
    assert 1 <= len(reservoir.items) <= 3
