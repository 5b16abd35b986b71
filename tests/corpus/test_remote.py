"""Remote files: read like others, and without a word of what may be secret in their addresses."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from seq2seq_cli.batching.manifest import read_manifest
from seq2seq_cli.batching.prepare import prepare
from seq2seq_cli.corpus import remote
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.corpus.remote import is_remote, without_secrets
from seq2seq_cli.corpus.selection import Named, select_corpus
from seq2seq_cli.corpus.sources import Row
from seq2seq_cli.errors import InputError, WorkError

fsspec = pytest.importorskip("fsspec")
PAIRS = "".join(f"source {n}\ttarget {n}\n" for n in range(300)).encode()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """fsspec's file system in memory."""
    monkeypatch.chdir(tmp_path)
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/pairs.tsv.gz", gzip.compress(PAIRS))
    memory.pipe("/bucket/a.en", b"one\ntwo\n")
    memory.pipe("/bucket/a.fr", b"un\ndeux\n")
    yield memory
    memory.rm("/bucket", recursive=True)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("s3://bucket/x.tsv", "s3://bucket/x.tsv"),
        ("s3://KEY:SECRET@bucket/x.tsv", "s3://bucket/x.tsv"),
        ("s3://KEY:SE/CR?E#T@bucket/x.tsv", "s3://bucket/x.tsv"),
        ("https://SECRET@host/x.tsv", "https://host/x.tsv"),
        ("https://host:99/x.tsv?X-Signature=SECRET#SECRET", "https://host:99/x.tsv"),
        ("s3://bucket/day@noon.tsv", "s3://bucket/day@noon.tsv"),
        ("a:b@c?d.tsv", "a:b@c?d.tsv"),
    ],
)
def test_secrets_are_left_out(name: str, shown: str) -> None:
    assert without_secrets(name) == shown
    assert is_remote(name) == ("://" in name)


def test_a_dataset_from_a_store(tmp_path: Path) -> None:
    address = "memory://bucket/pairs.tsv.gz"
    corpus = select_corpus(Named(source=address))
    report = prepare(corpus, out=tmp_path / "out")
    assert corpus.name == "pairs"
    [record] = read_manifest(report.folder).inputs
    assert (record.name, record.verified) == (address, None)
    assert record.size == len(gzip.compress(PAIRS))


def test_every_option_takes_addresses() -> None:
    both = {"train_src": "memory://bucket/a.en", "train_tgt": "memory://bucket/a.fr"}
    table = "memory://bucket/pairs.tsv.gz"
    tests = ("late=memory://bucket/a.en,memory://bucket/a.fr", table)
    corpus = select_corpus(Named(**both, valid=table, tests=tests))
    assert list(corpus.train.rows()) == [Row("one", "un"), Row("two", "deux")]
    assert list(corpus.tests) == ["late", "test"]
    assert next(corpus.tests["late"].rows()) == Row("one", "un")
    for source in (corpus.valid, corpus.tests["test"]):
        assert source is not None
        assert next(source.rows()) == Row("source 0", "target 0")


def test_a_missing_file_and_a_folder() -> None:
    with pytest.raises(InputError, match=r"memory://bucket/b\.tsv: there is no such file"):
        TextFile("memory://bucket/b.tsv")
    with pytest.raises(InputError, match=r"memory://bucket: there is no such file|is a folder"):
        TextFile("memory://bucket")


def test_unknown_protocols_and_chains() -> None:
    with pytest.raises(InputError, match="`nowhere` is no protocol that fsspec knows"):
        TextFile("nowhere://x.tsv")
    with pytest.raises(InputError, match="chained addresses"):
        TextFile("zip://x.tsv::memory://bucket/x.zip")


def test_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(WorkError) as caught:
        TextFile("s3://KEY:SECRET@bucket/x.tsv?SECRET")
    assert "s3://bucket/x.tsv: reading s3:// needs a package that is missing" in str(caught.value)
    assert "pip install 'seq2seq-cli[remote]'" in str(caught.value)
    monkeypatch.setattr(remote, "find_spec", lambda name: None)
    with pytest.raises(WorkError, match=r"pip install 'seq2seq-cli\[remote\]'"):
        TextFile("memory://bucket/a.en")


@pytest.mark.parametrize("failing", ["open", "read"])
def test_failures_are_told_without_their_words(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*arguments: object, **options: object) -> object:
        raise PermissionError("s3://KEY:SECRET@bucket denied to SECRET")

    if failing == "open":
        monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem._open", fail)
    else:
        monkeypatch.setattr("fsspec.implementations.memory.MemoryFile.read", fail, raising=False)
    with pytest.raises(WorkError) as caught:
        TextFile("memory://bucket/a.en")
    assert str(caught.value).startswith("memory://bucket/a.en cannot be read (PermissionError).")
    assert "SECRET" not in str(caught.value)


def test_secrets_name_no_dataset(store, tmp_path: Path) -> None:
    store.pipe("/bucket/train?token=SECRET", PAIRS)
    corpus = select_corpus(Named(source="memory://bucket/train?token=SECRET"))
    assert corpus.name == "bucket"
    folder = prepare(corpus, out=tmp_path / "out").folder
    assert "SECRET" not in (folder / "manifest.json").read_text()
