"""Gives each {slot} of grammar.toml its meaning: which rules and words it takes, what agrees.

One method for each slot, named after it. Knows nothing of splits or of how lines are written.
"""

from random import Random

from seq2seq_cli.corpus.builtin_choices import Choices
from seq2seq_cli.corpus.builtin_derive import Deriver, Node
from seq2seq_cli.corpus.builtin_grammar import Choice, Rule, make_rule
from seq2seq_cli.corpus.builtin_lexicon import PERSONS, Noun, Word, held_out
from seq2seq_cli.corpus.builtin_scope import THIRD_PLURAL, THIRD_SINGULAR, Scope

ADVERB_RATE = 0.12
PLURAL_RATE = 0.35
PERSON_AND_ANIMAL = frozenset(("person", "animal"))


class NounSlots(Deriver):
    """Noun phrases, and the prepositions before them."""

    def __init__(self, choices: Choices, rng: Random | None = None) -> None:
        super().__init__(choices, rng)
        self._adverbials = {
            section: [make_rule(section, {"name": name, **line}) for name, line in lines.items()]
            for section, lines in self.lexicon.adverbials.items()
        }

    def noun_phrase(self, nouns: Choice[Noun], context: str, clause: Scope) -> tuple[Node, Scope]:
        """A noun phrase, with the scope that holds its features."""
        noun = self.pick(nouns)
        if noun is clause.subject_noun:
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
        plural = number == "plural" or (number != "singular" and self.random() < PLURAL_RATE)
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
        word = self.pick(self.choices.pronouns("possessives", None, None))
        base = self.mark()
        form = self.lexicon.agreeing[word.french[0].text][scope.agreement]
        return [(word.name, base, (0,))], [(form, base, (0,))]

    def slot_numeral(self, scope: Scope) -> Node:
        """two, three, ..."""
        return self.word(self.pick(self.choices.pronouns("numerals", None, None)))

    def slot_owner(self, scope: Scope) -> Node:
        """What a door or a wall belongs to."""
        inner = Scope()
        inner.depth, inner.plain = scope.depth, True
        return self.noun_phrase(self.choices.nouns(("building", "room")), "definite", inner)[0]

    def adverbial(self, section: str, scope: Scope) -> Node:
        """A preposition of a section and its noun phrase."""
        rules = [
            rule
            for rule in self._adverbials[section]
            if scope.category not in rule.listed("not_for")
        ]
        choice = self.choices.known((section, scope.category), lambda: Choice(rules))
        rule = self.pick(choice)
        english, french = self.apply(rule, scope)
        nouns = self.choices.nouns(rule.listed("of"))
        inner = Scope()
        inner.depth, inner.plain, inner.subject_noun = scope.depth, scope.plain, scope.subject_noun
        (source, target), _ = self.noun_phrase(nouns, "place", inner)
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

        def make() -> Choice[Rule]:
            return Choice(
                [
                    rule
                    for rule in self._adverbials["times"]
                    if scope.tense in rule.listed("tense")
                    and not (front and rule.options.get("end_only"))
                ]
            )

        return self.apply(self.pick(self.choices.known(("times", scope.tense, front), make)), scope)

    def slot_time(self, scope: Scope) -> Node:
        """A time at the end of a clause."""
        return self.time(scope, front=False)

    def slot_front_time(self, scope: Scope) -> Node:
        """A time at the front of a sentence."""
        return self.time(scope, front=True)


class VerbSlots(NounSlots):
    """Verb phrases, their objects and pronouns."""

    def verb_phrase(self, symbol: str, scope: Scope) -> Node:
        """A verb phrase for the subject of the clause."""
        inner = _verb_scope(scope)
        choice = self.choices.verb_phrases(
            symbol, inner.category, inner.tense, inner.plain or inner.depth > 1
        )
        rule = self.pick(choice)
        verbs = self.choices.verbs(rule.options["frame"], inner.category, inner.tense)
        inner.verb = self.pick(verbs)
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
        return self.verb_phrase("simple-vp", inner)

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
        if scope.verb.kind not in ("main", "be") or self.random() >= ADVERB_RATE:
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
        category = categories[int(self.random() * len(categories))] if categories else "thing"
        return self._clitic(scope, category)

    def slot_thing_pronoun(self, scope: Scope) -> Node:
        """it or them, before the verb in French."""
        return self._clitic(scope, "thing")

    def _clitic(self, scope: Scope, category: str) -> Node:
        word = self.pick(self.choices.pronouns("object_pronouns", scope.subject, category))
        base = self.mark()
        scope.clitics.append((word.french[0], base, (0,)))
        options = word.options
        scope.object_agreement = options.get("feminine", False) + 2 * options.get("plural", False)
        return [(word.name, base, (0,))], []

    def slot_dative(self, scope: Scope) -> Node:
        """to me, to him, ...: before the verb in French."""
        word = self.pick(self.choices.pronouns("dative_pronouns", scope.subject, None))
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
        if self.random() < 0.6:
            return self.adverbial(section, scope)
        rule = self.pick(self.choices.known((section,), lambda: Choice(self._adverbials[section])))
        english, french = self.apply(rule, scope)
        word = self.pick(self.choices.pronouns("stressed_pronouns", scope.subject, None))
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
            scope.after = self.pick(self.choices.adjectives(noun, "predicate"))
            self._count(scope.after.name, noun)
        if scope.agreement:
            self.labels.add(
                ("", "agreement-feminine", "agreement-plural", "agreement-feminine")[
                    scope.agreement
                ]
            )
        return self.apply(self.pick(self.choices.rules("predicate")), scope)


class Sentences(VerbSlots):
    """Subjects, clauses and whole sentences."""

    def sentence(self) -> Node:
        """One whole sentence, as the items of both sides."""
        self.begin()
        rule = self.pick(self.choices.rules("sentence"))
        scope = Scope()
        scope.form = rule.options.get("form", "statement")
        scope.gap = rule.options.get("gap")
        self.set_mood(scope, self.choices.moods(rule))
        scope.mood_used = False
        return self.apply(rule, scope)

    def set_mood(self, scope: Scope, moods: Choice[Rule]) -> None:
        """Chooses tense and polarity."""
        mood = self.pick(moods)
        scope.mood = mood.name
        scope.tense, _, polarity = mood.name.partition("-")
        scope.polarity = polarity or "affirmative"
        self.labels.update(mood.labels)

    def clause(self, outer: Scope, *, plain: bool = False, tense: str | None = None) -> Node:
        """A clause with its own subject. The first of a sentence has the sentence's mood."""
        scope = Scope()
        scope.depth, scope.plain = outer.depth, plain or outer.plain
        if outer.mood_used:
            self.set_mood(scope, self.choices.plain_moods(tense))
        else:
            outer.mood_used = True
            scope.mood, scope.tense, scope.polarity = outer.mood, outer.tense, outer.polarity
        rule = self.pick(self.choices.clauses(scope.mood, scope.depth > 0 or plain))
        return self.apply(rule, scope)

    def slot_clause(self, scope: Scope) -> Node:
        """A clause."""
        return self.clause(scope)

    def slot_short_clause(self, scope: Scope) -> Node:
        """A clause without clauses in it."""
        return self.clause(scope, plain=True)

    def slot_same_tense_clause(self, scope: Scope) -> Node:
        """A clause in the tense of the sentence."""
        return self.clause(scope, tense=scope.tense)

    def slot_complement(self, scope: Scope) -> Node:
        """What is said or thought."""
        inner = Scope()
        inner.depth = scope.depth + 1
        return self.clause(inner)

    def slot_person_clause(self, scope: Scope) -> Node:
        """A clause about a person, after a place."""
        return self.apply(self.pick(self.choices.rules("person-clause")), scope)

    def subject(self, scope: Scope, rule: Rule) -> Node:
        """The subject of a clause by one rule."""
        scope.nouns = rule.listed("nouns")
        return self.apply(rule, scope)

    def slot_subject(self, scope: Scope) -> Node:
        """Any subject."""
        return self.subject(scope, self.pick(self.choices.subjects(None)))

    def slot_person_subject(self, scope: Scope) -> Node:
        """A subject that is a person."""
        return self.subject(scope, self.pick(self.choices.subjects(frozenset(("person",)))))

    def slot_actor(self, scope: Scope) -> Node:
        """A subject that is a person or an animal."""
        return self.subject(scope, self.pick(self.choices.subjects(PERSON_AND_ANIMAL)))

    def slot_gap_subject(self, scope: Scope) -> Node:
        """The subject of a clause whose object stands before it; chooses the verb as well."""
        assert scope.gap is not None
        scope.verb = self.pick(self.choices.gap_verbs(scope.gap, scope.tense))
        if isinstance(scope.gap, Noun):
            self._count(scope.verb.name, scope.gap)
        scope.plain = True
        return self.subject(
            scope, self.pick(self.choices.subjects(scope.verb.subjects & PERSON_AND_ANIMAL))
        )

    def slot_gap(self, scope: Scope) -> Node:
        """The verb of a clause whose object stands before it."""
        return self.apply(self.choices.rules("gap").items[0], scope)

    def slot_subject_pronoun(self, scope: Scope) -> Node:
        """I, he, ..."""
        animal = scope.gap is not None and "person" not in scope.verb.subjects
        word = self.pick(
            self.choices.pronouns("subject_pronouns", None, "animal" if animal else None)
        )
        options = word.options
        scope.subject = word.name
        scope.category = options["class"]
        scope.person = PERSONS.index(options["person"])
        scope.agreement = options.get("feminine", False) + 2 * options.get("plural", False)
        return self.word(word)

    def _noun_subject(self, scope: Scope, names: tuple[str, ...]) -> Node:
        node, noun_scope = self.noun_phrase(self.choices.nouns(names), "subject", scope)
        scope.subject_noun = noun_scope.noun
        scope.category = noun_scope.category
        scope.person, scope.agreement = noun_scope.person, noun_scope.agreement
        return node

    def slot_person(self, scope: Scope) -> Node:
        """A person as the subject."""
        return self._noun_subject(scope, ("person",))

    def slot_animal(self, scope: Scope) -> Node:
        """An animal as the subject."""
        return self._noun_subject(scope, ("animal",))

    def slot_thing(self, scope: Scope) -> Node:
        """A thing or a place as the subject."""
        return self._noun_subject(scope, scope.nouns)

    def slot_two_people(self, scope: Scope) -> Node:
        """Two people as the subject: masculine as soon as one of them is."""
        plain = Scope()
        plain.plain = True
        (source, target), first = self.noun_phrase(
            self.choices.nouns(("person",)), "definite", plain
        )
        plain.subject_noun = first.noun
        (other_source, other_target), second = self.noun_phrase(
            self.choices.nouns(("person",)), "definite", plain
        )
        scope.person = THIRD_PLURAL
        scope.agreement = 2 + (first.agreement & second.agreement & 1)
        base = self.mark()
        et = self.lexicon.forms.get("et")
        return (
            [*source, ("and", base, (0,)), *other_source],
            [*target, (et, base, (0,)), *other_target],
        )

    def slot_who(self, scope: Scope) -> Node:
        """Who, as the subject of a question."""
        base = self.mark()
        return [("who", base, (0,))], [(self.lexicon.forms.get("qui"), base, (0,))]

    def slot_existing(self, scope: Scope) -> Node:
        """What there is somewhere; the verb agrees with it in English."""
        nouns = self.choices.nouns(("person", "animal", "thing", "reading", "clothes", "food"))
        counted = self.choices.known(
            "existing", lambda: Choice([n for n in nouns.items if n.kind != "name"])
        )
        (node, inner) = self.noun_phrase(counted, "existing", scope)
        scope.person = inner.person
        return node

    def _relative(self, symbol: str, scope: Scope, *, subject: bool) -> Node:
        """A relative clause about a noun."""
        inner = Scope()
        inner.depth = scope.depth
        inner.category = scope.category
        self.set_mood(inner, self.choices.rules("mood"))
        if subject:
            inner.person, inner.agreement = scope.person, scope.agreement
            inner.subject_noun = scope.noun
        else:
            inner.gap, inner.object_agreement = scope.noun, scope.agreement
        return self.apply(self.pick(self.choices.rules(symbol)), inner)

    def slot_relative_subject(self, scope: Scope) -> Node:
        """A clause whose subject is the noun."""
        return self._relative("relative-subject", scope, subject=True)

    def slot_relative_object(self, scope: Scope) -> Node:
        """A clause whose object is the noun."""
        return self._relative("relative-object", scope, subject=False)


def _verb_scope(scope: Scope) -> Scope:
    """A scope for another verb of the same subject."""
    inner = Scope()
    for name in (
        "agreement",
        "category",
        "depth",
        "form",
        "person",
        "plain",
        "polarity",
        "subject",
        "subject_noun",
        "tense",
    ):
        setattr(inner, name, getattr(scope, name))
    return inner
