"""Held-out pairs that training has too."""

from seq2seq_cli.corpus.overlap import Overlap
from seq2seq_cli.corpus.splitting import pair_digest, text_digest


def test_sources_and_pairs_are_counted_apart() -> None:
    overlap = Overlap()
    for split, source, target in (
        ("valid", "a", "1"),
        ("test", "a", "1"),
        ("test", "a", "1"),
        ("test", "b", "2"),
        ("test", "c", "3"),
    ):
        overlap.hold_out(split, text_digest(source), pair_digest(source, target))
    for source, target in (("a", "9"), ("b", "2"), ("d", "4")):
        overlap.train(text_digest(source), pair_digest(source, target))
    assert overlap.counts("test") == (3, 1)
    assert overlap.counts("valid") == (1, 0)
    assert overlap.counts("train") == (0, 0)
