"""Applies the rules of the grammar: chooses, expands slots, and collects both sides.

What each slot means is in builtin_slots; nothing here knows English, French, or splits.
"""

from bisect import bisect
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from seq2seq_cli.corpus.builtin_choices import Choices
from seq2seq_cli.corpus.builtin_grammar import INFLECTED, SLOT, Choice, Item, Named, Rule
from seq2seq_cli.corpus.builtin_render import SourceItem, TargetItem
from seq2seq_cli.corpus.builtin_scope import Scope, english_words, french_words

T = TypeVar("T", bound=Named)
Node = tuple[list[SourceItem], list[TargetItem]]
Slot = Callable[[Scope], Node]
Operation = tuple[int, Any, tuple[int, ...]]
WORD, CHILD, INFLECT, CLITICS, FRONT = range(5)
BEFORE_THE_VERB = frozenset(("object-pronoun", "thing-pronoun", "dative"))
FRONT_SLOT = "front"


class Compiled:
    """A rule with its words and slots looked up, ready to be applied."""

    __slots__ = ("english", "french", "front_english", "front_french", "labels", "marks", "slots")

    def __init__(self, rule: Rule, deriver: "Deriver") -> None:
        places = [item.text for item in rule.english if item.kind == SLOT]
        places = [place for place in places if place != FRONT_SLOT]
        places.sort(key=lambda place: place not in BEFORE_THE_VERB)
        self.slots = tuple(deriver.slot(place) for place in places)
        self.english = deriver.operations(rule.english, places, english=True)
        self.french = deriver.operations(rule.french, places, english=False)
        self.front_english = deriver.operations(rule.front_english, [], english=True)
        self.front_french = deriver.operations(rule.front_french, [], english=False)
        self.labels = rule.labels
        self.marks = rule.marks


class Deriver:
    """Derives one sentence after another; `rng` is drawn from for each choice, in order."""

    def __init__(self, choices: Choices, rng: Random | None = None) -> None:
        self.choices = choices
        self.lexicon = choices.lexicon
        self.random = (rng or Random(1)).random
        self.labels: set[str] = set()
        self.sought = 0  # held-out combinations in the sentence
        self._next_mark = 0
        self._compiled: dict[Rule, Compiled] = {}
        self._english = english_words(self.lexicon)
        self._french = french_words(self.lexicon)

    def pick(self, choice: Choice[T]) -> T:
        """One of the alternatives, by weight."""
        items = choice.items
        return items[bisect(choice.cumulative, self.random() * choice.total, 0, len(items) - 1)]

    def decide(self, name: str, rate: float) -> bool:
        """Whether something optional happens; the name is for scripts."""
        return self.random() < rate

    def slot(self, name: str) -> Slot:
        """The method that expands a slot."""
        return getattr(self, "slot_" + name.replace("-", "_"))  # type: ignore[no-any-return]

    def begin(self) -> None:
        """Forgets the sentence before."""
        self.labels = set()
        self.sought = 0
        self._next_mark = 0

    def mark(self, count: int = 1) -> int:
        """The first of some new marks for links."""
        first = self._next_mark
        self._next_mark += count
        return first

    def apply(self, rule: Rule, scope: Scope) -> Node:
        """Expands the slots of a rule, then writes both its sides."""
        compiled = self._compiled.get(rule)
        if compiled is None:
            compiled = self._compiled[rule] = Compiled(rule, self)
        base = self._next_mark
        self._next_mark = base + compiled.marks
        if compiled.labels:
            self.labels.update(compiled.labels)
        children = [expand(scope) for expand in compiled.slots]
        if compiled.front_english:
            scope.front = (
                _write(compiled.front_english, 0, base, children, scope),
                _write(compiled.front_french, 1, base, children, scope),
            )
        return (
            _write(compiled.english, 0, base, children, scope),
            _write(compiled.french, 1, base, children, scope),
        )

    def operations(
        self, items: tuple[Item, ...], places: list[str], *, english: bool
    ) -> tuple[Operation, ...]:
        """The items of a rule's side; the k-th {slot} of a name is the k-th on both sides."""
        found: list[Operation] = []
        seen: dict[str, int] = {}
        for item in items:
            if item.kind == SLOT:
                found.append(self._child(item, places, seen))
            elif item.kind == INFLECTED and item.text == "clitics":
                found.append((CLITICS, None, ()))
            elif item.kind == INFLECTED:
                words = self._english if english else self._french
                found.append((INFLECT, words[item.text], item.codes))
            else:
                word = item.text if english else self.lexicon.forms.get(item.text)
                found.append((WORD, word, item.codes))
        return tuple(found)

    @staticmethod
    def _child(item: Item, places: list[str], seen: dict[str, int]) -> Operation:
        if item.text == FRONT_SLOT:
            return (FRONT, None, ())
        occurrence = seen.get(item.text, 0)
        seen[item.text] = occurrence + 1
        found = [i for i, place in enumerate(places) if place == item.text]
        return (CHILD, found[occurrence], ())


def _write(
    operations: tuple[Operation, ...], side: int, base: int, children: list[Node], scope: Scope
) -> list[Any]:
    """One side of a rule as items."""
    items: list[Any] = []
    for kind, value, codes in operations:
        if kind == WORD:
            items.append((value, base, codes))
        elif kind == CHILD:
            items += children[value][side]
        elif kind == INFLECT:
            word = value(scope)
            if word is not None:
                items.append((word, base, codes))
        elif kind == CLITICS:
            items += scope.clitics
        else:
            items += scope.front[side]
    return items
