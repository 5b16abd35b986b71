"""Features of a source through every command: an inflection that only a feature decides."""

import json
import random
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import seq2seq_cli
from seq2seq_cli.cli.app import app
from seq2seq_cli.errors import InputError

S2S = Callable[..., Result]
ENDINGS = {"V;PRS": "as", "V;PST": "is", "N;PL": "oj"}
SIZES = (
    *("--threads", "1", "--embedding-size", "16", "--encoder-size", "24", "--decoder-size", "48"),
    *("--attention-size", "24", "--batch-sentences", "16", "--dropout", "0", "--epochs", "7"),
    *("--learning-rate", "8e-3", "--seed", "1", "--device", "cpu", "--precision", "fp32"),
    "--quiet",
)


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


@pytest.fixture(scope="module")
def inflection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `words.tsv`, the dataset `data` of it, and a run `run` trained on that."""
    folder = tmp_path_factory.mktemp("inflection")
    chance = random.Random(2)
    stems = ["".join(letters) for letters in product("bdgk", "aeo", "lmt")]
    words = sorted({a + b for a, b in (chance.choices(stems, k=2) for _ in range(260))})
    rows = [f"{word}\t{word}{end}\t{tags}" for word in words for tags, end in ENDINGS.items()]
    (folder / "words.tsv").write_text("".join(f"{row}\n" for row in rows))
    made = CliRunner().invoke(
        app,
        ["prepare", str(folder / "words.tsv"), "--feature-col", "3", "--out", str(folder / "data")],
    )
    assert made.exit_code == 0, made.output
    assert "Preset for training: inflect, because single words with features" in flat(made.output)
    trained = CliRunner().invoke(
        app, ["train", str(folder / "data"), "--run", str(folder / "run"), *SIZES]
    )
    assert trained.exit_code == 0, trained.output
    return folder


def test_a_feature_decides_the_ending(s2s: S2S, inflection: Path) -> None:
    found = s2s("evaluate", inflection / "run", "--beam", "1", "--threads", "1", "--json")
    assert json.loads(found.stdout)["test"]["exact_match"]["score"] >= 90
    lines = "".join(f"gatbel\t{tags}\n" for tags in ENDINGS)
    result = s2s("translate", "--run", inflection / "run", "--threads", "1", stdin=lines + "\n")
    assert result.stdout.splitlines() == ["gatbelas", "gatbelis", "gatbeloj", ""]


def test_the_table_shows_features_as_columns_of_their_own(s2s: S2S, inflection: Path) -> None:
    attend = ("attend", "gatbel", "--run", inflection / "run", "--threads", "1")
    one = s2s(*attend, "--feature", "V", "--feature", "PST", "--json")
    assert one.exit_code == 0, one.output
    facts = json.loads(one.stdout)
    assert facts["source"] == "gatbel\tV;PST"
    (hypothesis,) = facts["hypotheses"]
    assert hypothesis["text"] == "gatbelis"
    assert hypothesis["source_tokens"] == ["<V>", "<PST>", *"gatbel", "</s>"]
    assert s2s(*attend, "--feature", "V;PST", "--json").stdout == one.stdout
    assert "<V>" in s2s(*attend, "--feature", "V;PST").stdout


def test_an_unknown_feature_is_noted_with_the_closest(s2s: S2S, inflection: Path) -> None:
    run = ("--run", inflection / "run", "--threads", "1")
    shown = s2s("attend", "gatbel", *run, "--feature", "V;PSTT").stdout
    assert "“<PSTT>” is not in the vocabulary; closest: <PST>" in flat(shown)
    result = s2s("translate", *run, stdin="gatbel\tV;PSTT\ngatbel\tV;PSTT\n")
    assert len(result.stdout.splitlines()) == 2
    warning = "warning: standard input, line 1: “<PSTT>” is not in the vocabulary; closest: <PST>"
    assert flat(result.stderr).startswith(warning)
    assert result.stderr.count("warning") == 1


def test_features_belong_to_no_link(s2s: S2S, inflection: Path) -> None:
    (Path("pairs.tsv")).write_text("dalget\tdalgetas\tV;PRS\n")
    (Path("swapped.tsv")).write_text("V;PRS\tdalgetas\tdalget\n")
    align = ("align", "--run", inflection / "run", "--threads", "1", "--json")
    found = s2s(*align, "pairs.tsv")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["source_tokens"] == list("dalget")
    places = ("--src-col", "3", "--tgt-col", "2", "--feature-col", "1")
    assert s2s(*align, "swapped.tsv", *places).stdout == found.stdout
    Path("one.txt").write_text("dalget\tV;PRS\n")
    Path("two.txt").write_text("dalgetas\n")
    assert s2s(*align, "--src", "one.txt", "--tgt", "two.txt").stdout == found.stdout


def test_files_are_scored_with_their_columns(s2s: S2S, inflection: Path) -> None:
    Path("one.txt").write_text("dalget\tV;PRS\n")
    Path("two.txt").write_text("dalgetas\n")
    score = ("evaluate", inflection / "run", "--src", "one.txt", "--ref", "two.txt", "--json")
    found = s2s(*score, "--threads", "1")
    assert json.loads(found.stdout)["one.txt"]["exact_match"]["score"] == 100
    Path("one.txt").write_text("dalget\n")
    found = s2s(*score, "--threads", "1")
    assert found.exit_code == 2
    assert "one.txt, line 1: expected a source and, after tabs, 1 column of features" in flat(
        found.stderr
    )


def test_features_are_no_part_of_a_length(s2s: S2S, inflection: Path) -> None:
    Path("one.txt").write_text("dalget\tV;PRS\ngat\tV;PRS\n")
    Path("two.txt").write_text("dalgetas\ngatas\n")
    files = ("--src", "one.txt", "--ref", "two.txt")
    found = s2s("evaluate", inflection / "run", *files, "--by-length", "--threads", "1", "--json")
    chart = json.loads(found.stdout)
    assert chart["unit"] == "characters"
    assert chart["ranges"][-1]["longest"] == len("dalget")


def test_a_separator_that_a_normal_form_changes_still_separates(s2s: S2S) -> None:
    Path("words.tsv").write_text("".join(f"a{n}\tb{n}\tV；PST\n" for n in range(40)))
    made = s2s(
        *("prepare", "words.tsv", "--feature-col", "3", "--feature-separator", "；"),
        *("--normalize", "nfkc", "--out", "data"),
    )
    assert made.exit_code == 0, made.output
    tokens = json.loads(Path("data/source.vocabulary.json").read_text())["tokens"]
    assert [token for token in tokens if token.startswith(" ")] == [" PST", " V"]


def test_the_api_checks_columns_too(inflection: Path) -> None:
    model = seq2seq_cli.load(inflection / "run", device="cpu")
    assert model.translate(["gatbel\tV;PST"]) == ["gatbelis"]
    with pytest.raises(InputError, match="line 2: expected a source and, after tabs, 1 column"):
        model.translate(["gatbel\tV;PST", "gatbel"])
    with pytest.raises(InputError, match="the line: expected a source and, after tabs, 1 column"):
        model.attend("gatbel")


def test_what_is_missing_or_too_much_is_said(s2s: S2S, inflection: Path, copy_run: Path) -> None:
    run = ("--run", inflection / "run", "--threads", "1")
    for arguments, typed, message in (
        (
            ("attend", "gatbel", *run),
            "",
            "reads features beside the text: give each with --feature",
        ),
        (
            ("attend", "gatbel\tV\tPST", *run),
            "",
            "the sentence: expected a source and, after tabs, 1 column of features",
        ),
        (("attend", "bada", "--run", copy_run, "--feature", "V"), "", "was prepared without"),
        (("translate", *run), "gatbel\tV\ngatbel\n", "standard input, line 2: expected a source"),
        (("align", "-", *run), "gatbel\tgatbelas\n", "line 1 has 2 columns; 3 are expected"),
        (
            ("align", "-", *run, "--feature-col", "3", "--feature-col", "4"),
            "",
            "2 columns are named",
        ),
        (("prepare", "demo", "--feature-col", "3"), "", "--feature-col names columns of TSV files"),
        (("prepare", "x", "--feature-separator", ""), "", "1 to 16 characters without tabs"),
        (("prepare", "x", "--normalize", "nfx"), "", "known are nfc, nfd, nfkc"),
    ):
        result = s2s(*arguments, stdin=typed)
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in flat(result.stderr)


def test_decomposed_text_is_scored_as_it_was_given(s2s: S2S) -> None:
    chance = random.Random(4)
    words = ["".join(chance.choices("한국말글각나다라", k=3)) for _ in range(400)]
    Path("words.tsv").write_text("".join(f"{word}\t{word[::-1]}\n" for word in words), "utf-8")
    made = s2s("prepare", "words.tsv", "--normalize", "nfd", "--tokenizer", "char", "--out", "data")
    assert made.exit_code == 0, made.output
    assert "char, nfd" in flat(made.stdout)
    assert s2s("train", "data", "--run", "run", *SIZES, "--epochs", "1").exit_code == 0
    shown = json.loads(s2s("evaluate", "run", "--threads", "1", "--json").stdout)
    folder = Path("run") / "evaluation" / "test"
    references = (folder / "references.txt").read_text("utf-8").splitlines()
    assert set(references) <= {word[::-1] for word in words}
    assert shown["test"]["count"] == len(references)
    table = json.loads(s2s("attend", "한글", "--run", "run", "--target", "글한", "--json").stdout)
    (forced,) = table["hypotheses"]
    assert forced["text"] == "글한"
    assert forced["source_tokens"] == [*"ㅎㅏㄴㄱㅡㄹ", "</s>"]
