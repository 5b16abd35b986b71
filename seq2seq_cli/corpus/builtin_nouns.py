"""The {slots} of noun phrases and of what stands before them: determiners to prepositions.

One method for each slot, named after it. Knows nothing of verbs or sentences.
"""

from seq2seq_cli.corpus.builtin_derive import Deriver, Node
from seq2seq_cli.corpus.builtin_grammar import Choice
from seq2seq_cli.corpus.builtin_lexicon import Noun, Word, held_out
from seq2seq_cli.corpus.builtin_scope import THIRD_PLURAL, THIRD_SINGULAR, Scope

PLURAL_RATE = 0.35
SECOND_TRIES = 4  # for another noun than the subject


class NounSlots(Deriver):
    """Noun phrases, and the prepositions before them."""

    def noun_phrase(self, nouns: Choice[Noun], context: str, clause: Scope) -> tuple[Node, Scope]:
        """A noun phrase, with the scope that holds its features."""
        noun = self.pick(nouns)
        for _ in range(SECOND_TRIES):
            if noun is not clause.subject_noun:
                break
            noun = self.pick(nouns)
        scope = Scope()
        scope.noun, scope.category, scope.context = noun, noun.category, context
        scope.depth = clause.depth
        scope.plain = clause.plain
        rule = self.pick(self.choices.phrases(noun, scope.depth, scope.plain))
        scope.depth += 1
        return self.apply(rule, scope), scope

    def slot_core(self, scope: Scope) -> Node:
        """Determiner, adjectives and noun; sets the number."""
        return self._core(scope, scope.context)

    def slot_the(self, scope: Scope) -> Node:
        """As core, with the definite article."""
        return self._core(scope, "the")

    def _core(self, scope: Scope, context: str) -> Node:
        noun = scope.noun
        assert noun is not None
        rule = self.pick(self.choices.cores(noun, context))
        number = rule.options.get("number", "singular")
        plural = number == "plural" or (number != "singular" and self.decide("plural", PLURAL_RATE))
        if rule.name == "possessive" and noun.name in self.lexicon.classes["unique"]:
            plural = False
        scope.agreement = noun.feminine + 2 * plural
        scope.person = THIRD_PLURAL if plural else THIRD_SINGULAR
        return self.apply(rule, scope)

    def slot_nbar(self, scope: Scope) -> Node:
        """A noun with any adjectives."""
        return self._nbar("nbar", scope)

    def slot_nbar_after(self, scope: Scope) -> Node:
        """A noun with no adjective before it."""
        return self._nbar("nbar-after", scope)

    def slot_nbar_before(self, scope: Scope) -> Node:
        """A noun with an adjective before it, where one fits it."""
        return self._nbar("nbar-before", scope)

    def _nbar(self, symbol: str, scope: Scope) -> Node:
        noun = scope.noun
        assert noun is not None
        rule = self.pick(self.choices.nbars(symbol, noun))
        for place in rule.labels:
            if place == "adjective-after":
                scope.after = self.pick(self.choices.adjectives(noun, "after"))
                self._count(scope.after.name, noun)
            elif place == "adjective-before":
                scope.before = self.pick(self.choices.adjectives(noun, "before"))
                self._count(scope.before.name, noun)
        if scope.agreement & 1 and rule.labels:
            self.labels.add("agreement-feminine")
        if scope.agreement & 2 and rule.labels:
            self.labels.add("agreement-plural")
        return self.apply(rule, scope)

    def _count(self, first: str, noun: Noun) -> None:
        """Counts a held-out combination."""
        if self.choices.sought and held_out(first, noun.name):
            self.sought += 1

    def word(self, word: Word, form: int = 0) -> Node:
        """A word and its translation, linked."""
        base = self.mark()
        return [(word.name, base, (0,))], [(word.french[form], base, (0,))]

    def slot_possessive(self, scope: Scope) -> Node:
        """my, your, ...: mon, ma, mes, by what is owned."""
        word = self.pick(self.choices.pronouns("possessives"))
        base = self.mark()
        form = self.lexicon.agreeing[word.french[0].text][scope.agreement]
        return [(word.name, base, (0,))], [(form, base, (0,))]

    def slot_numeral(self, scope: Scope) -> Node:
        """two, three, ..."""
        return self.word(self.pick(self.choices.pronouns("numerals")))

    def slot_owner(self, scope: Scope) -> Node:
        """What a door or a wall belongs to."""
        inner = Scope()
        inner.depth, inner.plain = scope.depth, True
        return self.noun_phrase(self.choices.nouns(("building", "room")), "definite", inner)[0]

    def adverbial(self, section: str, scope: Scope) -> Node:
        """A preposition of a section and its noun phrase."""
        rule = self.pick(self.choices.adverbials(section, scope.category))
        english, french = self.apply(rule, scope)
        nouns = self.choices.nouns(rule.listed("of"))
        inner = Scope()
        inner.depth, inner.plain, inner.subject_noun = scope.depth, scope.plain, scope.subject_noun
        (source, target), _ = self.noun_phrase(nouns, rule.options.get("context", "place"), inner)
        return english + source, french + target

    def slot_place(self, scope: Scope) -> Node:
        """Where something is or happens."""
        self.labels.add("preposition")
        return self.adverbial("places", scope)

    def slot_place_to(self, scope: Scope) -> Node:
        """Where somebody goes."""
        return self.adverbial("places_to", scope)

    def slot_place_from(self, scope: Scope) -> Node:
        """Where somebody comes from."""
        return self.adverbial("places_from", scope)

    def time(self, scope: Scope, front: bool) -> Node:
        """An adverbial of time that goes with the tense."""
        return self.apply(self.pick(self.choices.times(scope.tense, front)), scope)

    def slot_time(self, scope: Scope) -> Node:
        """A time at the end of a clause."""
        return self.time(scope, front=False)

    def slot_front_time(self, scope: Scope) -> Node:
        """A time at the front of a sentence."""
        return self.time(scope, front=True)
