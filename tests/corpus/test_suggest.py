"""What a corpus suggests."""

from pathlib import Path

import pytest

from seq2seq_cli.corpus.suggest import script_of, suggest


def kinds(pairs: list[tuple[str, str]]) -> tuple[str, str, str]:
    found = suggest(pairs)
    return found.source, found.target, found.preset


def test_words_to_symbols() -> None:
    assert kinds([("chat", "ʃ a"), ("chien", "ʃ j ɛ̃")]) == ("char", "space", "g2p")


def test_words_to_words_of_one_script() -> None:
    assert kinds([("walk", "walked"), ("go", "went")]) == ("char", "char", "inflect")


def test_words_to_words_of_another_script() -> None:
    pairs = [("Moskva", "Москва"), ("Tver", "Тверь")]
    assert kinds(pairs) == ("char", "char", "translit")
    assert suggest(pairs).preset_reason == "single words go from Latin to Cyrillic script"


def test_words_with_features() -> None:
    found = suggest([("walk", "walked"), ("go", "went")], features=True)
    assert (found.source, found.target, found.preset) == ("char", "char", "inflect")
    assert found.preset_reason == "single words with features become single words"


def test_sentences_with_features_such_as_a_language_are_sentences() -> None:
    found = suggest([("a cat", "un chat"), ("a cat", "eine Katze")], features=True)
    assert (found.source, found.preset) == ("bpe", "mt")


def test_symbols_with_features_such_as_a_language_are_phones() -> None:
    assert suggest([("chat", "ʃ a"), ("chat", "t ʃ æ t")], features=True).preset == "g2p"


def test_the_script_is_that_of_most_letters() -> None:
    assert script_of(["東京 Tokyo", "大阪と京都と奈良"]) == "Han"
    assert script_of(["12", "-"]) == "no"


def test_sentences() -> None:
    assert kinds([("a cat", "un chat"), ("no", "non")]) == ("bpe", "bpe", "mt")


def test_words_to_sentences_are_text() -> None:
    assert kinds([("cat", "a small furry animal"), ("dog", "a loyal animal")]) == (
        "bpe",
        "bpe",
        "mt",
    )


def test_sentences_of_short_words_are_not_symbols() -> None:
    assert kinds([("I am", "je s u"), ("we do", "o n")]) == ("bpe", "bpe", "mt")


def test_many_types_are_not_symbols() -> None:
    pairs = [(f"w{n}", f"{chr(0x4E00 + n)} {chr(0x5E00 + n)}") for n in range(200)]
    assert kinds(pairs)[1] == "bpe"


SYLLABLES = [a + b for a in "bdgk" for b in "aeiou"]


def spelled(separator: str) -> list[str]:
    """Four hundred short words, their letters apart."""
    return [separator.join(one + other) for one in SYLLABLES for other in SYLLABLES]


def test_phones_of_several_letters_are_symbols_where_few_are_used_often() -> None:
    phones = [line.upper().replace("A", "AA1").replace("K", "KH_B") for line in spelled(" ")]
    assert kinds(list(zip(spelled(""), phones, strict=True))) == ("char", "space", "g2p")


def test_symbols_to_words_and_to_symbols() -> None:
    phones = [line.upper() for line in spelled(" ")]
    assert kinds(list(zip(phones, spelled(""), strict=True))) == ("space", "char", "g2p")
    assert kinds(list(zip(phones, spelled(" "), strict=True))) == ("space", "space", "g2p")


def test_phrases_to_phones() -> None:
    phrases = [f"{a} {b}" for a in spelled("")[:20] for b in spelled("")[:20]]
    phones = [" ".join(phrase.replace(" ", "")) for phrase in phrases]
    assert kinds(list(zip(phrases, phones, strict=True))) == ("char", "space", "g2p")


def test_names_of_several_words_go_to_another_script_word_by_word() -> None:
    names = [("Vladimir Putin", "Владимир Путин"), ("Ivan", "Иван")]
    assert kinds(names) == ("char", "char", "translit")
    assert suggest(names).preset_reason == "names go from Latin to Cyrillic script, word by word"
    phrases = [("I know", "знаю"), ("not at all", "вовсе нет")]
    assert kinds(phrases) == ("bpe", "bpe", "mt")


def test_forms_of_two_words_are_inflection_where_there_are_features() -> None:
    forms = [("abfahren", "fährt ab"), ("gehen", "ging"), ("se laver", "me lave")]
    assert suggest(forms, features=True).preset == "inflect"
    assert suggest(forms).preset == "mt"


@pytest.mark.parametrize(
    "pair",
    [
        ("我们昨天一起去公园散步了很久", "わたしたちはきのう公園をさんぽしました"),
        ("我门昨天一起去公园散步了很久", "我们昨天一起去公园散步了很久"),
        ("ฉันชอบกินข้าวผัดกับเพื่อนที่ตลาด", "ຂ້ອຍມັກກິນເຂົ້າຜັດກັບໝູ່ຢູ່ຕະຫຼາດ"),
    ],
)
def test_sentences_of_scripts_without_spaces_are_text(pair: tuple[str, str]) -> None:
    assert kinds([pair] * 3) == ("bpe", "bpe", "mt")


def test_words_of_scripts_without_spaces_are_words() -> None:
    assert kinds([("北京", "ペキン"), ("上海", "シャンハイ")]) == ("char", "char", "translit")


def test_nothing_is_text() -> None:
    assert kinds([]) == ("bpe", "bpe", "mt")


@pytest.mark.parametrize("language", ["fre", "bul", "kor"])
def test_real_phones(shared_data: Path, language: str) -> None:
    text = (shared_data / "sigmorphon2021" / f"{language}_train.tsv").read_text("utf-8")
    pairs = [tuple(line.split("\t")) for line in text.split("\n")[:-1]]
    assert kinds(pairs) == ("char", "space", "g2p")
