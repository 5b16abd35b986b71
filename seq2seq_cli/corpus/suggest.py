"""Which tokenizers and which preset fit a corpus, from a look at a sample of its pairs.

Knows nothing of how tokens are made. Each suggestion carries its reason, for the report.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_SYMBOL_TYPES = 300
SINGLE_WORD_SHARE = 0.95
MOST_LENGTH = 40.0
"""Characters of a line of words, on average."""
MOST_WORDS = 3.0
"""Words of a line of names and other short phrases, on average."""
SPACELESS = frozenset({"Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"})
MOST_SPACELESS_LENGTH = 12.0
"""`MOST_LENGTH` in scripts where a sentence has no spaces either."""
MOST_LETTERS_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to use where the user has not said.

    Attributes:
        source, target: tokenizer kinds.
        source_reason, target_reason: why, as the end of a sentence.
        preset: `g2p` for words to symbols, `translit` for words from one script to another,
            `inflect` for words with features or within one script, `mt` for sentences.
        preset_reason: why, as the end of a sentence.
    """

    source: str
    source_reason: str
    target: str
    target_reason: str
    preset: str
    preset_reason: str


FOR_BUILTIN = Suggestion(
    source="word",
    source_reason="the built-in corpus is made of words",
    target="word",
    target_reason="the built-in corpus is made of words",
    preset="demo",
    preset_reason="it is the built-in corpus",
)


def suggest(pairs: Sequence[tuple[str, str]], *, features: bool = False) -> Suggestion:
    """Characters for single words, given symbols for symbols such as phones, else subwords.

    Args:
        pairs: raw sources, without columns of features, and raw targets.
        features: whether the sources have columns of features.
    """
    sources = [source for source, _ in pairs]
    targets = [target for _, target in pairs]
    found = _of_symbols(sources, targets) or _of_words(sources, targets, features=features)
    kinds, preset, why = found or (("bpe", "bpe"), "mt", "the lines are text, not single words")
    return Suggestion(
        source=kinds[0],
        source_reason=_REASONS[kinds[0]],
        target=kinds[1],
        target_reason=_REASONS[kinds[1]],
        preset=preset,
        preset_reason=why,
    )


_REASONS = {
    "char": "its lines are words, not text",
    "space": "its lines are short symbols between spaces",
    "bpe": "its lines are text",
}
_Found = tuple[tuple[str, str], str, str]
"""Tokenizer kinds, preset, and why."""


def _of_symbols(sources: Sequence[str], targets: Sequence[str]) -> _Found | None:
    """What fits where a side is made of symbols such as phones; None where none is."""
    if are_single_words(sources):
        phones = are_symbols(targets, 2.0) or are_symbols(targets, 4.0, times=20)
        why = "single words become symbols between spaces"
        return (("char", "space"), "g2p", why) if phones else None
    from_symbols = are_symbols(sources, 2.5, times=20)
    if from_symbols and are_single_words(targets):
        return ("space", "char"), "g2p", "symbols between spaces become single words"
    if not are_symbols(targets, 2.0, times=20):
        return None
    if from_symbols:
        return ("space", "space"), "g2p", "symbols between spaces become symbols"
    if are_short(sources):
        return ("char", "space"), "g2p", "short phrases become symbols between spaces"
    return None


def _of_words(sources: Sequence[str], targets: Sequence[str], *, features: bool) -> _Found | None:
    """What fits where the lines of both sides are words or names; None where they are text."""
    single = are_single_words(sources) and are_single_words(targets)
    if not single and not (are_short(sources) and are_short(targets)):
        return None
    found = (_preset_of_words if single else _preset_of_phrases)(sources, targets, features)
    return found and (("char", "char"), *found)


def _preset_of_words(
    sources: Sequence[str], targets: Sequence[str], features: bool
) -> tuple[str, str]:
    """The preset for single words on both sides, and why."""
    scripts = script_of(sources), script_of(targets)
    if features:
        return "inflect", "single words with features become single words"
    if scripts[0] != scripts[1]:
        return "translit", f"single words go from {scripts[0]} to {scripts[1]} script"
    return "inflect", "single words become single words in the same script"


def _preset_of_phrases(
    sources: Sequence[str], targets: Sequence[str], features: bool
) -> tuple[str, str] | None:
    """The same for a few words a line; None where they are a translation's."""
    scripts = script_of(sources), script_of(targets)
    if features and are_single_words(sources, share=0.5):
        return "inflect", "words with features become words"
    as_many = sum(len(s.split()) == len(t.split()) for s, t in zip(sources, targets, strict=True))
    if scripts[0] != scripts[1] and as_many >= SINGLE_WORD_SHARE * len(sources):
        return "translit", f"names go from {scripts[0]} to {scripts[1]} script, word by word"
    return None


def script_of(lines: Iterable[str]) -> str:
    """The script of most letters, by the first word of their Unicode names; `no` without any."""
    counts: Counter[str] = Counter()
    for line in lines:
        letters = filter(str.isalpha, line)
        counts.update(unicodedata.name(letter, "UNNAMED").split()[0] for letter in letters)
        if counts.total() > MOST_LETTERS_COUNTED:
            break
    if not counts:
        return "no"
    script = counts.most_common(1)[0][0]
    return "Han" if script == "CJK" else script.capitalize()


def are_single_words(lines: Sequence[str], *, share: float = SINGLE_WORD_SHARE) -> bool:
    """Whether the lines are short, and so large a share of them a run without spaces."""
    single = sum(1 for line in lines if len(line.split()) == 1)
    return are_short(lines) and single >= share * len(lines)


def are_short(lines: Sequence[str]) -> bool:
    """Whether the lines are a few words each, on average."""
    if not lines:
        return False
    most = MOST_SPACELESS_LENGTH if script_of(lines) in SPACELESS else MOST_LENGTH
    words = sum(len(line.split()) for line in lines)
    return words <= MOST_WORDS * len(lines) and sum(map(len, lines)) <= most * len(lines)


def are_symbols(lines: Sequence[str], longest: float, *, times: int = 1) -> bool:
    """Whether the lines are sequences from a small set of short symbols.

    Args:
        lines: with spaces between symbols.
        longest: characters of a symbol, on average.
        times: how often each is there at least, on average.
    """
    types: set[str] = set()
    count = characters = 0
    for line in lines:
        symbols = line.split()
        types.update(symbols)
        count += len(symbols)
        characters += sum(map(len, symbols))
        if len(types) > MOST_SYMBOL_TYPES:
            return False
    several = count > len(lines) and count >= times * len(types)
    return several and characters <= longest * count
