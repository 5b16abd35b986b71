"""The {slots} of subjects and clauses, and whole sentences.

One method for each slot, named after it. Knows nothing of splits or of how lines are written.
"""

from seq2seq_cli.corpus.builtin_choices import Choices
from seq2seq_cli.corpus.builtin_derive import Node, T
from seq2seq_cli.corpus.builtin_grammar import Choice, Rule
from seq2seq_cli.corpus.builtin_lexicon import PERSONS, Noun
from seq2seq_cli.corpus.builtin_scope import THIRD_PLURAL, Scope
from seq2seq_cli.corpus.builtin_verbs import VerbSlots
from seq2seq_cli.errors import InputError

PERSON_AND_ANIMAL = frozenset(("person", "animal"))


class Sentences(VerbSlots):
    """Subjects, clauses and whole sentences."""

    def sentence(self) -> Node:
        """One whole sentence, as the items of both sides."""
        self.begin()
        rule = self.pick(self.choices.rules("sentence"))
        scope = Scope()
        scope.form = rule.options.get("form", "statement")
        scope.gap = rule.options.get("gap")
        scope.timed = "fronted-adverbial" in rule.labels
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
        alone = scope.depth > 0 or plain or outer.timed
        rule = self.pick(self.choices.clauses(scope.mood, alone))
        scope.timed = outer.timed or "final-adverbial" in rule.labels
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
        categories = scope.verb.subjects if scope.gap is not None else None
        word = self.pick(self.choices.pronouns("subject_pronouns", None, categories))
        options = word.options
        scope.subject = word.name
        scope.category = options["class"]
        scope.person = PERSONS.index(options["person"])
        scope.agreement = options.get("feminine", False) + 2 * options.get("plural", False)
        return self.word(word)

    def _noun_subject(self, scope: Scope, names: tuple[str, ...]) -> Node:
        context = "subject" if scope.polarity == "affirmative" else "negative-subject"
        node, noun_scope = self.noun_phrase(self.choices.nouns(names), context, scope)
        scope.subject_noun = noun_scope.noun
        scope.described = (noun_scope.before, noun_scope.after)
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
        node, inner = self.noun_phrase(self.choices.countable(), "existing", scope)
        scope.person, scope.category = inner.person, inner.category
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
            inner.described = (scope.before, scope.after)
        else:
            inner.gap, inner.object_agreement = scope.noun, scope.agreement
        return self.apply(self.pick(self.choices.rules(symbol)), inner)

    def slot_relative_subject(self, scope: Scope) -> Node:
        """A clause whose subject is the noun."""
        return self._relative("relative-subject", scope, subject=True)

    def slot_relative_object(self, scope: Scope) -> Node:
        """A clause whose object is the noun."""
        return self._relative("relative-object", scope, subject=False)


class Scripted(Sentences):
    """Derives the one sentence that a script of names describes.

    The script names each choice in turn: rules, words, and what is optional ("plural",
    "adverb", "of-a-thing", "stressed"). A choice without alternatives is not named.
    """

    def __init__(self, choices: Choices, script: list[str]) -> None:
        super().__init__(choices)
        self.script = list(script)

    def pick(self, choice: Choice[T]) -> T:
        """The alternative that the script names next.

        Raises:
            InputError: there is no such alternative; the message lists those that there are.
        """
        if len(choice.items) == 1:
            return choice.items[0]
        wanted = self.script.pop(0) if self.script else "the end of the script"
        names = [item.name for item in choice.items]
        if wanted in names:
            return choice.items[names.index(wanted)]
        raise InputError(f"Expected one of {', '.join(names)}; found {wanted!r}.")

    def decide(self, name: str, rate: float) -> bool:
        """Whether the script names what is optional next."""
        found = bool(self.script) and self.script[0] == name
        if found:
            self.script.pop(0)
        return found
