"""Which rules and words apply at a point of a derivation, each list made once.

Choosing among them is left to builtin_derive.
"""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from seq2seq_cli.corpus.builtin_grammar import Choice, Rule
from seq2seq_cli.corpus.builtin_lexicon import Adjective, Lexicon, Noun, Verb, Word, held_out

DEEPEST = 3  # noun phrases inside each other
GAP_FRAMES = ("transitive", "stative")


class Choices:
    """The alternatives of a grammar and lexicon.

    Args:
        combinations: "allowed" leaves the held-out combinations out, "sought" takes one wherever
            there is one.
        long: the rules' weights are those of the long sentences.
    """

    def __init__(
        self,
        grammar: dict[str, tuple[Rule, ...]],
        lexicon: Lexicon,
        *,
        combinations: str = "allowed",
        long: bool = False,
    ) -> None:
        self.grammar = grammar
        self.lexicon = lexicon
        self.sought = combinations == "sought"
        self.long = long
        self.clusters = {rule.name: rule for rule in grammar["cluster"]}
        self._known: dict[Hashable, Choice[Any]] = {}
        self._objects = {verb: lexicon.nouns_of(verb.objects) for verb in lexicon.verbs}
        self._adjectives = {
            noun: tuple(a for a in lexicon.adjectives if noun in self._described(a))
            for noun in lexicon.nouns
        }

    def known(self, key: Hashable, make: Callable[[], Choice[Any]]) -> Choice[Any]:
        """The choice for a key, made when it is first asked for."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
        return found

    @cache  # noqa: B019 - one table for the life of the process
    def _described(self, adjective: Adjective) -> tuple[Noun, ...]:
        return self.lexicon.nouns_of(adjective.categories)

    def weight(self, rule: Rule) -> float:
        """The weight of a rule for the sentences in the making."""
        return rule.long if self.long else rule.weight

    def _pairs(self, found: list[Any], is_held_out: Callable[[Any], bool]) -> list[Any]:
        """The words of allowed combinations, or those of held-out ones where there are."""
        if self.sought:
            return [w for w in found if is_held_out(w)] or found
        return [w for w in found if not is_held_out(w)]

    def rules(self, symbol: str) -> Choice[Rule]:
        """All rules of a symbol."""
        rules = self.grammar[symbol]
        return self.known(symbol, lambda: Choice(rules, [self.weight(r) for r in rules]))

    def moods(self, rule: Rule) -> Choice[Rule]:
        """The moods that a rule allows."""
        names = rule.listed("moods")
        moods = [m for m in self.grammar["mood"] if not names or m.name in names]
        return self.known(("mood", names), lambda: Choice(moods, [m.weight for m in moods]))

    def clauses(self, mood: str, deep: bool) -> Choice[Rule]:
        """The rules of a clause in a mood; embedded ones are plain."""

        def make() -> Choice[Rule]:
            rules = [
                rule
                for rule in self.grammar["clause"]
                if mood in (rule.listed("moods") or (mood,)) and not (deep and rule.name != "plain")
            ]
            return Choice(rules, [self.weight(r) for r in rules])

        return self.known(("clause", mood, deep), make)

    def subjects(self, categories: frozenset[str] | None) -> Choice[Rule]:
        """The rules of a subject: any, or one of some categories."""

        def make() -> Choice[Rule]:
            rules = [
                rule
                for rule in self.grammar["subject"]
                if categories is None
                or rule.name in categories
                or rule.name == "pronoun"
                or (rule.name == "two-people" and "person" in categories)
            ]
            return Choice(rules, [rule.weight for rule in rules])

        return self.known(("subject", categories), make)

    def verb_phrases(self, symbol: str, category: str, tense: str, simple: bool) -> Choice[Rule]:
        """The verb phrases that a subject of a category can have."""

        def make() -> Choice[Rule]:
            rules = [
                rule
                for rule in self.grammar[symbol]
                if self.verbs(rule.options["frame"], category, tense).items
                and category in (rule.listed("subjects") or (category,))
                and not (simple and rule.options.get("complex"))
            ]
            return Choice(rules, [self.weight(r) for r in rules])

        return self.known((symbol, category, tense, simple), make)

    def verbs(self, frame: str, category: str, tense: str) -> Choice[Verb]:
        """The verbs of a frame for a subject of a category."""

        def make() -> Choice[Verb]:
            return Choice(
                [
                    verb
                    for verb in self.lexicon.verbs
                    if verb.frame == frame
                    and category in verb.subjects
                    and (verb.has_past or tense != "past")
                ]
            )

        return self.known(("verbs", frame, category, tense), make)

    def gap_verbs(self, gap: Noun | str, tense: str) -> Choice[Verb]:
        """The verbs that can have a noun, or some noun of a category, as their object."""

        def fits(verb: Verb) -> bool:
            if isinstance(gap, Noun):
                return gap in self._objects[verb]
            return any(n.category == gap for n in self._objects[verb])

        def make() -> Choice[Verb]:
            found = [
                v
                for v in self.lexicon.verbs
                if v.frame in GAP_FRAMES and (v.has_past or tense != "past") and fits(v)
            ]
            if isinstance(gap, Noun):
                found = self._pairs(found, lambda verb: held_out(verb.name, gap.name))
            return Choice(found)

        return self.known(("gap", gap, tense), make)

    def objects(self, verb: Verb) -> Choice[Noun]:
        """The nouns that can be the object of a verb."""
        found = list(self._objects[verb])
        return self.known(
            ("objects", verb),
            lambda: Choice(self._pairs(found, lambda noun: held_out(verb.name, noun.name))),
        )

    def nouns(self, names: tuple[str, ...]) -> Choice[Noun]:
        """The nouns of some classes or lemmas."""
        return self.known(("nouns", names), lambda: Choice(self.lexicon.nouns_of(frozenset(names))))

    def phrases(self, noun: Noun, depth: int, plain: bool) -> Choice[Rule]:
        """The rules of a noun phrase: the deeper, the fewer relative clauses."""

        def applies(rule: Rule) -> bool:
            heads = rule.listed("heads")
            if heads and noun.category not in heads:
                return False
            if rule.name == "simple":
                return True
            if plain or depth >= DEEPEST or noun.kind == "name":
                return False
            if rule.options.get("needs") == "relative-object":
                return bool(self.gap_verbs(noun, "past").items)
            return True

        def make() -> Choice[Rule]:
            rules = [rule for rule in self.grammar["phrase"] if applies(rule)]
            return Choice(
                rules,
                [self.weight(r) * (0.6**depth if "recursive" in r.options else 1) for r in rules],
            )

        return self.known(("phrase", noun, depth, plain), make)

    def cores(self, noun: Noun, context: str) -> Choice[Rule]:
        """The determiners that a noun can have where the phrase stands."""

        def make() -> Choice[Rule]:
            rules = [
                rule
                for rule in self.grammar["core"]
                if rule.options["kind"] == noun.kind and context in rule.listed("contexts")
            ]
            return Choice(rules, [rule.weight for rule in rules])

        return self.known(("core", noun.kind, context), make)

    def nbars(self, symbol: str, noun: Noun) -> Choice[Rule]:
        """The rules of a noun with its adjectives."""

        def applies(rule: Rule) -> bool:
            wanted = {item.text for item in rule.english}
            return all(
                bool(self.adjectives(noun, place).items)
                for place in ("before", "after")
                if place in wanted
            )

        def make() -> Choice[Rule]:
            rules = [rule for rule in self.grammar[symbol] if applies(rule)]
            return Choice(rules, [rule.weight for rule in rules])

        return self.known((symbol, noun), make)

    def adjectives(self, noun: Noun, place: str) -> Choice[Adjective]:
        """The adjectives of a noun: before, after, or as a predicate."""

        def make() -> Choice[Adjective]:
            found = [adjective for adjective in self._adjectives[noun] if _stands(adjective, place)]
            return Choice(self._pairs(found, lambda a: held_out(a.name, noun.name)))

        return self.known(("adjectives", noun, place), make)

    def category_adjectives(self, category: str) -> Choice[Adjective]:
        """The predicates of a subject that is no noun."""
        found = [
            adjective
            for adjective in self.lexicon.adjectives
            if adjective.predicate and category in adjective.categories
        ]
        return self.known(("predicate", category), lambda: Choice(found))

    def pronouns(self, section: str, subject: str | None, category: str | None) -> Choice[Word]:
        """The pronouns of a section that go with a subject, for an object of a category."""

        def make() -> Choice[Word]:
            return Choice(
                [
                    word
                    for word in self.lexicon.words[section]
                    if subject not in word.listed("not_with")
                    and (category is None or category in word.listed("class"))
                ]
            )

        return self.known((section, subject, category), make)

    def plain_moods(self, tense: str | None) -> Choice[Rule]:
        """All moods, or the affirmative one of a tense."""
        moods = [m for m in self.grammar["mood"] if tense in (None, m.name)]
        return self.known(("moods", tense), lambda: Choice(moods, [m.weight for m in moods]))

    def object_categories(self, verb: Verb) -> tuple[str, ...]:
        """person, thing or both: which pronouns can be the object of a verb."""
        nouns = self._objects[verb]
        person = any(noun.category == "person" for noun in nouns)
        thing = any(noun.category != "person" for noun in nouns)
        return ("person",) * person + ("thing",) * thing

    def verb_adverbs(self, mood: str) -> Choice[Word]:
        """The adverbs beside a verb in a mood."""
        return self.known(
            ("verb_adverbs", mood),
            lambda: Choice(
                [w for w in self.lexicon.words["verb_adverbs"] if mood in w.listed("with")]
            ),
        )

    def manners(self, verb: Verb, plural: bool) -> Choice[Word]:
        """The adverbs of manner of a verb, for one or for several."""
        return self.known(
            ("manners", verb, plural),
            lambda: Choice(
                [
                    word
                    for word in self.lexicon.words["manner_adverbs"]
                    if (plural or not word.options.get("plural"))
                    and verb.name in (word.listed("verbs") or (verb.name,))
                ]
            ),
        )


def _stands(adjective: Adjective, place: str) -> bool:
    """Whether an adjective stands before a noun, after it, or as a predicate."""
    if place == "predicate":
        return adjective.predicate
    return adjective.before == (place == "before")
