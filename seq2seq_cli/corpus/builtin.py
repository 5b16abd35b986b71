"""The built-in English-French corpus: its public face.

Generates the splits from the grammar and lexicon in data/ and writes them as TSV; how sentences
are derived is known to the modules beside it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

from seq2seq_cli.corpus.builtin_choices import Choices
from seq2seq_cli.corpus.builtin_grammar import Rule, read_grammar
from seq2seq_cli.corpus.builtin_lexicon import Lexicon, data_folder, read_lexicon
from seq2seq_cli.corpus.builtin_render import (
    Links,
    gold_links,
    join_source,
    join_target,
    write_english,
    write_french,
)
from seq2seq_cli.corpus.builtin_slots import Sentences
from seq2seq_cli.storage import write_atomic

SHORTEST, LONGEST = 3, 25  # words of a source sentence, its last punctuation not counted
LONG = (26, 34)
EXTRA = 500  # pairs of the long and of the compositional set
PER_PHENOMENON = 50
PLAIN_ONE_IN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinPair:
    """A sentence, its one translation, and the gold.

    source, target: the two lines as written.
    links: source word, target word (indices of the word tokenizer's words), and whether sure.
    phenomena: what the sentence shows, sorted.
    """

    source: str
    target: str
    links: Links
    phenomena: tuple[str, ...]


def generate_builtin(
    *, seed: int = 1, train: int = 20_000, valid: int = 1_000, test: int = 1_000
) -> dict[str, list[BuiltinPair]]:
    """The splits train, valid, test, long, compositional and phenomena.

    No source occurs twice, whatever its capitals and final punctuation. The test sets have only
    words that train has. The same seed and sizes give the same splits everywhere.
    """
    taken: set[str] = set()
    usual = _pairs(seed)
    short = _lengths(SHORTEST, LONGEST)
    splits = {"train": _take(usual, train, taken, short)}
    known = _words(splits["train"])

    def familiar(pair: BuiltinPair) -> bool:
        return short(pair) and _words([pair]) <= known

    splits["valid"] = _take(usual, valid, taken, familiar)
    splits["test"] = _take(usual, test, taken, familiar)
    extra = min(EXTRA, test)
    long = _lengths(*LONG)
    splits["long"] = _take(
        _pairs(seed, long=True),
        extra,
        taken,
        lambda pair: long(pair) and _words([pair]) <= known,
    )
    splits["compositional"] = _take(_pairs(seed, sought=True), extra, taken, familiar)
    splits["phenomena"] = _phenomena(usual, taken, familiar, min(PER_PHENOMENON, test))
    return splits


def write_builtin(folder: Path, pairs: Mapping[str, Sequence[BuiltinPair]]) -> None:
    """Writes SPLIT.tsv: source, target, links in Pharaoh format (0-0 1p2), labels."""
    for split, found in pairs.items():
        lines = [
            f"{pair.source}\t{pair.target}\t{pharaoh(pair.links)}\t{','.join(pair.phenomena)}\n"
            for pair in found
        ]
        write_atomic(folder / f"{split}.tsv", "".join(lines).encode("utf-8"))


def pharaoh(links: Links) -> str:
    """Links as 0-0 1p2: source, `-` for sure or `p` for possible, target."""
    return " ".join([f"{i}{'-' if sure else 'p'}{j}" for i, j, sure in links])


def normalized(source: str) -> str:
    """A source without what makes no other sentence of it: capitals and the final mark."""
    return source.lower().rstrip(" .?")


@cache
def _resources() -> tuple[dict[str, tuple[Rule, ...]], Lexicon]:
    folder = data_folder()
    return read_grammar(folder), read_lexicon(folder)


def _pairs(seed: int, *, long: bool = False, sought: bool = False) -> Iterator[BuiltinPair]:
    """Endless pairs; those with a held-out combination alone when they are sought."""
    grammar, lexicon = _resources()
    choices = Choices(grammar, lexicon, combinations="sought" if sought else "allowed", long=long)
    sentences = Sentences(choices, Random(seed * 4 + 2 * long + sought))
    while True:
        pair = derive_pair(sentences)
        if sentences.sought or not sought:
            yield pair


def derive_pair(sentences: Sentences) -> BuiltinPair:
    """Derives one sentence and writes it down, plainly for one source in four."""
    source_items, target_items = sentences.sentence()
    labels = sentences.labels
    target_words, marks, elided, contracted = join_target(
        target_items, sentences.lexicon.forms.contractions
    )
    if elided:
        labels.add("elision")
    if contracted:
        labels.add("contraction")
    links = gold_links(source_items, marks, len(target_words))
    source = write_english(join_source(source_items))
    target = write_french(target_words)
    if crc32(source.encode()) % PLAIN_ONE_IN == 0:
        source = _plain_english(source)
        target = target.lower().removesuffix(".")
        if len(target_words) and source[-1] != "?":
            links = tuple([link for link in links if link[1] != len(target_words) - 1])
    else:
        source = source[0].upper() + source[1:]
        target = target[0].upper() + target[1:]
    return BuiltinPair(source=source, target=target, links=links, phenomena=tuple(sorted(labels)))


def _plain_english(source: str) -> str:
    """Lower case, but for the pronoun I; no final full stop."""
    words = [word if word == "I" else word.lower() for word in source.split(" ")]
    return " ".join(words).removesuffix(".")


def _lengths(shortest: int, longest: int) -> Callable[[BuiltinPair], bool]:
    """Whether a source has so many words, commas counted, the final mark not."""

    def fits(pair: BuiltinPair) -> bool:
        words = pair.source.count(" ") + 1 + pair.source.count(",")
        return shortest <= words <= longest

    return fits


def _words(pairs: Sequence[BuiltinPair]) -> set[str]:
    """The words of both sides as written."""
    found: set[str] = set()
    for pair in pairs:
        found.update(pair.source.rstrip(".?").split(" "))
        found.update(pair.target.rstrip(".? ").split(" "))
    return found


def _take(
    pairs: Iterator[BuiltinPair],
    count: int,
    taken: set[str],
    fits: Callable[[BuiltinPair], bool],
) -> list[BuiltinPair]:
    """The next pairs that fit and that were not taken before."""
    found: list[BuiltinPair] = []
    while len(found) < count:
        pair = next(pairs)
        key = normalized(pair.source)
        if key not in taken and fits(pair):
            taken.add(key)
            found.append(pair)
    return found


def _phenomena(
    pairs: Iterator[BuiltinPair],
    taken: set[str],
    fits: Callable[[BuiltinPair], bool],
    enough: int,
) -> list[BuiltinPair]:
    """Pairs until each phenomenon has enough; each pair brings one that was short."""
    grammar, _ = _resources()
    missing = {label: enough for label in all_phenomena(grammar)}
    found: list[BuiltinPair] = []
    while any(count > 0 for count in missing.values()):
        [pair] = _take(
            pairs,
            1,
            taken,
            lambda pair: fits(pair) and any(missing[name] > 0 for name in pair.phenomena),
        )
        for name in pair.phenomena:
            missing[name] -= 1
        found.append(pair)
    return found


def all_phenomena(grammar: Mapping[str, Sequence[Rule]]) -> tuple[str, ...]:
    """The labels of the rules, and those that come of inflection and of sandhi."""
    labels = {label for rules in grammar.values() for rule in rules for label in rule.labels}
    return tuple(sorted(labels | INFLECTION_LABELS))


INFLECTION_LABELS = frozenset(
    (
        "agreement-feminine",
        "agreement-plural",
        "contraction",
        "elision",
        "participle-agreement",
        "past-avoir",
        "past-be",
        "past-etre",
        "stressed-pronoun",
        "verb-adverb",
    )
)
