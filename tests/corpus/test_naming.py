"""Files as they are named: one, several, by a pattern, in a list."""

from pathlib import Path

import pytest

from seq2seq_cli.corpus.naming import dataset_name, expanded
from seq2seq_cli.corpus.selection import Named, select_corpus
from seq2seq_cli.corpus.sources import Columns
from seq2seq_cli.errors import InputError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number in (2, 10, 1):
        Path(f"part-{number:02}.tsv").write_text(f"s{number}\tt{number}\nmore\tmehr\n")
        Path(f"part-{number:02}.en").write_text(f"s{number}\n")
        Path(f"part-{number:02}.fr").write_text(f"t{number}\n")
    return tmp_path


def sources(**named: object) -> list[str]:
    return [row.source for row in select_corpus(Named(**named)).train.rows()]


def message(**named: object) -> str:
    with pytest.raises(InputError) as caught:
        list(select_corpus(Named(**named)).train.rows())
    return str(caught.value)


def test_patterns_are_sorted_by_name() -> None:
    assert expanded("part-*.tsv") == ["part-01.tsv", "part-02.tsv", "part-10.tsv"]
    assert expanded(["part-02.tsv", "part-?1.en"]) == ["part-02.tsv", "part-01.en"]


def test_a_file_is_meant_whatever_its_name() -> None:
    Path("odd[1]*.tsv").write_text("a\tb\n")
    Path("@odd").write_text("a\tb\n")
    assert expanded(["odd[1]*.tsv", "@odd", "-"]) == ["odd[1]*.tsv", "@odd", "-"]


def test_lists_have_a_name_a_line() -> None:
    Path("names").write_text("part-10.tsv\n\n part-0*.tsv \r\n")
    assert expanded("@names") == ["part-10.tsv", "part-01.tsv", "part-02.tsv"]


def test_rows_of_several_files_come_one_after_another() -> None:
    assert sources(source=["part-*.tsv"]) == ["s1", "more", "s2", "more", "s10", "more"]
    corpus = select_corpus(
        Named(train_src="part-*.en", train_tgt=["part-01.fr", "part-*0.fr", "part-02.fr"])
    )
    assert [(row.source, row.target) for row in corpus.train.rows()] == [
        ("s1", "t1"),
        ("s2", "t10"),
        ("s10", "t2"),
    ]
    assert [file.name for file in corpus.train.inputs()][:3] == [
        "part-01.en",
        "part-01.fr",
        "part-02.en",
    ]
    assert corpus.train.name == "part-01.en and part-01.fr and 2 more"


def test_messages_name_the_file_and_its_own_line() -> None:
    Path("part-02.tsv").write_text("a\tb\nalone\n")
    assert "part-02.tsv, line 2 has 1 column" in message(source="part-*.tsv")
    Path("part-10.fr").write_text("x\ny\n")
    text = message(train_src="part-*.en", train_tgt="part-*.fr")
    assert "part-10.en has 1 lines and part-10.fr has 2" in text


def test_what_fits_nothing_is_said() -> None:
    assert "part-*.csv fits no file" in message(source="part-*.csv")
    Path("empty").write_text("\n")
    assert "@empty: the list names no file" in message(source="@empty")
    text = message(train_src="part-*.en", train_tgt=["part-01.fr", "part-02.fr"])
    assert "3 files of sources and 2 files of targets are named" in text
    assert "cannot be combined with part-01.tsv" in message(source=["demo", "part-01.tsv"])


def test_headers_are_those_of_each_file() -> None:
    Path("a.tsv").write_text("en\tfr\na cat\tun chat\n")
    Path("b.tsv").write_text("fr\ten\nun chien\ta dog\n")
    columns = Columns(source="fr", target="en")
    assert sources(source=["a.tsv", "b.tsv"], columns=columns) == ["un chat", "un chien"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (["part-01.tsv", "part-02.tsv"], "part"),
        (["corpora/news.2020.gz", "corpora/news.2021.gz"], "news"),
        (["corpora/00.tsv", "corpora/01.tsv"], "corpora"),
        (["corpora/a.tsv", "corpora/b.tsv"], "corpora"),
        (["v1.tsv"], "v1"),
    ],
)
def test_a_dataset_is_named_after_what_its_files_share(files: list[str], name: str) -> None:
    assert dataset_name(files) == name
