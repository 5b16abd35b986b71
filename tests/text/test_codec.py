"""One side of a dataset: lines to ids, ids to text, and its files."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import TOKENIZER_KINDS, train_tokenizer
from seq2seq_cli.text.vocabulary import BOS, EOS, PAD, UNK, Vocabulary

LINES = ["The dog runs.", "L'ami runs, the dogs run."]


def make_codec(kind: str, lines: list[str] = LINES) -> Codec:
    tokenizer = train_tokenizer(kind, lines, vocabulary_size=40)
    counts = Counter(token for tokens in tokenizer.tokens_batch(lines) for token in tokens)
    return Codec(tokenizer, Vocabulary.from_counts(counts))


@pytest.mark.parametrize("kind", TOKENIZER_KINDS)
def test_lines_survive_the_way_through_ids_and_files(kind: str, tmp_path: Path) -> None:
    codec = make_codec(kind)
    codec.save(tmp_path, "source")
    loaded = Codec.load(tmp_path, "source")
    assert loaded.vocabulary == codec.vocabulary
    assert loaded.encode_batch(LINES) == [codec.encode(line) for line in LINES]
    for line in LINES:
        ids, encoding = loaded.encode_with_offsets(line)
        assert ids == codec.encode(line)
        assert len(ids) == len(encoding.offsets)
        assert not set(ids) & {PAD, BOS, EOS, UNK}
        assert loaded.decode(ids).text == line
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "source.tokenizer.json",
        "source.vocabulary.json",
    ]


def test_decode_ends_at_the_end_mark_and_drops_the_others() -> None:
    codec = make_codec("word")
    dog, runs = codec.vocabulary.ids(["dog", "runs"])
    decoding = codec.decode([BOS, dog, UNK, PAD, runs, EOS, dog, 10_000])
    assert decoding.text == "dog <unk> runs"
    assert decoding.offsets == ((0, 3), (4, 9), (10, 14))
    assert codec.decode([EOS, dog]).text == ""


def test_ids_outside_the_vocabulary_are_errors() -> None:
    with pytest.raises(IndexError):
        make_codec("word").decode([10_000])


def test_unknown_tokens_are_replaced_by_place() -> None:
    codec = make_codec("word")
    (dog,) = codec.vocabulary.ids(["dog"])
    copies = {1: codec.tokenizer.literal("￭％"), 2: "cat", 3: "Zürich"}
    decoding = codec.decode([BOS, UNK, dog, UNK, UNK], copies)
    assert decoding.text == "￭％ dog Zürich <unk>"


def test_text_that_looks_like_a_special_never_is_one() -> None:
    codec = make_codec("space", ["a </s> b <pad>"])
    assert UNK in codec.encode("</s>")
    assert codec.encode("</s> <pad> <s>") == [UNK, UNK, UNK]
    word = make_codec("word", ["</s>"])
    assert word.decode(word.encode("</s>")).text == "</s>"


def test_closest_compares_what_is_shown() -> None:
    codec = make_codec("word")
    assert codec.closest("dgs", 2) == ["dogs", "dog"]
    assert codec.closest("l'") == ["L'"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "expected JSON in UTF-8"),
        (b"\xff\xfe{}", "expected JSON in UTF-8"),
        (b"[" * 100_000, "expected JSON in UTF-8"),
        (b'{"format": 1' + b"0" * 5_000 + b"}", "expected JSON in UTF-8"),
        (b"{}", "expected the keys"),
    ],
)
@pytest.mark.parametrize("name", ["target.tokenizer.json", "target.vocabulary.json"])
def test_damaged_files_are_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    make_codec("word").save(tmp_path, "target")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        Codec.load(tmp_path, "target")
    assert str(error.value).startswith(f"{tmp_path / name}: ")
    assert message in str(error.value)
    assert "prepare the dataset, or copy the run, anew" in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*source\.tokenizer\.json: No such file"):
        Codec.load(tmp_path, "source")


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_codec("word").save(tmp_path, "source")
    monkeypatch.setattr("seq2seq_cli.text.checks.MAXIMUM_BYTES", 10)
    with pytest.raises(InputError, match="at most 10 bytes"):
        Codec.load(tmp_path, "source")


def test_saving_where_nothing_can_be_written_is_a_work_error(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="cannot write"):
        make_codec("word").save(tmp_path / "missing", "source")


def test_other_sides_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="source"):
        make_codec("word").save(tmp_path, "../source")


def test_heavy_libraries_are_imported_only_when_used() -> None:
    program = (
        "import sys, seq2seq_cli.text.codec as codec, seq2seq_cli.text.tokenizer as tokenizer;"
        "tokenizer.train_tokenizer('word', []).encode('a b');"
        "print({'torch', 'tokenizers', 'rapidfuzz', 'numpy', 'rich'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
