"""Inflects single English and French words by the regular rules of spelling.

What a rule does not give is written out in the lexicon; this module knows no exceptions.
"""

from collections.abc import Mapping

VOWELS = frozenset("aeiouhâàéèêëîïôûœ")


class Form:
    """A French word form: its text, its sound at the start, its form before a vowel."""

    __slots__ = ("before_vowel", "text", "vowel")

    def __init__(self, text: str, vowel: bool) -> None:
        self.text = text
        self.vowel = vowel  # begins with a vowel sound: le > l' before it
        self.before_vowel: Form | None = None


class Forms:
    """Makes each French form once, with what it becomes before a vowel."""

    def __init__(
        self,
        before_vowel: Mapping[str, str],
        contractions: Mapping[str, str],
        sounds: Mapping[str, str],
    ) -> None:
        self._forms: dict[str, Form] = {}
        self._before_vowel = before_vowel
        self._sounds = sounds
        self.contractions = {
            (first, second): self.get(merged)
            for (first, second), merged in (
                (pair.split(), merged) for pair, merged in contractions.items()
            )
        }

    def get(self, written: str, before_vowel: str | None = None) -> Form:
        """The form of a word as the lexicon writes it (* for h aspiré)."""
        key = f"{written}|{before_vowel}" if before_vowel else written
        if key not in self._forms:
            text = written.removeprefix("*")
            form = Form(text, self._begins_with_vowel(written))
            self._forms[key] = form
            other = before_vowel or self._before_vowel.get(text)
            form.before_vowel = self.get(other) if other else None
        return self._forms[key]

    def _begins_with_vowel(self, written: str) -> bool:
        known = self._sounds.get(written)
        return known == "vowel" if known else written[0].lower() in VOWELS


def english_plural(noun: str) -> str:
    """cat > cats, box > boxes, cherry > cherries."""
    if noun.endswith(("s", "x", "ch", "sh", "o")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def english_third(verb: str) -> str:
    """sleep > sleeps, watch > watches, carry > carries, have > has."""
    if verb == "have":
        return "has"
    return english_plural(verb)


def english_past(verb: str) -> str:
    """work > worked, smile > smiled, carry > carried."""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + "ed"


def french_plural(word: str) -> str:
    """chat > chats, cheval > chevaux, oiseau > oiseaux, souris > souris."""
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith("al"):
        return word[:-1] + "ux"
    return word + ("x" if word.endswith("eau") else "s")


def french_present(infinitive: str) -> str:
    """The five forms of a regular -er verb: parle parle parlons parlez parlent."""
    stem = infinitive.removesuffix("er")
    if stem == infinitive:
        raise ValueError(f"{infinitive!r} is not an -er verb: give its present in verbs.toml")
    before_o = {"g": stem + "e", "c": stem[:-1] + "ç"}.get(stem[-1], stem)
    return f"{stem}e {stem}e {before_o}ons {stem}ez {stem}ent"


def french_participle(infinitive: str) -> str:
    """The masculine singular past participle of a regular -er verb: parlé."""
    return infinitive.removesuffix("er") + "é" if infinitive.endswith("er") else infinitive


def adjective_forms(line: str, forms: Forms) -> tuple[Form, ...]:
    """Masculine, feminine and their plurals of "beau/belle|bel"."""
    written, _, before_vowel = line.partition("|")
    masculine, _, feminine = written.partition("/")
    if not feminine:
        feminine = masculine if masculine.endswith("e") else masculine + "e"
    star = "*" if masculine.startswith("*") else ""
    if star and not feminine.startswith(star):
        feminine = star + feminine
    return (
        forms.get(masculine, before_vowel or None),
        forms.get(feminine),
        forms.get(french_plural(masculine)),
        forms.get(french_plural(feminine)),
    )
