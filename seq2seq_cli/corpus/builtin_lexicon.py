"""Reads the lexicon of the built-in corpus (data/*.toml) and inflects it.

It knows the spelling rules of English and French words; it knows nothing of sentences.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import seq2seq_cli
from seq2seq_cli.corpus.builtin_forms import (
    Form,
    Forms,
    adjective_forms,
    english_past,
    english_plural,
    english_third,
    french_participle,
    french_plural,
    french_present,
)
from seq2seq_cli.errors import WorkError

PERSONS = ("je", "il", "nous", "vous", "ils")
ADVERBIALS = ("times", "places", "places_to", "places_from", "companions", "beneficiaries")
HELD_OUT_ONE_IN = 12  # of the adjective-noun and of the verb-object combinations


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """A noun: forms are singular and plural; kind is count, mass or name."""

    name: str
    kind: str
    category: str
    feminine: bool
    english: tuple[str, str]
    french: tuple[Form, Form]


@dataclass(frozen=True, slots=True, eq=False)
class Adjective:
    """An adjective: forms are masculine, feminine, masculine plural, feminine plural."""

    name: str
    before: bool
    predicate: bool
    categories: frozenset[str]
    excluded: frozenset[str]
    french: tuple[Form, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Verb:
    """A verb of one frame; present and past are by person, participles as adjective forms."""

    name: str
    frame: str
    kind: str
    etre: bool
    has_past: bool
    particle: str | None
    base: str
    third: str
    past: str
    present: tuple[Form, ...]
    imperfect: tuple[Form, ...]
    infinitive: Form
    participles: tuple[Form, ...]
    subjects: frozenset[str]
    objects: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A function word or an adverbial, with the fields of its line in words.toml."""

    name: str
    french: tuple[Form, ...]
    options: Mapping[str, Any]

    def listed(self, option: str) -> tuple[str, ...]:
        """The words of an option, none when it is absent."""
        return tuple(str(self.options.get(option, "")).split())


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All words, by what the grammar asks for."""

    nouns: tuple[Noun, ...]
    adjectives: tuple[Adjective, ...]
    verbs: tuple[Verb, ...]
    agreeing: Mapping[str, tuple[Form, ...]]
    words: Mapping[str, tuple[Word, ...]]
    adverbials: Mapping[str, Mapping[str, Any]]
    be: Mapping[str, tuple[str, ...]]
    classes: Mapping[str, frozenset[str]]
    forms: Forms

    def nouns_of(self, names: frozenset[str]) -> tuple[Noun, ...]:
        """The nouns of some classes or lemmas, in the order of nouns.toml."""
        wanted: set[str] = set()
        for name in names:
            wanted |= self.classes.get(name, frozenset((name,)))
        return tuple(n for n in self.nouns if n.category in wanted or n.name in wanted)


def held_out(first: str, noun: str) -> bool:
    """Whether an adjective or verb and a noun are kept out of training together."""
    return crc32(f"{first}|{noun}".encode()) % HELD_OUT_ONE_IN == 0


def data_folder() -> Path:
    """The folder of the grammar and lexicon: inside a wheel, else of the repository."""
    inside = Path(seq2seq_cli.__file__).parent / "data"
    folder = inside if inside.is_dir() else Path(seq2seq_cli.__file__).parents[1] / "data"
    if not (folder / "grammar.toml").is_file():
        raise WorkError(
            f"The built-in corpus needs its grammar, expected at {folder / 'grammar.toml'}: "
            "install seq2seq-cli again."
        )
    return folder


def read_lexicon(folder: Path) -> Lexicon:
    """The lexicon of nouns.toml, adjectives.toml, verbs.toml and words.toml."""
    tables = {
        name: tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        for name in ("nouns", "adjectives", "verbs", "words")
    }
    words = tables["words"]
    forms = Forms(words.pop("before_vowel"), words.pop("contraction"), words.pop("sound"))
    classes = {
        name: frozenset(line.split())
        for table in tables.values()
        for name, line in table.pop("classes", {}).items()
    }
    agreeing = {
        name: tuple(forms.get(form) for form in line.split())
        for name, line in words.pop("agreeing").items()
    }
    be = {tense: tuple(line.split()) for tense, line in words.pop("be").items()}
    possessives = {name: {"french": french} for name, french in words.pop("possessives").items()}
    numerals = {name: {"french": french} for name, french in words.pop("numerals").items()}
    adverbials = {section: words.pop(section) for section in ADVERBIALS}
    words |= {"possessives": possessives, "numerals": numerals}
    return Lexicon(
        nouns=tuple(_nouns(tables["nouns"], forms)),
        adjectives=tuple(_adjectives(tables["adjectives"], forms)),
        verbs=tuple(_verbs(tables["verbs"], forms)),
        agreeing=agreeing,
        words={section: tuple(_words(lines, forms)) for section, lines in words.items()},
        adverbials=adverbials,
        be=be,
        classes=classes,
        forms=forms,
    )


def _nouns(table: Mapping[str, Any], forms: Forms) -> Iterator[Noun]:
    for kind, categories in table.items():
        for category, lines in categories.items():
            for english, line in lines.items():
                gender, french = line.split(maxsplit=1)
                singular, _, plural = english.partition("/")
                french_singular, _, french_many = french.partition("/")
                star = "*" if french.startswith("*") else ""
                yield Noun(
                    name=singular,
                    kind=kind,
                    category=category,
                    feminine=gender == "f",
                    english=(singular, plural or english_plural(singular)),
                    french=(
                        forms.get(french_singular),
                        forms.get(
                            star + french_many if french_many else french_plural(french_singular)
                        ),
                    ),
                )


def _adjectives(table: Mapping[str, Any], forms: Forms) -> Iterator[Adjective]:
    for place, lines in table.items():
        for english, line in lines.items():
            yield Adjective(
                name=english,
                before=place == "before",
                predicate=not line.get("no_predicate", False),
                categories=frozenset(line["of"].split()),
                excluded=frozenset(line.get("not_of", "").split()),
                french=adjective_forms(line["french"], forms),
            )


def _verbs(table: Mapping[str, Any], forms: Forms) -> Iterator[Verb]:
    for frame, lines in table.items():
        for english, line in lines.items():
            base, _, particle = english.partition(" ")
            infinitive = line["french"]
            past = line.get("past", english_past(base)).split()[0]
            participle = line.get("participle") or french_participle(infinitive)
            yield Verb(
                name=english,
                frame=frame,
                kind=line.get("kind", "main"),
                etre=line.get("etre", False),
                has_past="only" not in line,
                particle=particle or None,
                base=base,
                third=english_third(base),
                past=past,
                present=_conjugated(line.get("present") or french_present(infinitive), forms),
                imperfect=_conjugated(line.get("past_french", ""), forms),
                infinitive=forms.get(infinitive),
                participles=adjective_forms(participle, forms),
                subjects=frozenset(line["subject"].split()),
                objects=frozenset(line.get("object", "").split()),
            )


def _conjugated(line: str, forms: Forms) -> tuple[Form, ...]:
    return tuple(forms.get(form) for form in line.split())


def _words(lines: Mapping[str, Any], forms: Forms) -> Iterator[Word]:
    for name, line in lines.items():
        yield Word(name, adjective_forms(line["french"], forms), line)
