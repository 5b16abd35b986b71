"""Reads the synchronous grammar of the built-in corpus (data/grammar.toml).

Knows how a rule is written and makes it quick to apply; what slots and inflected words mean
is known to builtin_derive alone.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from seq2seq_cli.errors import WorkError

ITEM = re.compile(r"(\{[\w-]+\}|<[^<>]+>|[^=~]+)((?:[=~]\w+)*)")
WORD, SLOT, INFLECTED = range(3)


class Named(Protocol):
    """Anything that a derivation can choose by name."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a rule's side. Codes are 2 * mark, plus 1 where the mark is a possible one."""

    kind: int
    text: str
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule: both sides, and the fields that say where it applies."""

    symbol: str
    name: str
    weight: float
    long: float
    groups: tuple[str, ...]
    english: tuple[Item, ...]
    french: tuple[Item, ...]
    front_english: tuple[Item, ...]
    front_french: tuple[Item, ...]
    marks: int
    labels: tuple[str, ...]
    options: Mapping[str, Any]

    def listed(self, option: str) -> tuple[str, ...]:
        """The words of an option, none when it is absent."""
        return tuple(str(self.options.get(option, "")).split())

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the slots of the English side, in order."""
        return tuple(item.text for item in self.english if item.kind == SLOT)


class Choice(Generic[T]):
    """Weighted alternatives: items, and the running sums of their weights."""

    __slots__ = ("cumulative", "items", "total")

    def __init__(self, items: Sequence[T], weights: Iterable[float] | None = None) -> None:
        kept = [
            (item, weight)
            for item, weight in zip(items, weights or [1.0] * len(items), strict=True)
            if weight > 0
        ]
        self.items = tuple(item for item, _ in kept)
        self.cumulative = tuple(accumulate(weight for _, weight in kept))
        self.total = self.cumulative[-1] if kept else 0.0


def read_grammar(folder: Path) -> dict[str, tuple[Rule, ...]]:
    """The rules of grammar.toml by symbol; a rule is also listed under its groups."""
    tables = tomllib.loads((folder / "grammar.toml").read_text("utf-8"))
    rules: dict[str, list[Rule]] = {}
    for symbol, lines in tables.items():
        for line in lines:
            rule = make_rule(symbol, line)
            for name in (symbol, *rule.groups):
                rules.setdefault(name, []).append(rule)
    return {symbol: tuple(found) for symbol, found in rules.items()}


def make_rule(symbol: str, line: Mapping[str, Any]) -> Rule:
    """The rule of one table of TOML; a mark means the same on all sides of the rule."""
    marks: dict[str, int] = {}

    def side(key: str) -> tuple[Item, ...]:
        return tuple(_item(text, marks, symbol) for text in line.get(key, "").split())

    weight = float(line.get("weight", 1))
    return Rule(
        symbol=symbol,
        name=line["name"],
        weight=weight,
        long=float(line.get("long", weight)),
        groups=tuple(line.get("groups", "").split()),
        english=side("english"),
        french=side("french"),
        front_english=side("front_english"),
        front_french=side("front_french"),
        marks=len(marks),
        labels=tuple(line.get("labels", "").split()),
        options=line,
    )


def _item(text: str, marks: dict[str, int], symbol: str) -> Item:
    match = ITEM.fullmatch(text)
    if not match:
        raise WorkError(
            f"grammar.toml, [[{symbol}]]: expected a word, a slot or <word>, found {text!r}."
        )
    word, links = match.groups()
    codes = tuple(
        2 * marks.setdefault(link[1:], len(marks)) + (link[0] == "~")
        for link in re.findall(r"[=~]\w+", links)
    )
    if word.startswith("{"):
        return Item(SLOT, word[1:-1], codes)
    if word.startswith("<"):
        return Item(INFLECTED, word[1:-1], codes)
    return Item(WORD, word, codes)
