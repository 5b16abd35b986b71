"""Rows of TSV and parallel files."""

import hashlib
from pathlib import Path

import pytest

from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.corpus.sources import Columns, ListPairs, ParallelPairs, Row, TsvPairs
from seq2seq_cli.errors import InputError


def tsv(folder: Path, text: str, **columns: object) -> TsvPairs:
    path = folder / "pairs.tsv"
    path.write_bytes(text.encode())
    return TsvPairs(TextFile(str(path)), Columns(**columns))


def parallel(folder: Path, source: str, target: str) -> ParallelPairs:
    (folder / "a.en").write_text(source)
    (folder / "a.fr").write_text(target)
    return ParallelPairs(TextFile(str(folder / "a.en")), TextFile(str(folder / "a.fr")))


def test_first_two_columns_are_the_default(tmp_path: Path) -> None:
    pairs = tsv(tmp_path, "a b\tc\n d\te \tmore\n")
    assert list(pairs.rows()) == [Row("a b", "c"), Row(" d", "e ")]
    assert (pairs.has_links, pairs.has_labels) == (False, False)


def test_columns_by_number(tmp_path: Path) -> None:
    pairs = tsv(tmp_path, "0-0\tx\tsrc\ttgt\n", source="3", target="4", links="1", labels="2")
    assert list(pairs.rows()) == [Row("src", "tgt", "0-0", "x")]
    assert (pairs.has_links, pairs.has_labels) == (True, True)


def test_features_follow_the_source_after_tabs(tmp_path: Path) -> None:
    text = "walk\twalked\tV;PST\ten\ngo\tgoes\tV\tde\n\n"
    pairs = tsv(tmp_path, text, features=("4", "3"))
    assert pairs.feature_columns == 2
    assert list(pairs.rows()) == [
        Row("walk\ten\tV;PST", "walked"),
        Row("go\tde\tV", "goes"),
        Row("", ""),
    ]


def test_features_by_name_read_the_header(tmp_path: Path) -> None:
    pairs = tsv(tmp_path, "lemma\tform\ttags\ngo\twent\tV;PST\n", features=("tags",))
    assert list(pairs.rows()) == [Row("go\tV;PST", "went")]
    with pytest.raises(InputError, match="--feature-col tag: the first line of"):
        list(tsv(tmp_path, "lemma\tform\ttags\n", features=("tag",)).rows())


def test_a_missing_column_of_features_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 2 has 2 columns; 3 are expected.*--feature-col"):
        list(tsv(tmp_path, "go\twent\tV\ngo\tgoes\n", features=("3",)).rows())


def test_columns_by_name_read_the_header(tmp_path: Path) -> None:
    pairs = tsv(tmp_path, "fr\ten\nchat\tcat\n", source="en", target="fr")
    assert list(pairs.rows()) == list(pairs.rows()) == [Row("cat", "chat")]


def test_header_can_be_skipped(tmp_path: Path) -> None:
    assert list(tsv(tmp_path, "en\tfr\ncat\tchat\n", header=True).rows()) == [Row("cat", "chat")]


def test_unknown_column_name_lists_the_header(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(tsv(tmp_path, "en\tfr\x1b\ncat\tchat\n", source="de").rows())
    assert "--src-col de: the first line of" in str(caught.value)
    assert "It has: en, fr␛" in str(caught.value)


@pytest.mark.parametrize("number", ["0", "-1"])
def test_columns_count_from_one(number: str) -> None:
    with pytest.raises(InputError, match=f"--tgt-col {number}: columns are counted from 1"):
        Columns(target=number)


def test_too_few_columns_name_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(tsv(tmp_path, "a\tb\n\nalone\n").rows())
    assert "pairs.tsv, line 3 has 1 column; 2 are expected, separated by tabs." in str(caught.value)


def test_line_numbers_count_the_header(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 3 has 2 columns; 3 are expected"):
        list(tsv(tmp_path, "a\tb\tc\n1\t2\t3\n1\t2\n", links="c", source="a", target="b").rows())


def test_a_blank_line_is_a_pair_of_empty_sides(tmp_path: Path) -> None:
    pairs = tsv(tmp_path, "a\tb\tc\n\n", links="3")
    assert list(pairs.rows()) == [Row("a", "b", "c"), Row("", "", "")]


def test_parallel_lines_belong_together(tmp_path: Path) -> None:
    assert list(parallel(tmp_path, "a\tx\n\n", "b\nc").rows()) == [Row("a\tx", "b"), Row("", "c")]


@pytest.mark.parametrize(("source", "target"), [("a\n" * 7, "b\n" * 4), ("a\n" * 4, "b\n" * 7)])
def test_different_counts_are_both_said(tmp_path: Path, source: str, target: str) -> None:
    with pytest.raises(InputError) as caught:
        list(parallel(tmp_path, source, target).rows())
    counts = (source.count("\n"), target.count("\n"))
    assert f"a.en has {counts[0]} lines and " in str(caught.value)
    assert f"a.fr has {counts[1]};" in str(caught.value)


def test_inputs_are_recorded(tmp_path: Path) -> None:
    first, second = parallel(tmp_path, "a\n", "bc\n").inputs()
    assert (first.size, second.size) == (2, 3)
    assert second.sha256 == hashlib.sha256(b"bc\n").hexdigest()
    assert second.name == str(tmp_path / "a.fr")


def test_line_ends_are_noted(tmp_path: Path) -> None:
    pairs = tsv(tmp_path, "a\tb\r\nc\td\r\n")
    assert list(pairs.rows()) == [Row("a", "b"), Row("c", "d")]
    assert "pairs.tsv: 2 lines ended in CR LF" in pairs.notes()[0]


def test_pairs_in_memory() -> None:
    rows = [Row("a", "b", "0-0", "x,y"), Row("c", "d", "", "")]
    pairs = ListPairs("mine", rows)
    assert list(pairs.rows()) == rows
    assert (pairs.has_links, pairs.has_labels) == (True, True)
    digest = hashlib.sha256(b"a\tb\t0-0\tx,y\nc\td\t\t\n").hexdigest()
    assert [record.sha256 for record in pairs.inputs()] == [digest]
