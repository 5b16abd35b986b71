"""The splits of the built-in corpus: sizes, lengths, gold, what is held out, how it is written."""

import os
import subprocess
import sys
from collections import Counter
from itertools import islice, pairwise

import pytest

from seq2seq_cli.corpus.builtin import (
    BuiltinPair,
    all_phenomena,
    endless_pairs,
    generate_builtin,
    normalized,
    pharaoh,
)
from seq2seq_cli.corpus.builtin_grammar import read_grammar
from seq2seq_cli.corpus.builtin_lexicon import Noun, data_folder, held_out, read_lexicon
from seq2seq_cli.text.tokenizer import word_spans

Splits = dict[str, list[BuiltinPair]]
TESTS = ("test", "long", "compositional", "phenomena")
DIGEST = """
from hashlib import sha256
from seq2seq_cli.corpus.builtin import generate_builtin
splits = generate_builtin(seed=3, train=300, valid=20, test=10)
print(sha256(repr(splits).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def splits() -> Splits:
    return generate_builtin()


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


def length(source: str) -> int:
    return len(words(source.rstrip(".?")))


def test_sizes(splits: Splits) -> None:
    assert {name: len(splits[name]) for name in ("train", "valid", "test")} == {
        "train": 20_000,
        "valid": 1_000,
        "test": 1_000,
    }
    assert len(splits["long"]) >= 500
    assert len(splits["compositional"]) >= 500


def test_lengths(splits: Splits) -> None:
    train = [length(pair.source) for pair in splits["train"]]
    assert (min(train), max(train)) == (3, 25)
    assert 9 <= sum(train) / len(train) <= 11
    long = [length(pair.source) for pair in splits["long"]]
    assert (min(long), max(long)) == (26, 34)


def test_no_source_occurs_twice(splits: Splits) -> None:
    sources = [normalized(pair.source) for pairs in splits.values() for pair in pairs]
    assert len(set(sources)) == len(sources)


def test_each_english_sentence_has_one_french_sentence() -> None:
    translations: dict[str, str] = {}
    for seed in (1, 2):
        for pair in islice(endless_pairs(seed, (2, 40)), 10_000):
            key = f"{normalized(pair.source)}{pair.source[-1] == '?'}"
            assert translations.setdefault(key, normalized(pair.target)) == normalized(pair.target)


def test_test_sets_have_only_words_that_train_has(splits: Splits) -> None:
    for side in ("source", "target"):
        known = {word for pair in splits["train"] for word in words(getattr(pair, side))}
        for name in TESTS:
            for pair in splits[name]:
                assert known.issuperset(words(getattr(pair, side)))


def test_every_word_has_its_place_and_every_target_word_a_link(splits: Splits) -> None:
    for pairs in splits.values():
        for pair in pairs:
            sources, targets = len(words(pair.source)), len(words(pair.target))
            assert all(0 <= source < sources for source, _, _ in pair.links), pair
            assert {target for _, target, _ in pair.links} == set(range(targets)), pair


def test_links_join_words_that_translate_each_other(splits: Splits) -> None:
    translations = {"cat": {"chat"}, "not": {"ne", "n'", "pas"}, "him": {"le", "l'", "lui"}}
    translations |= {",": {","}, "that": {"que", "qu'", "qui"}, "black": {"noir", "noire"}}
    for pair in splits["train"][:4000]:
        source, target = words(pair.source.lower()), words(pair.target.lower())
        for i, j, sure in pair.links:
            if sure and source[i] in translations and target[j] not in ("noirs", "noires"):
                assert target[j] in translations[source[i]] | {"elle", "eux"}, pair


def test_one_source_in_four_is_written_plainly(splits: Splits) -> None:
    plain = [pair for pair in splits["train"] if pair.source[0].islower()]
    assert 0.23 < len(plain) / 20_000 < 0.27
    for pair in splits["train"]:
        if pair.source[0].islower():
            assert not pair.source.endswith(".") and not pair.target.endswith(".")
            assert pair.target == pair.target.lower()
            assert pair.source.replace("I", "i") == pair.source.lower()
        assert pair.source.endswith("?") == pair.target.endswith(" ?")


def test_held_out_combinations_are_in_each_compositional_pair_alone(splits: Splits) -> None:
    adjacent = _held_out_adjectives(splits)
    assert all(not adjacent[name] for name in splits if name != "compositional")
    assert len(adjacent["compositional"]) > 100


def _held_out_adjectives(splits: Splits) -> dict[str, list[BuiltinPair]]:
    """The pairs in which a held-out adjective stands before its noun."""
    lexicon = read_lexicon(data_folder())
    nouns = {form.lower(): noun for noun in lexicon.nouns for form in noun.english}
    adjectives = {adjective.name.lower(): adjective.name for adjective in lexicon.adjectives}

    def is_held_out(first: str, second: str) -> bool:
        noun: Noun | None = nouns.get(second)
        return first in adjectives and noun is not None and held_out(adjectives[first], noun.name)

    found: dict[str, list[BuiltinPair]] = {}
    for name, pairs in splits.items():
        found[name] = [
            pair
            for pair in pairs
            for line in [pair.source.lower().rstrip(".?").split(" ")]
            if any(is_held_out(*both) for both in pairwise(line))
        ]
    return found


def test_each_phenomenon_has_fifty_pairs(splits: Splits) -> None:
    labels = all_phenomena(read_grammar(data_folder()))
    counts = Counter(label for pair in splits["phenomena"] for label in pair.phenomena)
    assert len(labels) >= 25
    assert all(counts[label] >= 50 for label in labels), counts
    assert all(pair.phenomena for pairs in splits.values() for pair in pairs)


def test_lexicon_has_250_lemmas_and_each_is_trained_on(splits: Splits) -> None:
    lexicon = read_lexicon(data_folder())
    counts = Counter(word for pair in splits["train"] for word in words(pair.source.lower()))
    lemmas = {noun.name: noun.english for noun in lexicon.nouns}
    lemmas |= {a.name: (a.name,) for a in lexicon.adjectives}
    lemmas |= {v.base: (v.base, v.third, v.past) for v in lexicon.verbs if v.kind != "be"}
    assert len(lemmas) >= 250
    rare = {
        lemma: forms
        for lemma, forms in lemmas.items()
        if sum(counts[form.lower()] for form in forms) < 20
    }
    assert not rare


def test_same_seed_gives_the_same_pairs_whatever_the_hash_seed() -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        result = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(result.stdout)
    assert len(digests) == 1


def test_another_seed_gives_other_pairs() -> None:
    one, two = (generate_builtin(seed=seed, train=50, valid=1, test=1)["train"] for seed in (1, 2))
    assert one != two


def test_links_in_pharaoh_form() -> None:
    assert pharaoh(((0, 0, True), (1, 1, True), (2, 12, False))) == "0-0 1-1 2p12"
