"""From what the call named to the sources of every split."""

import io
import sys
from pathlib import Path

import pytest

from seq2seq_cli.corpus.selection import Named, select_corpus
from seq2seq_cli.corpus.sources import PairSource, Row
from seq2seq_cli.errors import InputError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "c"):
        Path(f"{name}.tsv").write_text(f"{name} source\t{name} target\n")
        Path(f"{name}.en").write_text(f"{name} english\n")
        Path(f"{name}.fr").write_text(f"{name} french\n")
    return tmp_path


def first(source: PairSource | None) -> Row:
    assert source is not None
    return next(source.rows())


def message(**named: object) -> str:
    with pytest.raises(InputError) as caught:
        select_corpus(Named(**named))
    return str(caught.value)


def test_one_tsv() -> None:
    corpus = select_corpus(Named(source="a.tsv"))
    assert (corpus.name, corpus.valid, corpus.tests) == ("a", None, {})
    assert first(corpus.train) == Row("a source", "a target")


def test_files_for_every_split() -> None:
    corpus = select_corpus(
        Named(
            train_src="a.en",
            train_tgt="a.fr",
            valid_src="b.en",
            valid_tgt="b.fr",
            test_src="c.en",
            test_tgt="c.fr",
            tests=("old=a.tsv", "new=b.en,c.fr"),
        )
    )
    assert first(corpus.train) == Row("a english", "a french")
    assert first(corpus.valid) == Row("b english", "b french")
    assert list(corpus.tests) == ["test", "old", "new"]
    assert first(corpus.tests["new"]) == Row("b english", "c french")
    assert first(corpus.tests["old"]) == Row("a source", "a target")


def test_tsv_for_every_split() -> None:
    corpus = select_corpus(Named(source="a.tsv", valid="b.tsv", tests=("c.tsv",)))
    assert first(corpus.valid) == Row("b source", "b target")
    assert first(corpus.tests["test"]) == Row("c source", "c target")


def test_file_names_with_the_marks_of_names() -> None:
    Path("x=a,b.tsv").write_text("odd\tname\n")
    corpus = select_corpus(Named(source="a.tsv", tests=("x=a,b.tsv", "y=x=a,b.tsv")))
    assert {name: first(test) for name, test in corpus.tests.items()} == {
        "test": Row("odd", "name"),
        "y": Row("odd", "name"),
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("fre_train.tsv", "fre_train"),
        ("my words.tsv.gz", "my-words"),
        ("multi/train.en.gz", "multi"),
        ("été.txt", "été"),
        (".hidden", "hidden"),
    ],
)
def test_name_of_the_dataset(path: str, name: str) -> None:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text("a\tb\n")
    assert select_corpus(Named(source=path)).name == name


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\tb\n")))
    corpus = select_corpus(Named(source="-"))
    assert (corpus.name, first(corpus.train)) == ("stdin", Row("a", "b"))


def test_contradictions_and_gaps() -> None:
    assert "`demo` is the built-in corpus" in message(source="demo", valid="a.tsv")
    assert "cannot be combined with --valid" in message(source="demo", valid="a.tsv")
    assert "--train-src was given without --train-tgt" in message(train_src="a.en")
    assert "--valid-tgt was given without --valid-src" in message(source="a.tsv", valid_tgt="b.fr")
    assert "--test-src was given without --test-tgt" in message(source="a.tsv", test_src="b.en")
    assert "--valid was given, but no training pairs" in message(valid="a.tsv")
    twice = message(source="a.tsv", train_src="a.en", train_tgt="a.fr")
    assert "training pairs are named twice: a.tsv and --train-src" in twice
    both = message(source="a.tsv", valid="a.tsv", valid_src="a.en", valid_tgt="a.fr")
    assert "--valid and --valid-src" in both
    for named in ({"valid": "-"}, {"tests": ("hard=-",)}, {"tests": ("hard=-,a.fr",)}):
        assert "`-` (standard input) can be read once only" in message(source="-", **named)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_impossible_file_names(name: str) -> None:
    assert "there is no such file" in message(source=name)


def test_unknown_source_says_what_a_source_is() -> None:
    text = message(source="dmo")
    assert "dmo: there is no such file" in text
    assert "`demo` for the built-in corpus" in text


@pytest.mark.parametrize("name", ["train", "Valid", "test"])
def test_names_of_splits_are_different(name: str) -> None:
    text = message(source="a.tsv", test_src="b.en", test_tgt="b.fr", tests=(f"{name}=c.tsv",))
    assert f"there is a split named `{name}` already" in text


@pytest.mark.parametrize("name", ["", "../up", "a b", "x" * 65])
def test_names_of_splits_are_plain(name: str) -> None:
    assert "cannot be the name of a split" in message(source="a.tsv", tests=(f"{name}=c.tsv",))


def test_missing_half_of_a_test_set() -> None:
    text = message(source="a.tsv", tests=("new=b.en,nowhere.fr",))
    assert "nowhere.fr: there is no such file" in text
