"""The made-up nouns follow their grammar."""

import random
from itertools import islice

import pytest

from benchmarks.made_inflection import inflected, lemmas


@pytest.mark.parametrize(
    ("lemma", "case", "number", "form"),
    [
        ("nase", "TRA", "PL", "naseiksi"),  # no stop to weaken
        ("dirippy", "GEN", "PL", "diripyin"),  # pp to p
        ("söde", "ADE", "SG", "södellä"),  # front vowels
        ("viki", "INE", "PL", "vieissä"),  # k is lost, i becomes e
        ("rota", "ESS", "PL", "rotoina"),  # a becomes o, an open syllable
        ("pydipe", "ILL", "SG", "pydipehen"),  # the vowel is repeated
        ("rota", "NOM", "SG", "rota"),
    ],
)
def test_forms_by_hand(lemma: str, case: str, number: str, form: str) -> None:
    assert inflected(lemma, case, number) == form


def test_lemmas_are_drawn_again_and_differ() -> None:
    drawn = [list(islice(lemmas(random.Random(7)), 300)) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 300
