"""`s2s prepare` as it is typed, and what it shows."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.batching.manifest import Manifest
from seq2seq_cli.batching.prepare import PrepareReport
from seq2seq_cli.cli.app import app
from seq2seq_cli.cli.prepare import prepare
from seq2seq_cli.errors import InputError
from seq2seq_cli.views.prepare import report_view, watch

APP = typer.Typer()
APP.command("prepare")(prepare)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    rows = [f"source number {n}\ttarget {n}\t0-0\tx" for n in range(300)]
    Path("pairs.tsv").write_text("\n".join(rows) + "\n")
    Path("one.tsv").write_text("a\tb\n")
    Path("three.en").write_text("a\nb\nc\n")
    Path("two.fr").write_text("x\ny\n")
    yield tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(APP, list(arguments))


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output or result.exception
    return result.stdout


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, InputError), result.output
    assert result.stdout == ""
    assert not Path("s2s-data").exists()
    return str(result.exception)


def test_default_folder_and_next_command() -> None:
    output = done("pairs.tsv")
    assert "s2s-data/pairs  made in" in output
    assert "Next: s2s train\n" in output.replace(" \n", "\n")
    assert Dataset.open(Path("s2s-data/pairs")).split_names == ("train", "valid", "test")


def test_out_is_quoted_in_the_next_command() -> None:
    assert "Next: s2s train 'my data'" in done("pairs.tsv", "--out", "my data")


def test_existing_folders_are_kept() -> None:
    done("pairs.tsv")
    done("pairs.tsv")
    assert sorted(path.name for path in Path("s2s-data").iterdir()) == ["pairs", "pairs-2"]
    done("pairs.tsv", "--out", "mine")
    result = run("pairs.tsv", "--out", "mine")
    assert isinstance(result.exception, InputError)
    assert "mine exists already" in str(result.exception)
    done("pairs.tsv", "--out", "mine", "--force", "--tokenizer", "char")
    assert Dataset.open(Path("mine")).manifest.source.tokenizer == "char"


def test_every_option_reaches_its_setting() -> None:
    done(
        *("pairs.tsv", "--out", "mine", "--src-tokenizer", "word", "--tgt-tokenizer", "space"),
        *("--vocab-size", "16", "--min-frequency", "2", "--sample", "50", "--max-length", "9"),
        *("--max-ratio", "3", "--keep-duplicates", "--valid-share", "0.1", "--test-share", "0.2"),
        *("--links-col", "3", "--labels-col", "4", "--seed", "7"),
    )
    dataset = Dataset.open(Path("mine"))
    manifest = dataset.manifest
    assert (manifest.source.tokenizer, manifest.target.tokenizer) == ("word", "space")
    assert (manifest.vocabulary_limit, manifest.minimum_frequency) == (16, 2)
    assert (manifest.sample, manifest.seed) == (50, 7)
    assert (manifest.valid_share, manifest.test_share) == (0.1, 0.2)
    cleaning = manifest.cleaning
    assert (cleaning.max_length, cleaning.max_ratio, cleaning.keep_duplicates) == (9, 3.0, True)
    assert dataset.source.vocabulary.tokens[4:] == ("number", "source")
    assert dataset.split("test").links()[0] == "0-0"
    assert dataset.split("test").labels()[0] == ("x",)


def test_files_for_every_split() -> None:
    for name in ("three", "two"):
        Path(f"{name}.en").write_text("a b\nc d\n")
        Path(f"{name}.fr").write_text("a b\nc d\n")
    done(
        *("--train-src", "three.en", "--train-tgt", "three.fr", "--valid-src", "two.en"),
        *("--valid-tgt", "two.fr", "--test-src", "two.en", "--test-tgt", "two.fr"),
        *("--test", "new=one.tsv", "--test", "old=two.en,two.fr", "--separate", "--out", "mine"),
    )
    dataset = Dataset.open(Path("mine"))
    assert dataset.split_names == ("train", "valid", "test", "new", "old")
    assert not dataset.manifest.joint


def test_columns_and_header() -> None:
    Path("named.tsv").write_text("fr\ten\n" + "un chat\ta cat\nun chien\ta dog\n")
    done("named.tsv", "--src-col", "en", "--tgt-col", "fr", "--valid", "named.tsv", "--out", "a")
    assert Dataset.open(Path("a")).split("valid").source_lines() == ["a cat", "a dog"]
    done("named.tsv", "--header", "--valid", "named.tsv", "--out", "b")
    assert Dataset.open(Path("b")).split("train").source_lines() == ["un chat", "un chien"]


def test_several_files_patterns_and_lists() -> None:
    lines = Path("pairs.tsv").read_text().splitlines(keepends=True)
    for number in range(3):
        Path(f"part-{number}.tsv").write_text("".join(lines[100 * number : 100 * number + 100]))
    Path("list").write_text("part-0.tsv\npart-1.tsv\npart-2.tsv\n")
    done("part-0.tsv", "part-1.tsv", "part-2.tsv", "--workers", "2")
    done("part-*.tsv", "--out", "pattern")
    done("@list", "--out", "list-of-files")
    done("pairs.tsv", "--out", "whole")
    files = [Dataset.open(Path(name)) for name in ("s2s-data/part", "pattern", "list-of-files")]
    whole = Dataset.open(Path("whole"))
    for dataset in files:
        assert len(dataset.manifest.inputs) == 3
        assert dataset.split("train").source_lines() == whole.split("train").source_lines()
    result = run("--train-src", "two.fr", "--train-src", "three.en", "--train-tgt", "t*.fr")
    assert "2 files of sources and 1 file of targets are named" in str(result.exception)


def test_standard_input() -> None:
    result = CliRunner().invoke(APP, ["-"], input=Path("pairs.tsv").read_bytes())
    assert result.exit_code == 0, result.exception
    assert Dataset.open(Path("s2s-data/stdin")).manifest.inputs[0].name == "standard input"


def test_json_has_the_facts_and_nothing_else() -> None:
    facts = json.loads(done("pairs.tsv", "--json"))
    assert facts["folder"] == "s2s-data/pairs"
    assert facts["seconds"] > 0
    assert facts["cleaning"]["read"] == facts["splits"]["train"]["pairs"]
    assert facts["source"]["tokenizer"] == "bpe"
    assert len(facts["notes"]) == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nowhere.tsv"], "nowhere.tsv: there is no such file. SOURCE is a TSV file"),
        (["."], ". is a folder"),
        (["one.tsv"], "one.tsv has 1 pair, too few to set apart"),
        (["one.tsv", "--valid", "three.en"], "three.en, line 1 has 1 column; 2 are expected"),
        (
            ["--train-src", "three.en", "--train-tgt", "two.fr"],
            "three.en has 3 lines and two.fr has 2;",
        ),
        (["pairs.tsv", "--tokenizer", "words"], "--tokenizer words: there is no such tokenizer"),
        (["pairs.tsv", "--max-length", "0"], "--max-length 0: a number of 1 or more"),
        (["pairs.tsv", "--src-col", "5"], "pairs.tsv, line 1 has 4 columns; 5 are expected"),
        (["demo", "--test", "one.tsv"], "`demo` is the built-in corpus"),
        (["--valid", "one.tsv"], "--valid was given, but no training pairs"),
        (["no-*.tsv"], "no-*.tsv fits no file"),
    ],
)
def test_refusals(arguments: list[str], expected: str) -> None:
    assert expected in refused(*arguments)


def test_exit_codes_and_streams() -> None:
    result = CliRunner().invoke(app, ["prepare", "nowhere.tsv"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere.tsv: there is no such file" in result.stderr
    Path("file").write_text("x")
    result = CliRunner().invoke(app, ["prepare", "pairs.tsv", "--out", "file/data"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot make a folder in file" in result.stderr


def test_terminal_codes_of_the_data_are_not_shown() -> None:
    Path("x.tsv").write_text("a\tb\n\x1b[31m[red]bad\n")
    assert "\x1b" not in refused("x.tsv")
    Path("x[red].tsv").write_text(Path("pairs.tsv").read_text())
    assert "x[red].tsv" in done("x[red].tsv", "--out", "out[bold]").replace("\n ", "")


REPORT = PrepareReport(
    folder=Path("s2s-data/big"),
    seconds=61.26,
    notes=("test: 3 of 1,000 pairs are in train too; scores on them are flattering.",),
    manifest=Manifest.model_validate_json(
        json.dumps(
            {
                "format": "s2s-dataset",
                "format_version": 1,
                "made_by": "seq2seq-cli 0",
                "created": "2025-01-01T00:00:00+00:00",
                "name": "big",
                "seed": 1,
                "inputs": [],
                "source": {"tokenizer": "bpe", "reason": "r [red]", "vocabulary_size": 7_800},
                "target": {"tokenizer": "bpe", "reason": "s", "vocabulary_size": 12},
                "joint": True,
                "vocabulary_limit": None,
                "minimum_frequency": 1,
                "sample": 1,
                "valid_share": 0,
                "test_share": 0,
                "suggested_preset": "mt",
                "cleaning": {
                    "read": 4_321_000,
                    "kept": 4_300_000,
                    "dropped": {"empty side": 0, "duplicate": 20_000, "too long": 1_000},
                    "max_length": 250,
                    "max_ratio": 9,
                    "keep_duplicates": False,
                },
                "splits": {
                    name: {
                        "pairs": pairs,
                        "source": {"tokens": 10**5, "mean": 23.4, "longest": 250, "unknown": 0},
                        "target": {"tokens": 10**5, "mean": 9, "longest": 7, "unknown": unknown},
                        "links": False,
                        "labels": False,
                        "sources_in_train": None if name == "train" else 12,
                        "pairs_in_train": None if name == "train" else 3,
                    }
                    for name, pairs, unknown in (
                        ("train", 4_300_000, 1),
                        ("valid", 2_000, 1_234),
                        ("test_2016_flickr", 1_000, 10**5),
                    )
                },
            }
        )
    ),
)


EXPECTED = """\
 s2s-data/big  made in 61.3 s

 Training pairs: 4,321,000 read, 4,300,000 kept, 21,000 dropped (duplicate
 20,000, too long 1,000).
 In train too: valid 12 sources, 3 whole pairs; test_2016_flickr 12 sources, 3
 whole pairs.

                              source  tokens           target  tokens
 split                 pairs    mean     max  unknown    mean     max  unknown
 ─────────────────────────────────────────────────────────────────────────────
 train             4,300,000    23.4     250      0 %     9.0       7  <0.01 %
 valid                 2,000    23.4     250      0 %     9.0       7   1.23 %
 test_2016_flickr      1,000    23.4     250      0 %     9.0       7    100 %

 side    tokenizer   vocabulary  chosen because
 ──────────────────────────────────────────────
 source  bpe, joint       7,800  r [red]
 target  bpe, joint          12  s

 Preset for training: mt.
 Note: test: 3 of 1,000 pairs are in train too; scores on them are flattering.
 Next: s2s train
"""


def drawn(width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, markup=False)
    console.print(report_view(REPORT))
    lines = [line.rstrip() for line in console.file.getvalue().rstrip().split("\n")]
    return "\n".join(lines) + "\n"


def test_report_at_80_columns() -> None:
    assert drawn(80) == EXPECTED


@pytest.mark.parametrize("width", [30, 40, 60, 75, 76])
def test_report_fits_narrow_terminals(width: int) -> None:
    assert max(map(len, drawn(width).split("\n"))) <= width


def test_splits_apart_from_train_are_said_to_be() -> None:
    output = done("pairs.tsv")
    assert "In train too: nothing of the other splits." in output


def test_progress_is_for_terminals() -> None:
    quiet = io.StringIO()
    with watch(Console(file=quiet)) as progress:
        progress("reading", 10)
    assert quiet.getvalue() == ""
    shown = io.StringIO()
    with watch(Console(file=shown, force_terminal=True, width=60)) as progress:
        progress("reading", 12_000)
        # A status draws itself again when it ends.
    assert "reading  12,000 pairs" in shown.getvalue()


def test_data_sets_are_listed() -> None:
    assert "multi30k-en-de" in done("--list")
    entries = json.loads(done("--list", "--json"))
    assert [entry["names"][0] for entry in entries][:2] == ["multi30k-en-de", "iwslt15-en-vi"]
    assert entries[0]["bytes"] == 1_296_271
    assert entries[0]["verified"]
    assert not entries[2]["verified"]
    assert not Path("s2s-data").exists()


def test_a_data_set_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2S_CACHE", "cache")
    Path("cache/tatoeba").mkdir(parents=True)
    lines = "".join(f"A sentence {n}.\tUne phrase {n}.\tCC-BY\n" for n in range(300))
    with zipfile.ZipFile("cache/tatoeba/fra-eng.zip", "w") as archive:
        archive.writestr("fra.txt", lines)
    output = " ".join(done("tatoeba-en-fr").split())
    assert "s2s-data/tatoeba-en-fr made in" in output
    assert "the catalogue of data sets says so" in output
    assert "licence of tatoeba-en-fr: CC BY 2.0 FR" in output
    assert "fra-eng.zip: fra.txt is not verified against a published checksum" in output
    dataset = Dataset.open(Path("s2s-data/tatoeba-en-fr"))
    assert dataset.split_names == ("train", "valid", "test")
    assert dataset.manifest.inputs[0].verified is False


def test_a_data_set_without_a_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("S2S_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("S2S_MIRROR", "http://me:secret@127.0.0.1:1/")
    monkeypatch.setattr("seq2seq_cli.corpus.resuming.WAITS", ())
    result = CliRunner().invoke(app, ["prepare", "iwslt15-en-vi"])
    assert result.exit_code == 1
    assert "http://127.0.0.1:1/iwslt15/train.en: there is no connection" in result.stderr
    assert "https://nlp.stanford.edu/projects/nmt/data/iwslt15.en-vi/tst2013.vi" in result.stderr
    assert "secret" not in result.stderr
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(("whole", "shown"), [(3_000_000, "1.5 of 3.0 MB"), (None, "1.5 MB")])
def test_fetching_is_shown(whole: int | None, shown: str) -> None:
    terminal = io.StringIO()
    with watch(Console(file=terminal, force_terminal=True, width=80)) as progress:
        progress.fetching("a\x07.gz", 1_500_000, whole)
    assert f"fetching a␇.gz  {shown}" in terminal.getvalue()
