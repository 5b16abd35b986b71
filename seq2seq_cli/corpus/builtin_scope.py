"""What a derivation knows at one point of a sentence, and the <inflected> words that read it.

English and French inflection by the features of a clause or noun phrase; nothing is chosen here.
"""

from collections.abc import Callable

from seq2seq_cli.corpus.builtin_forms import Form
from seq2seq_cli.corpus.builtin_lexicon import Adjective, Lexicon, Noun, Verb, Word
from seq2seq_cli.corpus.builtin_render import SourceItem, TargetItem

THIRD_SINGULAR = 1  # of the persons je, il, nous, vous, ils
THIRD_PLURAL = 4


class Scope:
    """The features of one clause, or of one noun phrase.

    agreement is 0 to 3: masculine, feminine, masculine plural, feminine plural. It is that of
    the subject in a clause, and that of the noun in a noun phrase.
    """

    adverb: Word | None = None
    after: Adjective | None = None
    agreement = 0
    before: Adjective | None = None
    category = "person"
    context = "subject"
    depth = 0
    described: tuple[Adjective | None, ...] = ()  # the adjectives that the subject has already
    form = "statement"
    front: tuple[list[SourceItem], list[TargetItem]] = ([], [])
    mood = "present"
    mood_used = True
    noun: Noun | None = None
    nouns: tuple[str, ...] = ()
    gap: Noun | str | None = None
    object_agreement: int | None = None
    other_verb = ""  # the verb before, of the same subject
    person = THIRD_SINGULAR
    plain = False  # noun phrases without relative clauses or places
    polarity = "affirmative"
    subject: str | None = None  # the pronoun that is the subject
    subject_noun: Noun | None = None
    tense = "present"
    timed = False  # an adverbial of time or place stands at the front or the end
    verb: Verb

    def __init__(self) -> None:
        self.clitics: list[TargetItem] = []


EnglishWord = Callable[[Scope], str | None]
FrenchWord = Callable[[Scope], Form | None]


def english_words(lexicon: Lexicon) -> dict[str, EnglishWord]:
    """The inflected words of the English sides, by their names in grammar.toml."""
    be = lexicon.be

    def verb(scope: Scope) -> str:
        return scope.verb.third if scope.person == THIRD_SINGULAR else scope.verb.base

    return {
        "verb": verb,
        "base": lambda scope: scope.verb.base,
        "past": lambda scope: scope.verb.past,
        "do": lambda scope: "does" if scope.person == THIRD_SINGULAR else "do",
        "be": lambda scope: be[scope.tense][scope.person],
        "adverb": lambda scope: scope.adverb.name if scope.adverb else None,
        "noun": lambda scope: _noun(scope).english[scope.agreement >> 1],
        "before": lambda scope: scope.before.name if scope.before else None,
        "after": lambda scope: scope.after.name if scope.after else None,
        "adjective": lambda scope: scope.after.name if scope.after else None,
        "who": lambda scope: "who" if scope.category == "person" else "that",
    }


def french_words(lexicon: Lexicon) -> dict[str, FrenchWord]:
    """The inflected words of the French sides, by their names in grammar.toml."""
    verbs = {verb.name: verb for verb in lexicon.verbs}
    auxiliaries = (verbs["have"].present, verbs["be"].present)

    def verb(scope: Scope) -> Form:
        forms = scope.verb.imperfect if scope.tense == "past" else scope.verb.present
        return forms[scope.person]

    def participle(scope: Scope) -> Form:
        if scope.verb.etre:
            return scope.verb.participles[scope.agreement]
        return scope.verb.participles[scope.object_agreement or 0]

    def agreeing(forms: tuple[Form, ...]) -> FrenchWord:
        return lambda scope: forms[scope.agreement]

    return {name: agreeing(forms) for name, forms in lexicon.agreeing.items()} | {
        "verb": verb,
        "aux": lambda scope: auxiliaries[scope.verb.etre][scope.person],
        "participle": participle,
        "infinitive": lambda scope: scope.verb.infinitive,
        "adverb": lambda scope: scope.adverb.french[0] if scope.adverb else None,
        "noun": lambda scope: _noun(scope).french[scope.agreement >> 1],
        "before": lambda scope: scope.before.french[scope.agreement] if scope.before else None,
        "after": lambda scope: scope.after.french[scope.agreement] if scope.after else None,
        "adjective": lambda scope: scope.after.french[scope.agreement] if scope.after else None,
    }


def _noun(scope: Scope) -> Noun:
    assert scope.noun is not None
    return scope.noun
