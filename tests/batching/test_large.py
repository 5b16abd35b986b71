"""Large corpora: the same dataset whoever works, shuffled shards, work that is gone on with.

The bounds are made small, so that a few hundred pairs are many.
"""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seq2seq_cli.batching import prepare as module
from seq2seq_cli.batching.prepare import PrepareReport, prepare
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.corpus import blocks, digests
from seq2seq_cli.corpus import files as text_files
from seq2seq_cli.corpus.selection import Corpus, Named, select_corpus
from seq2seq_cli.corpus.splitting import HashSplit, pair_digest
from seq2seq_cli.errors import InputError, WorkError

SETTINGS = PrepareSettings(source_tokenizer="word", target_tokenizer="char", max_length=30)
SHARD_PAIRS = 150
PAIRS = [
    (f"line {n} of {'many ' * (n % 7)}", f"ligne {'xyz'[n % 3] * (1 + n % 29)} {n}")
    for n in [*range(600), *range(600)]
]
DRIVER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_large
test_large.make_small()
stage, least, out = sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
def progress(at, pairs):
    if at == stage and pairs >= least:
        os.kill(os.getpid(), signal.SIGKILL)
test_large.made(Path(sys.argv[5]), out, workers=2, progress=progress)
"""


def make_small(change: Callable[[object, str, object], None] = setattr) -> None:
    change(module, "LARGE_PAIRS", 100)
    change(blocks, "BLOCK_ROWS", 64)
    change(text_files, "_BLOCK", 1_000)
    change(digests, "MOST_IN_MEMORY", 2_000)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    make_small(monkeypatch.setattr)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The pairs in TSVs of different lengths; equal ones in different files."""
    folder = tmp_path / "tsv"
    folder.mkdir()
    for number, (first, last) in enumerate([(0, 333), (333, 340), (340, 1_200)]):
        rows = "".join(f"{source}\t{target}\n" for source, target in PAIRS[first:last])
        (folder / f"{number}.tsv").write_text(rows)
    return folder


def corpus_of(files: Path) -> Corpus:
    return select_corpus(Named(source=f"{files}/*.tsv"))


def made(files: Path, out: Path, **options: object) -> PrepareReport:
    return prepare(
        corpus_of(files), SETTINGS, out=out, **{"shard_pairs": SHARD_PAIRS, "workers": 1, **options}
    )


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file; of the manifest all but the moment it was made at."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    manifest = json.loads(found.pop("manifest.json"))
    del manifest["created"], manifest["sha256"]
    return found | {"manifest": json.dumps(manifest).encode()}


def lines_of(folder: Path, stem: str) -> list[str]:
    return (folder / f"{stem}.txt").read_text().split("\n")[:-1]


def kept_pairs(report: PrepareReport) -> list[list[tuple[str, str]]]:
    """The training pairs of each shard."""
    count = len(report.manifest.splits["train"].shards or ())
    sides = [
        [lines_of(report.folder, f"train.{shard:05d}.{side}") for shard in range(count)]
        for side in ("source", "target")
    ]
    return [list(zip(*shard, strict=True)) for shard in zip(*sides, strict=True)]


def test_shards_by_hand(files: Path, tmp_path: Path) -> None:
    report = made(files, tmp_path / "out")
    split = HashSplit(valid=0.05, test=0.05)
    train = [pair for pair in PAIRS if split.split_of(pair_digest(*pair)) == "train"]
    expected = list(dict.fromkeys(pair for pair in train if len(pair[1].replace(" ", "▁")) <= 30))
    cleaning = report.manifest.cleaning
    assert (cleaning.read, cleaning.kept) == (len(train), len(expected))
    assert cleaning.dropped["duplicate"] == len(train) - len(set(train)) > 0
    shards = kept_pairs(report)
    assert Counter(pair for shard in shards for pair in shard) == Counter(expected)
    assert len(shards) == -(-len(expected) // SHARD_PAIRS) > 2
    for shard in shards:
        places = [expected.index(pair) for pair in shard]
        assert places != sorted(places)
        assert min(places) < len(expected) / 4 and max(places) > 3 * len(expected) / 4


def test_arrays_of_shards_fit_their_lines(files: Path, tmp_path: Path) -> None:
    report = made(files, tmp_path / "out")
    folder, train = report.folder, report.manifest.splits["train"]
    vocabulary = json.loads((folder / "source.vocabulary.json").read_text())["tokens"]
    kinds: Counter[tuple[int, int]] = Counter()
    for number, (pairs, record) in enumerate(zip(kept_pairs(report), train.shards, strict=True)):
        stem = folder / f"train.{number:05d}"
        ids = np.load(f"{stem}.source.tokens.npy")
        offsets = [np.load(f"{stem}.{side}.offsets.npy") for side in ("source", "target")]
        assert (len(pairs), len(ids), offsets[1][-1]) == (
            record.pairs,
            record.source_tokens,
            record.target_tokens,
        )
        for place, (source, _) in enumerate(pairs):
            first, last = offsets[0][place : place + 2]
            assert [vocabulary[id_] for id_ in ids[first:last]] == source.split()
        kinds.update(zip(*(np.diff(ends).tolist() for ends in offsets), strict=True))
    lengths = np.load(folder / "train.lengths.npy")
    assert lengths.tolist() == [[*kind, count] for kind, count in sorted(kinds.items())]
    assert set(report.manifest.files) == {path.name for path in folder.iterdir()} - {
        "manifest.json"
    }
    assert report.manifest.format_version == 2


@pytest.mark.parametrize("shard_pairs", [SHARD_PAIRS, 10_000])
def test_the_dataset_does_not_depend_on_who_works(
    files: Path, tmp_path: Path, shard_pairs: int
) -> None:
    found = [
        bytes_of(made(files, tmp_path / f"{count}", workers=count, shard_pairs=shard_pairs).folder)
        for count in (1, 2, 3)
    ]
    assert found[0] == found[1] == found[2]
    assert ("train.source.txt" in found[0]) == (shard_pairs == 10_000)


def test_a_large_corpus_that_fits_one_shard_is_as_a_small_one(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = bytes_of(made(files, tmp_path / "large", shard_pairs=10_000).folder)
    monkeypatch.setattr(module, "LARGE_PAIRS", 10_000)
    assert bytes_of(made(files, tmp_path / "small", shard_pairs=10_000).folder) == large


def test_pairs_stay_in_order_where_cleaning_leaves_one_shard(files: Path, tmp_path: Path) -> None:
    report = made(files, tmp_path / "out", shard_pairs=450)  # more may be kept, fewer are
    assert report.manifest.splits["train"].shards is None
    lines = lines_of(report.folder, "train.source")
    plain = made(files, tmp_path / "plain", shard_pairs=10_000).folder
    assert 300 < len(lines) <= 450 and lines == lines_of(plain, "train.source")


@pytest.mark.parametrize(
    ("stage", "least", "said"),
    [("reading", 300, False), ("encoding", 600, True), ("writing", 150, True)],
)
def test_a_killed_preparation_is_gone_on_with(
    files: Path, tmp_path: Path, stage: str, least: int, said: bool
) -> None:
    expected = bytes_of(made(files, tmp_path / "whole").folder)
    out = tmp_path / "data" / "out"
    arguments = [str(Path(__file__).parent), stage, str(least), str(out), str(files)]
    killed = subprocess.run([sys.executable, "-c", DRIVER, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    work = next(path for path in out.parent.iterdir() if path.name.startswith(".out.work-"))
    if stage == "encoding":
        damage(next((work / "blocks").glob("*.block")))
    if stage == "writing":
        damage(work / "dataset" / "train.00000.source.txt")
    notices: list[str] = []
    assert bytes_of(made(files, out, notice=notices.append).folder) == expected
    assert any("going on with a preparation" in notice for notice in notices) == said
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def interrupted(files: Path, out: Path, notices: list[str]) -> Path:
    """Press Ctrl-C while pairs are encoded; the work folder."""

    def press(stage: str, pairs: int) -> None:
        if stage == "encoding" and pairs > 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(files, out, progress=press, notice=notices.append)
    (work,) = out.parent.iterdir()
    return work


def test_other_inputs_or_settings_start_anew(files: Path, tmp_path: Path) -> None:
    out, notices = tmp_path / "data" / "out", []
    work = interrupted(files, out, notices)
    assert str(work) in notices[0]
    with (files / "2.tsv").open("a") as file:
        file.write("one more\tune de plus\n")
    assert interrupted(files, out, notices) != work
    assert not any("going on" in notice for notice in notices)
    made(files, out, notice=notices.append)
    assert "going on" in notices[-1]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("workers", [1, 2])
def test_faults_leave_nothing(files: Path, tmp_path: Path, workers: int) -> None:
    with (files / "2.tsv").open("a") as file:
        file.write("alone\n")
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match=r"2\.tsv, line 861 has 1 column"):
        made(files, tmp_path / "data" / "out", workers=workers)
    assert not list((tmp_path / "data").iterdir())


def test_room_is_foreseen(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORK_BYTES_BY_PAIR", 10**15)
    (tmp_path / "data").mkdir()
    with pytest.raises(WorkError, match="No space left on device"):
        made(files, tmp_path / "data" / "out")
    assert not list((tmp_path / "data").iterdir())
