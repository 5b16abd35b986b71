"""The split of a pair by its hash."""

from collections import Counter
from hashlib import blake2b

import pytest

from seq2seq_cli.corpus.splitting import TEST, TRAIN, VALID, HashSplit, pair_digest, text_digest

HALF = bytes([0x80]) + bytes(15)
LOWEST, HIGHEST = bytes(16), b"\xff" * 16


def test_digests_are_blake2b_of_the_text() -> None:
    assert text_digest("é") == blake2b("é".encode(), digest_size=16).digest()
    assert pair_digest("a", "b") == blake2b(b"a\nb", digest_size=16).digest()


def test_the_border_between_sides_counts() -> None:
    assert pair_digest("ab", "c") != pair_digest("a", "bc")


@pytest.mark.parametrize(
    ("valid", "test", "expected"),
    [
        (0.0, 0.0, (TRAIN, TRAIN, TRAIN)),
        (0.1, 0.1, (TEST, TRAIN, VALID)),
        (0.5, 0.1, (TEST, VALID, VALID)),
        (0.1, 0.6, (TEST, TEST, VALID)),
    ],
)
def test_test_takes_the_lowest_and_validation_the_highest(
    valid: float, test: float, expected: tuple[str, ...]
) -> None:
    split = HashSplit(valid=valid, test=test)
    assert tuple(map(split.split_of, (LOWEST, HALF, HIGHEST))) == expected


def test_shares_are_met() -> None:
    split = HashSplit(valid=0.05, test=0.2)
    counts = Counter(split.split_of(pair_digest(str(n), "x")) for n in range(20_000))
    assert abs(counts[VALID] / 20_000 - 0.05) < 0.01
    assert abs(counts[TEST] / 20_000 - 0.2) < 0.01


def test_places_never_change_between_versions() -> None:
    split = HashSplit(valid=0.2, test=0.2)
    places = [split.split_of(pair_digest(f"source {n}", f"target {n}")) for n in range(12)]
    initials = {TRAIN: "r", VALID: "v", TEST: "t"}
    assert "".join(initials[place] for place in places) == "tvrrrtrvrtvv"
