"""What is dropped from training, and why."""

from collections import Counter

import numpy as np

from seq2seq_cli.corpus.cleaning import LengthLimits, by_reason, has_text


def test_sides_without_text_are_empty() -> None:
    assert not has_text("", "b")
    assert not has_text("a", " \u3000\t")
    assert has_text("a", " b")


def test_every_reason_is_named() -> None:
    found = by_reason({"duplicate": 2})
    assert found == {"empty side": 0, "duplicate": 2, "too long": 0, "length ratio": 0}


def test_lengths_count_once_in_the_order_of_the_rules() -> None:
    limits, dropped = LengthLimits(max_length=10, max_ratio=2.0), Counter({"too long": 1})
    source = np.array([10, 11, 0, 4, 5, 3, 11])
    target = np.array([10, 11, 5, 2, 2, 7, 1])
    kept = limits.keep_mask(source, target, dropped)
    assert kept.tolist() == [True, False, False, True, False, False, False]
    assert dropped == {"empty side": 1, "too long": 3, "length ratio": 2}


def test_any_ratio_passes_without_a_limit() -> None:
    limits = LengthLimits(max_length=100, max_ratio=None)
    assert limits.keep_mask(np.array([1]), np.array([100]), Counter()).tolist() == [True]
