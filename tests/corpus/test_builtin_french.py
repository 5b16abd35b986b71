"""Hand-written translations, with hand-drawn links, for each rule of the built-in grammar."""

import pytest

from seq2seq_cli.corpus.builtin import derive, pharaoh
from seq2seq_cli.errors import InputError

# script, English, French, links
LINKED = [
    (
        "statement | present | plain | animal | cat | simple | the | after | black"
        " | intransitive-place | sleep | on | table | simple | the | bare",
        "The black cat sleeps on the table.",
        "Le chat noir dort sur la table.",
        "0-0 1-2 2-1 3-3 4-4 5-5 6-6 7-7",
    ),
    (  # of the: du. "of" is sure, "the" possible
        "statement | past | plain | thing | door | part-of | bare | museum | the | bare"
        " | open | adjective",
        "The door of the museum was open.",
        "La porte du musée était ouverte.",
        "0-0 1-1 2-2 3p2 4-3 5-4 6-5 7-6",
    ),
    (  # not: ne ... pas; do is possible with the verb; any: de
        "statement | present-negative | plain | pronoun | I | transitive | eat | bread | simple"
        " | any-mass | bare",
        "I do not eat any bread.",
        "Je ne mange pas de pain.",
        "0-0 1p2 2-1 2-3 3-2 4-4 5-5 6-6",
    ),
    (  # did and the verb are possible with the auxiliary
        "statement | past-negative | plain | pronoun | she | transitive | see | friend | simple"
        " | possessive | my | bare",
        "She did not see my friend.",
        "Elle n'a pas vu mon ami.",
        "0-0 1p2 1p4 2-1 2-3 3p2 3-4 4-5 5-6 6-7",
    ),
    (  # two pronouns before the verb, the participle agrees with the first
        "statement | past | plain | pronoun | I | giving-pronouns | give | them | him",
        "I gave them to him.",
        "Je les lui ai donnés.",
        "0-0 1p3 1-4 2-1 3p2 4-2 5-5",
    ),
    (  # est-ce que: possible with does
        "question | present | animal | cat | simple | the | bare | intransitive | sleep",
        "Does the cat sleep?",
        "Est-ce que le chat dort ?",
        "0p0 0p1 0p4 1-2 2-3 3-4 4-5",
    ),
    (  # que: sure with that; the participle agrees with what stands before
        "statement | present | plain | person | boy | simple | the | bare | transitive | eat"
        " | apple | relative-object | the | bare | past | find | pronoun | we",
        "The boy eats the apple that we found.",
        "Le garçon mange la pomme que nous avons trouvée.",
        "0-0 1-1 2-2 3-3 4-4 5-5 6-6 7p7 7-8 8-9",
    ),
    (  # some: de la, both sure; coffee and le café in general: the article is possible
        "and | present | pronoun | he | transitive | drink | beer | some-mass | bare"
        " | present | plain | pronoun | she | stative | like | coffee | simple | generic-mass",
        "He drinks some beer and she likes coffee.",
        "Il boit de la bière et elle aime le café.",
        "0-0 1-1 2-2 2-3 3-4 4-5 5-6 6-7 7p8 7-9 8-10",
    ),
]

WRITTEN = [
    (
        "statement | past | plain | pronoun | they | change | leave",
        "They left.",
        "Ils sont partis.",
    ),
    (
        "statement | past | plain | pronoun | she | transitive-pronoun | see | them",
        "She saw them.",
        "Elle les a vus.",
    ),
    (
        "statement | past | plain | pronoun | he | transitive-pronoun | see | of-a-thing | it",
        "He saw it.",
        "Il l'a vu.",
    ),
    (
        "statement | past | plain | pronoun | he | transitive-pronoun | help | her",
        "He helped her.",
        "Il l'a aidée.",
    ),
    (
        "question | past | pronoun | she | motion | go | school | simple | the | bare",
        "Did she go to the school?",
        "Est-ce qu'elle est allée à l'école ?",
    ),
    (
        "statement | past | plain | pronoun | you | motion | go | market | simple | the | bare",
        "You went to the market.",
        "Vous êtes allés au marché.",
    ),
    (
        "statement | past | plain | person | girl | simple | the | plural | bare | change | arrive",
        "The girls arrived.",
        "Les filles sont arrivées.",
    ),
    (
        "statement | present-never | plain | pronoun | we | intransitive | work",
        "We never work.",
        "Nous ne travaillons jamais.",
    ),
    (
        "statement | present | plain | person | man | simple | this | before | old"
        " | intransitive-manner | sleep | alone",
        "This old man sleeps alone.",
        "Ce vieil homme dort seul.",
    ),
    (
        "statement | present | plain | person | woman | simple | this | before | old"
        " | intransitive-manner | sleep | alone",
        "This old woman sleeps alone.",
        "Cette vieille femme dort seule.",
    ),
    (
        "statement | present | plain | animal | bird | simple | a | both | beautiful | grey"
        " | intransitive | wait",
        "A beautiful grey bird waits.",
        "Un bel oiseau gris attend.",
    ),
    (
        "statement | present | plain | animal | owl | simple | the | bare | intransitive | wait",
        "The owl waits.",
        "Le hibou attend.",
    ),
    (
        "statement | present | plain | person | friend | simple | possessive | her | bare"
        " | intransitive | laugh",
        "Her friend laughs.",
        "Son ami rit.",
    ),
    (
        "statement | present | plain | thing | story | simple | possessive | my | bare"
        " | adjective | sad | very",
        "My story is very sad.",
        "Mon histoire est très triste.",
    ),
    (
        "statement | present | plain | pronoun | he | possession | horse | simple | numeral | two"
        " | after | white",
        "He has two white horses.",
        "Il a deux chevaux blancs.",
    ),
    (
        "statement | past | plain | pronoun | she | transitive | buy | shoe | simple | some-before"
        " | before | pretty",
        "She bought some pretty shoes.",
        "Elle a acheté de jolies chaussures.",
    ),
    (
        "statement | past | plain | pronoun | she | transitive | buy | shoe | simple | some"
        " | after | red",
        "She bought some red shoes.",
        "Elle a acheté des chaussures rouges.",
    ),
    (
        "statement | past | plain | pronoun | he | transitive | drink | water | simple | some-mass"
        " | bare",
        "He drank some water.",
        "Il a bu de l'eau.",
    ),
    (
        "statement | present | plain | pronoun | I | stative | like | elephant | simple | generic",
        "I like elephants.",
        "J'aime les éléphants.",
    ),
    (
        "statement | present | existential | mouse | simple | a | bare | under | bed | simple"
        " | the | bare",
        "There is a mouse under the bed.",
        "Il y a une souris sous le lit.",
    ),
    (
        "statement | present | existential | egg | simple | numeral | eleven | bare | on | chair"
        " | simple | a | bare",
        "There are eleven eggs on a chair.",
        "Il y a onze œufs sur une chaise.",
    ),
    (
        "time-first | past | yesterday | person | Anne | origin | Paris",
        "Yesterday, Anne came from Paris.",
        "Hier, Anne est venue de Paris.",
    ),
    (
        "place-first | present | in | garden | simple | the | bare | person | child | simple"
        " | the | plural | bare | intransitive | play",
        "In the garden, the children play.",
        "Dans le jardin, les enfants jouent.",
    ),
    (
        "statement | past | with-time | pronoun | it | transitive | eat | pear | simple | the"
        " | bare | last week",
        "It ate the pear last week.",
        "Il a mangé la poire la semaine dernière.",
    ),
    (
        "because | present | pronoun | they | adjective | happy | adjective | present | plain"
        " | pronoun | he | intransitive | sing",
        "They are happy because he sings.",
        "Ils sont heureux parce qu'il chante.",
    ),
    (
        "where | past | pronoun | he | transitive | lose | key | simple | the | plural | bare",
        "Where did he lose the keys?",
        "Où est-ce qu'il a perdu les clés ?",
    ),
    (
        "what | present | choose | pronoun | she",
        "What does she choose?",
        "Qu'est-ce qu'elle choisit ?",
    ),
    (
        "who | present | transitive | feed | rabbit | simple | the | plural | bare",
        "Who feeds the rabbits?",
        "Qui nourrit les lapins ?",
    ),
    (
        "question | present | person | nurse | simple | the | bare | adjective | tired | adjective",
        "Is the nurse tired?",
        "Est-ce que l'infirmière est fatiguée ?",
    ),
    (
        "statement | present | plain | pronoun | he | wish | want | transitive-pronoun | see"
        " | of-a-thing | them",
        "He wants to see them.",
        "Il veut les voir.",
    ),
    (
        "statement | present-negative | plain | pronoun | you | modal | can | intransitive | swim",
        "You cannot swim.",
        "Vous ne pouvez pas nager.",
    ),
    (
        "statement | present | plain | pronoun | I | saying | think | present | pronoun | she"
        " | intransitive | sleep",
        "I think that she sleeps.",
        "Je pense qu'elle dort.",
    ),
    (
        "statement | past | plain | person | farmer | relative-subject | the | bare | present"
        " | intransitive | work | giving | show | car | simple | possessive | their | bare | hero"
        " | simple | the | bare",
        "The farmer who works showed their car to the hero.",
        "Le fermier qui travaille a montré leur voiture au héros.",
    ),
    (
        "statement | past | plain | two-people | queen | the | bare | Marie | change | come back",
        "The queen and Marie came back.",
        "La reine et Marie sont revenues.",
    ),
    (
        "statement | past | plain | two-people | queen | the | bare | Paul | change | come back",
        "The queen and Paul came back.",
        "La reine et Paul sont revenus.",
    ),
    (
        "statement | past | two-verbs | person | Marie | intransitive | fall | intransitive | cry",
        "Marie fell and cried.",
        "Marie est tombée et a pleuré.",
    ),
    (
        "statement | present | plain | pronoun | she | intransitive | dance | adverb | often",
        "She often dances.",
        "Elle danse souvent.",
    ),
    (
        "statement | past | plain | pronoun | she | transitive-pronoun | finish | it | adverb"
        " | already",
        "She already finished it.",
        "Elle l'a déjà fini.",
    ),
    (
        "statement | present | plain | pronoun | we | intransitive-with | walk | stressed | with"
        " | them",
        "We walk with them.",
        "Nous marchons avec eux.",
    ),
    (
        "statement | present | plain | pronoun | we | transitive | eat | carrot | simple | many"
        " | bare",
        "We eat many carrots.",
        "Nous mangeons beaucoup de carottes.",
    ),
]


@pytest.mark.parametrize(("script", "source", "target", "links"), LINKED)
def test_translation_and_links_are_those_written_by_hand(
    script: str, source: str, target: str, links: str
) -> None:
    pair = derive(script)
    assert (pair.source, pair.target) == (source, target)
    assert pharaoh(pair.links) == links


@pytest.mark.parametrize(("script", "source", "target"), WRITTEN)
def test_translation_is_the_one_written_by_hand(script: str, source: str, target: str) -> None:
    pair = derive(script)
    assert (pair.source, pair.target) == (source, target)


def test_script_that_names_no_alternative_says_which_there_are() -> None:
    with pytest.raises(InputError, match=r"Expected one of statement, .*; found 'nonsense'"):
        derive("nonsense")


def test_script_that_goes_on_after_its_sentence_is_an_error() -> None:
    with pytest.raises(InputError, match="Expected the end of the script, found 'more'"):
        derive("statement | past | plain | pronoun | they | change | leave | more")
