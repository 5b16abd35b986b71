"""Which tokenizers and which preset fit a corpus, from a look at a sample of its pairs.

Knows nothing of how tokens are made. Each suggestion carries its reason, for the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_SYMBOL_LENGTH = 2.0
MOST_SYMBOL_TYPES = 300
MOST_WORD_LENGTH = 40.0
SINGLE_WORD_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to use where the user has not said.

    Attributes:
        source, target: tokenizer kinds.
        source_reason, target_reason: why, as the end of a sentence.
        preset: `g2p` for words to symbols or words, `mt` for sentences.
    """

    source: str
    source_reason: str
    target: str
    target_reason: str
    preset: str


def suggest(pairs: Sequence[tuple[str, str]]) -> Suggestion:
    """Characters for single words, given symbols for symbols such as phones, else subwords."""
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
    return Suggestion(
        source="char" if characters else "bpe",
        source_reason="its lines are single words" if characters else "its lines are text",
        target=target,
        target_reason=target_reason,
        preset="g2p" if characters else "mt",
    )


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
