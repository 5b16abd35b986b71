"""The {slots} of verb phrases: the verb group, objects, pronouns before the verb, predicates.

One method for each slot, named after it. Knows nothing of subjects or sentences.
"""

from seq2seq_cli.corpus.builtin_derive import Node
from seq2seq_cli.corpus.builtin_grammar import Choice
from seq2seq_cli.corpus.builtin_lexicon import Noun
from seq2seq_cli.corpus.builtin_nouns import SECOND_TRIES, NounSlots
from seq2seq_cli.corpus.builtin_scope import Scope

ADVERB_RATE = 0.12
STRESSED_RATE = 0.4
THING_RATE = 0.5


class VerbSlots(NounSlots):
    """Verb phrases, their objects and pronouns."""

    def verb_phrase(self, symbol: str, scope: Scope) -> Node:
        """A verb phrase for the subject of the clause."""
        inner = _verb_scope(scope)
        choice = self.choices.verb_phrases(
            symbol, inner.category, inner.tense, inner.plain or inner.depth > 1
        )
        rule = self.pick(choice)
        verbs = self.choices.verbs(rule, inner.category, inner.tense)
        inner.verb = self.pick(verbs)
        if inner.verb.name == scope.other_verb and len(verbs.items) > 1:
            inner.verb = next(v for v in verbs.items if v.name != scope.other_verb)
        scope.other_verb = inner.verb.name
        node = self.apply(rule, inner)
        scope.front = inner.front
        return node

    def slot_vp(self, scope: Scope) -> Node:
        """Any verb phrase."""
        return self.verb_phrase("vp", scope)

    def slot_activity(self, scope: Scope) -> Node:
        """A verb phrase that can take a time or a place."""
        return self.verb_phrase("activity", scope)

    def slot_simple_vp(self, scope: Scope) -> Node:
        """A verb phrase without clauses in it."""
        inner = _verb_scope(scope)
        inner.plain = True
        node = self.verb_phrase("simple-vp", inner)
        scope.other_verb = inner.other_verb
        return node

    def slot_infinitive(self, scope: Scope) -> Node:
        """to and a verb phrase."""
        return self._infinitive("infinitive", scope)

    def slot_bare_infinitive(self, scope: Scope) -> Node:
        """A verb phrase without to."""
        return self._infinitive("bare", scope)

    def _infinitive(self, form: str, scope: Scope) -> Node:
        inner = _verb_scope(scope)
        inner.form = form
        return self.verb_phrase("infinitive", inner)

    def slot_verb(self, scope: Scope) -> Node:
        """The verb group: auxiliaries, negation, clitics, adverb and verb."""
        verb = scope.verb
        finite = scope.form in ("statement", "question")
        if finite:
            name = f"{verb.kind} {scope.form} {scope.tense} {scope.polarity}"
            self._choose_adverb(scope)
            if scope.tense == "past":
                self._label_past(scope)
        else:
            name = f"main {scope.form}"
        rule = self.choices.clusters[name]
        source, target = self.apply(rule, scope)
        if verb.particle:
            base = source[-1][1]
            code = next(c for c in source[-1][2])
            source = [*source, (verb.particle, base, (code | 1,))]
        return source, target

    def _choose_adverb(self, scope: Scope) -> None:
        if scope.timed or scope.verb.kind not in ("main", "be"):
            return
        if not self.decide("adverb", ADVERB_RATE):
            return
        mood = scope.tense + ("" if scope.polarity == "affirmative" else f"-{scope.polarity}")
        if scope.form == "question" or scope.verb.kind == "be":
            mood = f"{mood}-{scope.form}-{scope.verb.kind}"
        adverbs = self.choices.verb_adverbs(mood)
        if adverbs.items:
            scope.adverb = self.pick(adverbs)
            self.labels.add("verb-adverb")

    def _label_past(self, scope: Scope) -> None:
        verb = scope.verb
        if verb.kind == "be":
            self.labels.add("past-be")
            return
        self.labels.add("past-etre" if verb.etre else "past-avoir")
        agreement = scope.agreement if verb.etre else scope.object_agreement
        if agreement:
            self.labels.add("participle-agreement")

    def slot_object(self, scope: Scope) -> Node:
        """The object of the verb."""
        nouns = self.choices.objects(scope.verb)
        context = "object" if scope.polarity == "affirmative" else "negated"
        return self._object(nouns, context, scope)

    def slot_stative_object(self, scope: Scope) -> Node:
        """The object of like, hate, ...: without an article when it is meant in general."""
        return self._object(self.choices.objects(scope.verb), "stative", scope)

    def _object(self, nouns: Choice[Noun], context: str, scope: Scope) -> Node:
        node, inner = self.noun_phrase(nouns, context, scope)
        assert inner.noun is not None
        self._count(scope.verb.name, inner.noun)
        return node

    def slot_object_pronoun(self, scope: Scope) -> Node:
        """me, him, it, ...: before the verb in French."""
        categories = self.choices.object_categories(scope.verb)
        if len(categories) == 1:
            return self._clitic(scope, categories[0])
        return self._clitic(scope, "thing" if self.decide("of-a-thing", THING_RATE) else "person")

    def slot_thing_pronoun(self, scope: Scope) -> Node:
        """it or them, before the verb in French."""
        return self._clitic(scope, "thing")

    def _clitic(self, scope: Scope, category: str) -> Node:
        word = self.pick(
            self.choices.pronouns("object_pronouns", scope.subject, frozenset((category,)))
        )
        base = self.mark()
        scope.clitics.append((word.french[0], base, (0,)))
        options = word.options
        scope.object_agreement = options.get("feminine", False) + 2 * options.get("plural", False)
        return [(word.name, base, (0,))], []

    def slot_dative(self, scope: Scope) -> Node:
        """to me, to him, ...: before the verb in French."""
        word = self.pick(self.choices.pronouns("dative_pronouns", scope.subject))
        base = self.mark()
        item = (word.french[0], base, (0,))
        if word.options["order"] == "before":
            scope.clitics.insert(0, item)
        else:
            scope.clitics.append(item)
        return [("to", base, (1,)), (word.name, base, (0,))], []

    def slot_receiver(self, scope: Scope) -> Node:
        """Who is given something."""
        return self.noun_phrase(self.choices.nouns(("person",)), "place", scope)[0]

    def slot_companion(self, scope: Scope) -> Node:
        """with or without somebody."""
        return self._with_person("companions", scope)

    def slot_beneficiary(self, scope: Scope) -> Node:
        """for somebody."""
        return self._with_person("beneficiaries", scope)

    def _with_person(self, section: str, scope: Scope) -> Node:
        if not self.decide("stressed", STRESSED_RATE):
            return self.adverbial(section, scope)
        rule = self.pick(self.choices.adverbials(section, None))
        english, french = self.apply(rule, scope)
        word = self.pick(self.choices.pronouns("stressed_pronouns", scope.subject))
        source, target = self.word(word)
        self.labels.add("stressed-pronoun")
        return english + source, french + target

    def slot_manner(self, scope: Scope) -> Node:
        """How the verb is done."""
        word = self.pick(self.choices.manners(scope.verb, scope.agreement >= 2))
        return self.word(word, scope.agreement if word.options.get("agrees") else 0)

    def slot_predicate(self, scope: Scope) -> Node:
        """An adjective that is said of the subject."""
        noun = scope.subject_noun
        if noun is None:
            scope.after = self.pick(self.choices.category_adjectives(scope.category))
        else:
            predicates = self.choices.adjectives(noun, "predicate")
            scope.after = self.pick(predicates)
            for _ in range(SECOND_TRIES):
                if scope.after not in scope.described:
                    break
                scope.after = self.pick(predicates)
            self._count(scope.after.name, noun)
        if scope.agreement:
            self.labels.add(
                ("", "agreement-feminine", "agreement-plural", "agreement-feminine")[
                    scope.agreement
                ]
            )
        return self.apply(self.pick(self.choices.rules("predicate")), scope)


def _verb_scope(scope: Scope) -> Scope:
    """A scope for another verb of the same subject."""
    inner = Scope()
    for name in (
        "agreement",
        "category",
        "depth",
        "described",
        "form",
        "person",
        "plain",
        "polarity",
        "subject",
        "subject_noun",
        "tense",
        "timed",
    ):
        setattr(inner, name, getattr(scope, name))
    return inner
