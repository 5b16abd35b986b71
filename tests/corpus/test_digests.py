"""What came before, and what training has of the held-out rows: in memory and in files alike."""

from pathlib import Path

import numpy as np
import pytest

from seq2seq_cli.corpus import digests as module
from seq2seq_cli.corpus.digests import (
    HELD_PAIRS,
    HELD_SOURCES,
    PAIRS,
    SOURCES,
    DigestStore,
    matches,
    repeated,
)
from seq2seq_cli.corpus.splitting import as_digests, pair_digest, text_digest

IN_MEMORY, IN_FILES = 2**20, 40


@pytest.fixture(params=[IN_MEMORY, IN_FILES])
def store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> DigestStore:
    monkeypatch.setattr(module, "MOST_IN_MEMORY", request.param)
    return DigestStore(tmp_path / "digests")


def add(store: DigestStore, kind: str, texts: list[str], numbers: list[int]) -> None:
    for text, number in zip(texts, numbers, strict=True):
        digests = as_digests(text_digest(text))
        store.add(kind, digests, np.array([number], np.int64))


def test_all_but_the_first_are_repeated(store: DigestStore) -> None:
    add(store, PAIRS, ["a", "b", "a", "c", "b", "a"], [3, 4, 7, 8, 9, 20])
    add(store, SOURCES, ["a"], [1])
    found = [repeated(part).tolist() for (part,) in store.together(PAIRS)]
    assert sorted(number for part in found for number in part) == [7, 9, 20]
    assert bool(store.parts) == bool(store.paths())


def test_held_out_rows_are_counted_one_by_one(store: DigestStore, tmp_path: Path) -> None:
    valid, test = 1, 2
    held = [
        ("a", "1", valid),
        ("a", "1", test),
        ("a", "1", test),
        ("b", "2", test),
        ("c", "3", test),
    ]
    train = [("a", "9", True), ("b", "2", True), ("d", "4", True), ("c", "3", False)]
    for source, target, split in held:
        add(store, HELD_SOURCES, [source], [split])
        store.add(HELD_PAIRS, as_digests(pair_digest(source, target)), np.array([split]))
    for number, (source, target, _) in enumerate(train):
        add(store, SOURCES, [source], [number])
        store.add(PAIRS, as_digests(pair_digest(source, target)), np.array([number]))
    kept = tmp_path / "kept"
    kept.write_bytes(bytes(keeps for _, _, keeps in train))
    found = {
        kind: sorted(
            split
            for parts in store.together(kind, other)
            for split in matches(*parts, kept).tolist()
        )
        for kind, other in ((HELD_SOURCES, SOURCES), (HELD_PAIRS, PAIRS))
    }
    assert found == {HELD_SOURCES: [valid, test, test, test], HELD_PAIRS: [test]}


def test_digests_that_end_in_zeros_differ(tmp_path: Path) -> None:
    store = DigestStore(tmp_path)
    whole, cut = b"x" * 15 + b"\0", b"x" * 14 + b"\0\0"
    store.add(PAIRS, as_digests(whole + cut + whole), np.arange(3))
    assert [repeated(part).tolist() for (part,) in store.together(PAIRS)] == [[2]]
