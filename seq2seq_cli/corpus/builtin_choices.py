"""Which rules and words apply at a point of a derivation, each list made once.

Choosing among them is left to builtin_derive.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from seq2seq_cli.corpus.builtin_grammar import Choice, Rule, make_rule
from seq2seq_cli.corpus.builtin_lexicon import Adjective, Lexicon, Noun, Verb, Word, held_out

DEEPEST = 3  # noun phrases inside each other
GAP_FRAMES = ("transitive", "stative")


class Choices:
    """The alternatives of a grammar and lexicon.

    Args:
        combinations: "allowed" leaves the held-out combinations out, "sought" takes one wherever
            there is one, "any" makes no difference.
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
        self.any = combinations == "any"
        self.long = long
        self.clusters = {rule.name: rule for rule in grammar["cluster"]}
        self._objects = {verb: lexicon.nouns_of(verb.objects) for verb in lexicon.verbs}
        self._adverbials = {
            section: [make_rule(section, {"name": name, **line}) for name, line in lines.items()]
            for section, lines in lexicon.adverbials.items()
        }
        described = {adjective: self._described(adjective) for adjective in lexicon.adjectives}
        self._adjectives = {
            noun: [adjective for adjective, nouns in described.items() if noun in nouns]
            for noun in lexicon.nouns
        }
        for name, method in vars(Choices).items():
            if not name.startswith("_"):  # each answer is made once for its arguments
                setattr(self, name, cache(getattr(self, method.__name__)))

    def _described(self, adjective: Adjective) -> frozenset[Noun]:
        """The nouns that an adjective goes with."""
        nouns = self.lexicon.nouns_of(adjective.categories)
        return frozenset(noun for noun in nouns if noun.name not in adjective.excluded)

    def weight(self, rule: Rule) -> float:
        """The weight of a rule for the sentences in the making."""
        if self.long and rule.symbol == "sentence":
            return float(rule.options.get("long", 0))
        return rule.long if self.long else rule.weight

    def _pairs(self, found: list[Any], is_held_out: Callable[[Any], bool]) -> list[Any]:
        """The words of allowed combinations, or those of held-out ones where there are."""
        if self.any:
            return found
        if self.sought:
            return [w for w in found if is_held_out(w)] or found
        return [w for w in found if not is_held_out(w)]

    def rules(self, symbol: str) -> Choice[Rule]:
        """All rules of a symbol."""
        rules = self.grammar[symbol]
        return Choice(rules, [self.weight(r) for r in rules])

    def moods(self, rule: Rule) -> Choice[Rule]:
        """The moods that a rule allows."""
        names = rule.listed("moods")
        moods = [m for m in self.grammar["mood"] if not names or m.name in names]
        return Choice(moods, [m.weight for m in moods])

    def clauses(self, mood: str, plain: bool) -> Choice[Rule]:
        """The rules of a clause in a mood; plain ones are subject and verb phrase."""

        rules = [
            rule
            for rule in self.grammar["clause"]
            if mood in (rule.listed("moods") or (mood,)) and not (plain and rule.name != "plain")
        ]
        return Choice(rules, [self.weight(r) for r in rules])

    def subjects(self, categories: frozenset[str] | None) -> Choice[Rule]:
        """The rules of a subject: any, or one of some categories."""

        rules = [
            rule
            for rule in self.grammar["subject"]
            if categories is None
            or rule.name in categories
            or rule.name == "pronoun"
            or (rule.name == "two-people" and "person" in categories)
        ]
        return Choice(rules, [rule.weight for rule in rules])

    def verb_phrases(self, symbol: str, category: str, tense: str, simple: bool) -> Choice[Rule]:
        """The verb phrases that a subject of a category can have."""

        rules = [
            rule
            for rule in self.grammar[symbol]
            if self.verbs(rule, category, tense).items
            and category in (rule.listed("subjects") or (category,))
            and not (simple and rule.options.get("complex"))
        ]
        return Choice(rules, [self.weight(r) for r in rules])

    def verbs(self, rule: Rule, category: str, tense: str) -> Choice[Verb]:
        """The verbs of a rule for a subject of a category."""

        return Choice(
            [
                verb
                for verb in self.lexicon.verbs
                if verb.frame == rule.options["frame"]
                and verb.name in (rule.listed("verbs") or (verb.name,))
                and category in verb.subjects
                and (verb.has_past or tense != "past")
            ]
        )

    def gap_verbs(self, gap: Noun | str, tense: str) -> Choice[Verb]:
        """The verbs that can have a noun, or some noun of a category, as their object."""

        def fits(verb: Verb) -> bool:
            if isinstance(gap, Noun):
                return gap in self._objects[verb]
            return any(n.category != "person" for n in self._objects[verb])

        found = [
            v
            for v in self.lexicon.verbs
            if v.frame in GAP_FRAMES and (v.has_past or tense != "past") and fits(v)
        ]
        if isinstance(gap, Noun):
            found = self._pairs(found, lambda verb: held_out(verb.name, gap.name))
        return Choice(found)

    def objects(self, verb: Verb) -> Choice[Noun]:
        """The nouns that can be the object of a verb."""
        found = list(self._objects[verb])
        return Choice(self._pairs(found, lambda noun: held_out(verb.name, noun.name)))

    def countable(self) -> Choice[Noun]:
        """The nouns of what there is somewhere."""
        nouns = self.nouns(("person", "animal", "thing", "reading", "clothes", "food"))
        return Choice([noun for noun in nouns.items if noun.kind != "name"])

    def nouns(self, names: tuple[str, ...]) -> Choice[Noun]:
        """The nouns of some classes or lemmas."""
        return Choice(self.lexicon.nouns_of(frozenset(names)))

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

        rules = [rule for rule in self.grammar["phrase"] if applies(rule)]
        return Choice(
            rules,
            [self.weight(r) * (0.6**depth if "recursive" in r.options else 1) for r in rules],
        )

    def cores(self, noun: Noun, context: str) -> Choice[Rule]:
        """The determiners that a noun can have where the phrase stands."""

        rules = [
            rule
            for rule in self.grammar["core"]
            if rule.options["kind"] == noun.kind
            and context in rule.listed("contexts")
            and not {noun.category, noun.name} & set(rule.listed("not_for"))
        ]
        return Choice(rules, [rule.weight for rule in rules])

    def nbars(self, symbol: str, noun: Noun) -> Choice[Rule]:
        """The rules of a noun with its adjectives."""

        def applies(rule: Rule) -> bool:
            wanted = {item.text for item in rule.english}
            return all(
                bool(self.adjectives(noun, place).items)
                for place in ("before", "after")
                if place in wanted
            )

        rules = [rule for rule in self.grammar[symbol] if applies(rule)]
        return Choice(rules, [rule.weight for rule in rules])

    def adjectives(self, noun: Noun, place: str) -> Choice[Adjective]:
        """The adjectives of a noun: before, after, or as a predicate."""

        found = [adjective for adjective in self._adjectives[noun] if _stands(adjective, place)]
        return Choice(self._pairs(found, lambda a: held_out(a.name, noun.name)))

    def category_adjectives(self, category: str) -> Choice[Adjective]:
        """The predicates of a subject that is no noun."""
        found = [
            adjective
            for adjective in self.lexicon.adjectives
            if adjective.predicate and category in adjective.categories
        ]
        return Choice(found)

    def pronouns(
        self, section: str, subject: str | None = None, categories: frozenset[str] | None = None
    ) -> Choice[Word]:
        """The words of a section that go with a subject pronoun and are of some categories."""

        return Choice(
            [
                word
                for word in self.lexicon.words[section]
                if subject not in word.listed("not_with")
                and (categories is None or categories.intersection(word.listed("class")))
            ]
        )

    def plain_moods(self, tense: str | None) -> Choice[Rule]:
        """All moods, or those of a tense."""
        moods = [m for m in self.grammar["mood"] if tense is None or m.name.startswith(tense)]
        return Choice(moods, [m.weight for m in moods])

    def object_categories(self, verb: Verb) -> tuple[str, ...]:
        """person, thing or both: which pronouns can be the object of a verb."""
        nouns = self._objects[verb]
        person = any(noun.category == "person" for noun in nouns)
        thing = any(noun.category != "person" for noun in nouns)
        return ("person",) * person + ("thing",) * thing

    def verb_adverbs(self, mood: str) -> Choice[Word]:
        """The adverbs beside a verb in a mood."""
        return Choice([w for w in self.lexicon.words["verb_adverbs"] if mood in w.listed("with")])

    def manners(self, verb: Verb, plural: bool) -> Choice[Word]:
        """The adverbs of manner of a verb, for one or for several."""
        return Choice(
            [
                word
                for word in self.lexicon.words["manner_adverbs"]
                if (plural or not word.options.get("plural"))
                and verb.name in (word.listed("verbs") or (verb.name,))
            ]
        )

    def adverbials(self, section: str, category: str | None) -> Choice[Rule]:
        """The prepositions of a section, for a subject of a category."""
        rules = self._adverbials[section]
        return Choice([rule for rule in rules if category not in rule.listed("not_for")])

    def times(self, tense: str, front: bool) -> Choice[Rule]:
        """The adverbials of time for a tense."""
        return Choice(
            [
                rule
                for rule in self._adverbials["times"]
                if tense in rule.listed("tense") and not (front and rule.options.get("end_only"))
            ]
        )


def _stands(adjective: Adjective, place: str) -> bool:
    """Whether an adjective stands before a noun, after it, or as a predicate."""
    if place == "predicate":
        return adjective.predicate
    return adjective.before == (place == "before")
