"""A large corpus made of Multi30k, for what depends on size alone.

A pair joins the beginning of one pair of Multi30k with the end of another, on both sides, so that
words come as often as they do there. In every third line a word is made of the halves of two, so
that, as in real text, the more is read the more new words there are. Nothing is drawn by chance.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

STRIDE = 7_919
"""How far apart the pairs are that are joined: a prime, so that all of them come to meet."""
NEW_WORD_EVERY = 3


def write_pairs(data: Path, folder: Path, pairs: int) -> tuple[Path, Path]:
    """Write the two files of a corpus of so many pairs, a line each, and return their paths."""
    paths = folder / "made.en", folder / "made.de"
    for path in paths:
        lines = _read(data / "multi30k" / f"train{path.suffix}.gz")
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _made(lines, pairs))
    return paths


def _read(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line.split() for line in file]


def _made(lines: list[list[str]], pairs: int) -> Iterator[str]:
    words = list(dict.fromkeys(word for line in lines for word in line))
    for number in range(pairs):
        again, place = divmod(number, len(lines))
        first, last = lines[place], lines[(place + again * STRIDE) % len(lines)]
        made = [*first[: len(first) // 2], *last[len(last) // 2 :]]
        if again and made and number % NEW_WORD_EVERY == 0:
            changed = number % len(made)
            one, other = made[changed], words[number * STRIDE % len(words)]
            made[changed] = one[: -(-len(one) // 2)] + other[len(other) // 2 :]
        yield " ".join(made)
