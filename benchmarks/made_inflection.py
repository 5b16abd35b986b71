"""Nouns of a language that nobody speaks, inflected: what copying is measured on.

    python -m benchmarks.made_inflection 600 > train.tsv

A line is a lemma, a form and the features of the form. The grammar is a small Finnish: endings that
agree with the vowels of the stem, a stop that weakens before a closed syllable, a final vowel that
changes before the plural. One lemma in ten has foreign letters, which are seen seldom.
"""

import argparse
import random
from collections.abc import Iterator

BACK, FRONT = "aou", "äöy"
CONSONANTS, FOREIGN = "ptkmnlrsvjhd", "bgfwzqxcšž"
FOREIGN_SHARE = 0.1
WEAK = {"kk": "k", "pp": "p", "tt": "t", "t": "d", "p": "v", "k": ""}
CLOSING = {"GEN": "n", "INE": "ssA", "ADE": "llA", "TRA": "ksi"}
OPEN = {"NOM": "", "PAR": "A", "ILL": "hVn", "ESS": "nA"}
CASES = tuple(OPEN | CLOSING)


def lemmas(chance: random.Random) -> Iterator[str]:
    """Lemmas without end, none twice."""
    known: set[str] = set()
    while True:
        vowels = chance.choice((BACK, FRONT)) + "ei"
        letters = CONSONANTS
        if chance.random() < FOREIGN_SHARE:
            letters = chance.choice(FOREIGN) * 6 + CONSONANTS
        lemma = "".join(
            chance.choice(letters) + chance.choice(vowels) for _ in range(chance.randint(1, 3))
        )
        middle = chance.choice(("kk", "pp", "tt", "k", "p", "t", chance.choice(letters)))
        lemma += middle + chance.choice(vowels)
        if lemma not in known:
            known.add(lemma)
            yield lemma


def inflected(lemma: str, case: str, number: str) -> str:
    """The form of a lemma."""
    stem, ending = lemma, (OPEN | CLOSING)[case]
    if case in CLOSING:
        stem = _weakened(stem)
    if number == "PL":
        stem = {"a": stem[:-1] + "o", "ä": stem[:-1] + "ö", "i": stem[:-1] + "e"}.get(
            stem[-1], stem
        ) + ("t" if case == "NOM" else "i")
    harmony = "a" if set(lemma) & set(BACK) else "ä"
    return stem + ending.replace("A", harmony).replace("V", stem[-1])


def _weakened(stem: str) -> str:
    """The stem with its last stop in the weak grade."""
    for strong, weak in WEAK.items():
        if stem[:-1].endswith(strong):
            return stem[: -1 - len(strong)] + weak + stem[-1]
    return stem


def main() -> None:
    """Print pairs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=int, help="how many, each of another lemma")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    for _, lemma in zip(range(arguments.pairs), lemmas(chance), strict=False):
        case, number = chance.choice(CASES), chance.choice(("SG", "PL"))
        print(lemma, inflected(lemma, case, number), f"N;{case};{number}", sep="\t")


if __name__ == "__main__":
    main()
