"""The built-in English-French corpus: its public face.

Generates the splits from the grammar and lexicon in data/; how sentences are derived is known to
the modules beside it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from zlib import crc32

from seq2seq_cli.corpus.builtin_choices import Choices
from seq2seq_cli.corpus.builtin_derive import Node
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
from seq2seq_cli.corpus.builtin_sentences import Scripted, Sentences
from seq2seq_cli.errors import InputError

LENGTHS = (3, 25)  # words of a source sentence, its last punctuation not counted
LONG = (26, 34)
EXTRA = 500  # pairs of the long and of the compositional set
PER_PHENOMENON = 50
ENOUGH_FOR_ALL_WORDS = 5_000  # a smaller train lacks too many words to ask for known ones
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
    words that train has, unless train is smaller than 5,000. The same seed and
    sizes give the same splits everywhere.
    """
    taken: set[str] = set()
    usual = endless_pairs(seed, LENGTHS)
    splits = {"train": _take(usual, train, taken)}
    known = _words(splits["train"])

    def familiar(pair: BuiltinPair) -> bool:
        return train < ENOUGH_FOR_ALL_WORDS or known.issuperset(_words([pair]))

    extra = min(EXTRA, test)
    splits["valid"] = _take(usual, valid, taken, familiar)
    splits["test"] = _take(usual, test, taken, familiar)
    splits["long"] = _take(endless_pairs(seed, LONG, long=True), extra, taken, familiar)
    splits["compositional"] = _take(
        endless_pairs(seed, LENGTHS, sought=True), extra, taken, familiar
    )
    splits["phenomena"] = _phenomena(usual, taken, familiar, min(PER_PHENOMENON, test))
    return splits


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


def endless_pairs(
    seed: int, lengths: tuple[int, int], *, long: bool = False, sought: bool = False
) -> Iterator[BuiltinPair]:
    """Endless pairs of some lengths; those with a held-out combination alone when sought."""
    grammar, lexicon = _resources()
    choices = Choices(grammar, lexicon, combinations="sought" if sought else "allowed", long=long)
    sentences = Sentences(choices, Random(seed * 4 + 2 * long + sought))
    shortest, longest = lengths
    while True:
        node = sentences.sentence()
        if shortest <= len(node[0]) - 1 <= longest and (sentences.sought or not sought):
            yield written_pair(sentences, node)


def written_pair(sentences: Sentences, node: Node, plainly: bool | None = None) -> BuiltinPair:
    """Writes a derived sentence down, plainly for one source in four unless it is said."""
    source_items, target_items = node
    labels = sentences.labels
    target_words, marks, elided, contracted = join_target(
        target_items, sentences.lexicon.forms.contractions
    )
    if elided:
        labels.add("elision")
    if contracted:
        labels.add("contraction")
    source = write_english(join_source(source_items))
    target = write_french(target_words)
    links = gold_links(source_items, marks, len(target_words))
    if plainly is None:
        plainly = crc32(source.encode()) % PLAIN_ONE_IN == 0
    if plainly:
        if source[-1] == ".":
            links = links[:-1]
        source = _plain_english(source)
        target = target.lower().removesuffix(".")
    else:
        source = source[0].upper() + source[1:]
        target = target[0].upper() + target[1:]
    return BuiltinPair(source=source, target=target, links=links, phenomena=tuple(sorted(labels)))


def derive(script: str) -> BuiltinPair:
    """The pair that a script of names describes, written properly.

    Args:
        script: the choices in their order, separated by " | "; see `Scripted`.

    Raises:
        InputError: the script names what is no alternative, or too much.
    """
    grammar, lexicon = _resources()
    sentences = Scripted(Choices(grammar, lexicon, combinations="any"), script.split(" | "))
    pair = written_pair(sentences, sentences.sentence(), plainly=False)
    if sentences.script:
        raise InputError(f"Expected the end of the script, found {sentences.script[0]!r}.")
    return pair


def _plain_english(source: str) -> str:
    """Lower case, but for the pronoun I; no final full stop."""
    words = [word if word == "I" else word.lower() for word in source.split(" ")]
    return " ".join(words).removesuffix(".")


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
    fits: Callable[[BuiltinPair], bool] = lambda pair: True,
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
    missing = dict.fromkeys(all_phenomena(grammar), enough)
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
