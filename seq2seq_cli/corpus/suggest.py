"""Which tokenizers and which preset fit a corpus, from a look at a sample of its pairs.

Knows nothing of how tokens are made. Each suggestion carries its reason, for the report.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_SYMBOL_LENGTH = 2.0
MOST_SYMBOL_TYPES = 300
MOST_WORD_LENGTH = 40.0
SINGLE_WORD_SHARE = 0.95
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
    single_words = are_single_words(sources)
    symbols = single_words and are_symbols(targets)
    words = single_words and not symbols and are_single_words(targets)
    if symbols:
        target, target_reason = "space", "its lines are short symbols between spaces"
    elif words:
        target, target_reason = "char", "its lines are single words"
    else:
        target, target_reason = "bpe", "its lines are text"
    characters = symbols or words
    if symbols:
        preset, why = "g2p", "single words become symbols between spaces"
    elif words:
        preset, why = _preset_of_words(sources, targets, features=features)
    else:
        preset, why = "mt", "the lines are text, not single words"
    return Suggestion(
        source="char" if characters else "bpe",
        source_reason="its lines are single words" if characters else "its lines are text",
        target=target,
        target_reason=target_reason,
        preset=preset,
        preset_reason=why,
    )


def _preset_of_words(
    sources: Sequence[str], targets: Sequence[str], *, features: bool
) -> tuple[str, str]:
    """The preset for single words on both sides, and why."""
    if features:
        return "inflect", "single words with features become single words"
    scripts = script_of(sources), script_of(targets)
    if scripts[0] != scripts[1]:
        return "translit", f"single words go from {scripts[0]} to {scripts[1]} script"
    return "inflect", "single words become single words in the same script"


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


def are_single_words(lines: Sequence[str]) -> bool:
    """Whether nearly every line is one short run without spaces."""
    if not lines:
        return False
    single = sum(1 for line in lines if len(line.split()) == 1)
    short = sum(map(len, lines)) <= MOST_WORD_LENGTH * len(lines)
    return short and single >= SINGLE_WORD_SHARE * len(lines)


def are_symbols(lines: Sequence[str]) -> bool:
    """Whether the lines are sequences from a small set of one- or two-character symbols."""
    types: set[str] = set()
    count = characters = 0
    for line in lines:
        symbols = line.split()
        types.update(symbols)
        count += len(symbols)
        characters += sum(map(len, symbols))
        if len(types) > MOST_SYMBOL_TYPES:
            return False
    several = count > len(lines)
    return several and characters <= MOST_SYMBOL_LENGTH * count
