"""What is dropped from training, and why."""

import numpy as np

from seq2seq_cli.corpus.cleaning import Cleaner
from seq2seq_cli.corpus.splitting import pair_digest


def cleaner(
    *, max_length: int = 100, max_ratio: float | None = None, keep: bool = False
) -> Cleaner:
    return Cleaner(max_length=max_length, max_ratio=max_ratio, keep_duplicates=keep)


def accepts(subject: Cleaner, source: str, target: str) -> bool:
    return subject.accepts(source, target, pair_digest(source, target))


def test_sides_without_text_are_empty() -> None:
    subject = cleaner()
    assert not accepts(subject, "", "b")
    assert not accepts(subject, "a", " \u3000\t")
    assert accepts(subject, "a", "b")
    assert subject.dropped == {"empty side": 2, "duplicate": 0, "too long": 0, "length ratio": 0}


def test_duplicates_are_exact_pairs() -> None:
    subject = cleaner()
    pairs = [("a", "b"), ("a", "b"), ("a", "c"), ("a ", "b"), ("a", "b")]
    assert [accepts(subject, *pair) for pair in pairs] == [True, False, True, True, False]
    assert subject.dropped["duplicate"] == 2


def test_duplicates_can_be_kept() -> None:
    subject = cleaner(keep=True)
    assert accepts(subject, "a", "b")
    assert accepts(subject, "a", "b")


def test_lengths_count_once_in_the_order_of_the_rules() -> None:
    subject = cleaner(max_length=10, max_ratio=2.0)
    source = np.array([10, 11, 0, 4, 5, 3, 11])
    target = np.array([10, 11, 5, 2, 2, 7, 1])
    kept = subject.keep_mask(source, target)
    assert kept.tolist() == [True, False, False, True, False, False, False]
    assert subject.dropped == {"empty side": 1, "duplicate": 0, "too long": 2, "length ratio": 2}


def test_any_ratio_passes_without_a_limit() -> None:
    assert cleaner().keep_mask(np.array([1]), np.array([100])).tolist() == [True]
