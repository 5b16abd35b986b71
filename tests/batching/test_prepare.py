"""From files to a dataset: what is kept, what is counted, what never changes."""

import json
import re
from pathlib import Path

import pytest

from seq2seq_cli.batching.dataset import Dataset, latest_dataset
from seq2seq_cli.batching.prepare import PrepareReport, prepare, prepare_builtin
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.corpus.selection import Corpus, Named, select_corpus
from seq2seq_cli.corpus.sources import Columns, ListPairs, Row
from seq2seq_cli.corpus.splitting import HashSplit, pair_digest
from seq2seq_cli.errors import InputError, WorkError

WORDS = PrepareSettings(source_tokenizer="word", target_tokenizer="space")


def listed(*pairs: tuple[str, str]) -> ListPairs:
    return ListPairs("list", [Row(source, target) for source, target in pairs])


def numbered(count: int) -> list[tuple[str, str]]:
    return [(f"line number {n}", f"ligne {n}") for n in range(count)]


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def small(tmp_path: Path) -> PrepareReport:
    """Eight training pairs of which four stay; odd validation and test pairs."""
    corpus = Corpus(
        name="small",
        train=listed(
            ("a b a", "x"),
            ("", "x"),
            ("a b a", "x"),
            ("c", "x y"),
            ("a a a a a", "x"),
            ("b", " "),
            ("c", "z"),
            ("b ", "x x"),
        ),
        valid=listed(("", ""), ("c", "x y"), ("c", "x y")),
        tests={"hard": listed(("a " * 400, "x"), ("c", ""), ("never", "x \rnew\u2028 "))},
    )
    settings = PrepareSettings(source_tokenizer="word", target_tokenizer="space", max_length=4)
    return prepare(corpus, settings, out=tmp_path / "small")


def test_cleaning_is_counted(small: PrepareReport) -> None:
    cleaning = small.manifest.cleaning
    assert (cleaning.read, cleaning.kept) == (8, 4)
    assert cleaning.dropped == {
        "empty side": 2,
        "duplicate": 1,
        "too long": 1,
        "length ratio": 0,
    }


def test_arrays_by_hand(small: PrepareReport) -> None:
    dataset = Dataset.open(small.folder)
    # Counts in train: a 2, b 2, c 2; x 4, y 1, z 1. Specials take ids 0 to 3; unknown is 3.
    assert dataset.source.vocabulary.tokens[4:] == ("a", "b", "c")
    assert dataset.target.vocabulary.tokens[4:] == ("x", "y", "z")
    train = dataset.split("train")
    assert [train.source(i).tolist() for i in range(4)] == [[4, 5, 4], [6], [6], [5]]
    assert [train.target(i).tolist() for i in range(4)] == [[4], [4, 5], [6], [4, 4]]
    assert train.source_lengths.tolist() == [3, 1, 1, 1]
    assert train.target_lengths.tolist() == [1, 2, 1, 2]


def test_held_out_lines_are_never_dropped_or_changed(small: PrepareReport) -> None:
    dataset = Dataset.open(small.folder)
    valid, hard = dataset.split("valid"), dataset.split("hard")
    assert valid.source_lines() == ["", "c", "c"]
    assert valid.target_lines() == ["", "x y", "x y"]
    assert hard.source_lines() == ["a " * 400, "c", "never"]
    assert hard.target_lines() == ["x", "", "x \rnew\u2028 "]
    assert hard.source_lengths.tolist() == [400, 1, 1]
    assert hard.target(1).tolist() == []
    assert hard.target(2).tolist() == [4, 3]


def test_lengths_unknown_and_overlap(small: PrepareReport) -> None:
    splits = small.manifest.splits
    assert list(splits) == ["train", "valid", "hard"]
    assert splits["train"].source.mean == 1.5
    assert splits["train"].sources_in_train is None
    assert (splits["valid"].sources_in_train, splits["valid"].pairs_in_train) == (2, 2)
    assert (splits["hard"].sources_in_train, splits["hard"].pairs_in_train) == (1, 0)
    hard = splits["hard"]
    assert (hard.source.tokens, hard.source.longest, hard.source.unknown) == (402, 400, 1)
    assert hard.target.unknown_rate == pytest.approx(1 / 3)


def test_notes_name_what_matters(small: PrepareReport) -> None:
    assert any("50% of the training pairs were dropped" in note for note in small.notes)
    assert any("valid: 2 of 3 pairs are in train too" in note for note in small.notes)


def test_equal_input_makes_equal_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("first", "second"):
        corpus = Corpus(name="same", train=listed(*numbered(300)))
        settings = PrepareSettings(sample=100)
        made.append(files_of(prepare(corpus, settings, out=tmp_path / name).folder))
    manifests = [json.loads(files.pop("manifest.json")) for files in made]
    assert made[0] == made[1]
    assert [(manifest.pop("created"), manifest.pop("sha256")) for manifest in manifests]
    assert manifests[0] == manifests[1]


def test_one_file_is_split_by_the_hash_of_the_pair(tmp_path: Path) -> None:
    pairs = numbered(400)
    few = prepare(Corpus(name="x", train=listed(*pairs[:300])), WORDS, out=tmp_path / "few")
    many = prepare(Corpus(name="x", train=listed(*pairs)), WORDS, out=tmp_path / "many")
    split = HashSplit(valid=0.05, test=0.05)
    for report, count in ((few, 300), (many, 400)):
        dataset = Dataset.open(report.folder)
        assert dataset.split_names == ("train", "valid", "test")
        for name in dataset.split_names:
            expected = [s for s, t in pairs[:count] if split.split_of(pair_digest(s, t)) == name]
            assert dataset.split(name).source_lines() == expected
    assert any("valid (0.05) and test (0.05) were set apart" in note for note in few.notes)


def test_equal_pairs_fall_together(tmp_path: Path) -> None:
    corpus = Corpus(name="x", train=listed(*numbered(200), *numbered(200)))
    manifest = prepare(corpus, WORDS, out=tmp_path / "out").manifest
    assert [manifest.splits[name].pairs_in_train for name in ("valid", "test")] == [0, 0]
    assert manifest.cleaning.dropped["duplicate"] == manifest.cleaning.kept


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"valid": listed(("a", "b"))}, ("train", "valid")),
        ({"tests": {"test": listed(("a", "b"))}}, ("train", "valid", "test")),
        ({"tests": {"hard": listed(("a", "b"))}}, ("train", "valid", "hard")),
    ],
)
def test_missing_splits(tmp_path: Path, given: dict, expected: tuple[str, ...]) -> None:
    corpus = Corpus(name="x", train=listed(*numbered(200)), **given)
    report = prepare(corpus, WORDS, out=tmp_path / "out")
    splits = report.manifest.splits
    assert tuple(splits) == expected
    if "valid" not in given:
        assert 0 < splits["valid"].pairs < 30
        assert splits["train"].pairs + splits["valid"].pairs == 200


def test_test_can_be_set_apart_beside_given_validation(tmp_path: Path) -> None:
    corpus = Corpus(name="x", train=listed(*numbered(200)), valid=listed(("a", "b")))
    settings = PrepareSettings(test_share=0.3)
    manifest = prepare(corpus, settings, out=tmp_path / "out").manifest
    assert list(manifest.splits) == ["train", "valid", "test"]
    assert 30 < manifest.splits["test"].pairs < 90


def test_gold_columns_follow_their_pairs(tmp_path: Path) -> None:
    path = tmp_path / "gold.tsv"
    path.write_text("".join(f"s{n}\tt{n}\t0-0 {n}p0\tx,n{n}\n" for n in range(200)))
    columns = Columns(links="3", labels="4")
    corpus = select_corpus(Named(source=str(path), columns=columns))
    dataset = Dataset.open(prepare(corpus, WORDS, out=tmp_path / "out").folder)
    for name in dataset.split_names:
        split = dataset.split(name)
        numbers = [int(line[1:]) for line in split.source_lines()]
        assert split.links() == [f"0-0 {n}p0" for n in numbers]
        assert split.labels() == [("x", f"n{n}") for n in numbers]


def test_splits_without_gold_have_none(small: PrepareReport) -> None:
    train = Dataset.open(small.folder).split("train")
    assert train.links() is None
    assert train.labels() is None


def test_subwords_are_joint_where_both_sides_have_one_kind(tmp_path: Path) -> None:
    corpus = Corpus(name="x", train=listed(*numbered(100)))
    joint = prepare(corpus, out=tmp_path / "joint")
    files = files_of(joint.folder)
    assert joint.manifest.joint
    assert (joint.manifest.source.tokenizer, joint.manifest.suggested_preset) == ("bpe", "mt")
    assert files["source.tokenizer.json"] == files["target.tokenizer.json"]
    separate = prepare(corpus, PrepareSettings(joint=False), out=tmp_path / "separate")
    files = files_of(separate.folder)
    assert not separate.manifest.joint
    assert files["source.tokenizer.json"] != files["target.tokenizer.json"]


def test_characters_to_symbols_as_asked_take_the_preset_of_phones(tmp_path: Path) -> None:
    corpus = Corpus(name="x", train=listed(*numbered(100)))
    settings = PrepareSettings(source_tokenizer="char", target_tokenizer="space")
    manifest = prepare(corpus, settings, out=tmp_path / "data").manifest
    assert manifest.suggested_preset == "g2p"


def test_joint_needs_subwords(tmp_path: Path) -> None:
    corpus = Corpus(name="x", train=listed(*numbered(100)))
    settings = PrepareSettings(target_tokenizer="char", joint=True)
    with pytest.raises(InputError, match="--joint needs bpe or unigram on both sides; here the"):
        prepare(corpus, settings, out=tmp_path / "out")


def test_ratio_is_for_text_unless_it_is_asked_for(tmp_path: Path) -> None:
    long = ("w", "a b c d e f g h i j k")
    corpus = Corpus(name="x", train=listed(("v", "a"), long), valid=listed(("v", "a")))
    kept = {}
    for target in ("word", "space"):
        settings = PrepareSettings(source_tokenizer="word", target_tokenizer=target)
        kept[target] = prepare(corpus, settings, out=tmp_path / target).manifest.cleaning.kept
    asked = PrepareSettings(source_tokenizer="word", target_tokenizer="space", max_ratio=10.0)
    kept["asked"] = prepare(corpus, asked, out=tmp_path / "asked").manifest.cleaning.kept
    assert kept == {"word": 1, "space": 2, "asked": 1}


def test_unused_names_are_taken(tmp_path: Path) -> None:
    corpus = Corpus(name="x", train=listed(*numbered(100)))
    made = [prepare(corpus, WORDS, root=tmp_path).folder.name for _ in range(3)]
    assert made == ["x", "x-2", "x-3"]


def test_an_existing_folder_is_replaced_by_force_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = Corpus(name="x", train=listed(*numbered(100)))
    prepare(first, WORDS, out=out)
    before = files_of(out)
    second = Corpus(name="x", train=listed(*numbered(120)))
    with pytest.raises(InputError, match=r"out exists already\. Choose another --out, or replace"):
        prepare(second, WORDS, out=out)
    assert files_of(out) == before
    prepare(second, WORDS, out=out, force=True)
    assert files_of(out) != before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_force_never_replaces_what_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    corpus = Corpus(name="x", train=listed(*numbered(100)))
    with pytest.raises(InputError, match="--force replaces datasets only"):
        prepare(corpus, WORDS, out=tmp_path / "home", force=True)
    assert (tmp_path / "home" / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("corpus", "settings", "expected"),
    [
        (Corpus(name="x", train=listed()), WORDS, "the corpus is empty"),
        (
            Corpus(name="x", train=listed(("a", "b")), valid=listed()),
            WORDS,
            "the valid split is empty",
        ),
        (
            Corpus(name="x", train=listed(*numbered(9)), tests={"hard": listed()}),
            WORDS,
            "the hard split is empty",
        ),
        (
            Corpus(name="x", train=listed(("a", "b"))),
            WORDS,
            "list has 1 pair, too few to set apart a share by hash: none fell to",
        ),
        (
            Corpus(name="x", train=listed(("a", ""), ("", "b")), valid=listed(("a", "b"))),
            WORDS,
            "all 2 training pairs were dropped (empty side 2)",
        ),
        (
            Corpus(name="x", train=listed(*numbered(9)), valid=listed(("a", "b"))),
            PrepareSettings(valid_share=0.1),
            "--valid-share cannot be combined with validation files",
        ),
        (
            Corpus(name="x", train=listed(*numbered(9)), tests={"test": listed(("a", "b"))}),
            PrepareSettings(test_share=0.1),
            "--test-share cannot be combined with a split `test`",
        ),
        (
            Corpus(name="x", train=listed(*numbered(9))),
            PrepareSettings(valid_share=0.0),
            "--valid-share 0: training needs validation pairs",
        ),
    ],
)
def test_messages(tmp_path: Path, corpus: Corpus, settings: PrepareSettings, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        prepare(corpus, settings, root=tmp_path / "data")
    assert expected in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_failure_midway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seq2seq_cli.batching.writer._ArrayFile.close", full)
    corpus = Corpus(name="x", train=listed(*numbered(100)))
    with pytest.raises(WorkError, match=r"cannot write .*: No space left on device"):
        prepare(corpus, WORDS, out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_files_that_change_while_they_are_read(tmp_path: Path) -> None:
    class Growing(ListPairs):
        readings = 0

        def rows(self):
            self.readings += 1
            return iter([Row("a", "b")] * self.readings)

    corpus = Corpus(name="x", train=Growing("list", []), valid=listed(("a", "b")))
    with pytest.raises(WorkError, match="the files changed while they were read"):
        prepare(corpus, WORDS, out=tmp_path / "out")


def test_builtin_corpus(tmp_path: Path) -> None:
    folder = prepare_builtin(root=tmp_path)
    assert folder == tmp_path / "demo"
    dataset = Dataset.open(folder)
    manifest = dataset.manifest
    assert (manifest.name, manifest.suggested_preset) == ("demo", "demo")
    assert (manifest.source.tokenizer, manifest.target.tokenizer) == ("word", "word")
    expected = ("train", "valid", "test", "long", "compositional", "phenomena")
    assert dataset.split_names == expected
    assert manifest.cleaning.kept == manifest.cleaning.read == 20_000
    test = dataset.split("test")
    assert manifest.splits["test"].source.unknown == 0
    assert all(re.fullmatch(r"\d+[-p]\d+( \d+[-p]\d+)*", links) for links in test.links())
    assert set(dataset.split("phenomena").labels()) != {()}
    assert latest_dataset(tmp_path) == folder
    written = (folder / "tsv" / "test.tsv").read_text("utf-8").splitlines()
    columns = (test.source_lines(), test.target_lines(), test.links(), test.labels())
    expected_rows = ["\t".join((*row[:3], ",".join(row[3]))) for row in zip(*columns, strict=True)]
    assert written == expected_rows


def test_g2p_chooses_characters_and_symbols(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "sigmorphon2021"
    named = Named(
        source=str(folder / "fre_train.tsv"),
        valid=str(folder / "fre_dev.tsv"),
        tests=(str(folder / "fre_test.tsv"),),
    )
    report = prepare(select_corpus(named), root=tmp_path)
    manifest = report.manifest
    assert (manifest.source.tokenizer, manifest.target.tokenizer) == ("char", "space")
    assert manifest.suggested_preset == "g2p"
    assert [split.pairs for split in manifest.splits.values()] == [8_000, 1_000, 1_000]
    assert manifest.target.vocabulary_size == 39 + 4
    valid = Dataset.open(report.folder).split("valid")
    expected = (folder / "fre_dev.tsv").read_bytes().decode().split("\n")[:-1]
    rows = zip(valid.source_lines(), valid.target_lines(), strict=True)
    assert ["\t".join(row) for row in rows] == expected


def test_multi30k_round_trip(shared_data: Path, tmp_path: Path) -> None:
    stem = shared_data / "multi30k"
    named = Named(
        train_src=f"{stem}/train.en.gz",
        train_tgt=f"{stem}/train.de.gz",
        valid_src=f"{stem}/val.en.gz",
        valid_tgt=f"{stem}/val.de.gz",
        test_src=f"{stem}/test_2016_flickr.en.gz",
        test_tgt=f"{stem}/test_2016_flickr.de.gz",
    )
    report = prepare(select_corpus(named), root=tmp_path)
    assert report.folder.name == "multi30k"
    assert report.manifest.joint
    assert report.manifest.cleaning.read == 29_000
    assert report.manifest.cleaning.dropped["empty side"] == 0
    dataset = Dataset.open(report.folder)
    train = dataset.split("train")
    for index in range(0, len(train), 997):
        raw = train.target_lines()[index]
        assert dataset.target.decode(train.target(index).tolist()).text == " ".join(raw.split())


def test_decomposed_targets_that_cannot_come_back_are_noted(tmp_path: Path) -> None:
    rows = [Row(f"w{n}", "ﬁn" if n % 3 else "fin") for n in range(300)]
    corpus = Corpus(name="x", train=ListPairs("x", rows))
    settings = PrepareSettings(source_tokenizer="char", target_tokenizer="char", target_form="nfkc")
    report = prepare(corpus, settings, root=tmp_path)
    assert any("training targets that were looked at do not come back" in n for n in report.notes)
    assert "ﬁn" in Dataset.open(report.folder).split("train").target_lines()
    assert report.manifest.target.form == "nfkc"


def test_hangul_is_noted_and_nfd_takes_it_apart(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "sigmorphon2021"
    named = Named(source=str(folder / "kor_train.tsv"), valid=str(folder / "kor_dev.tsv"))
    plain = prepare(select_corpus(named), root=tmp_path)
    assert any("--src-normalize nfd" in note for note in plain.notes)
    letters = prepare(select_corpus(named), PrepareSettings(source_form="nfd"), root=tmp_path)
    assert not any("--src-normalize nfd" in note for note in letters.notes)
    assert (letters.manifest.source.vocabulary_size, plain.manifest.source.vocabulary_size) == (
        71,
        1_093,
    )
    assert Dataset.open(letters.folder).split("valid").source_lines() == (
        Dataset.open(plain.folder).split("valid").source_lines()
    )
