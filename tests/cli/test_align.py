"""`s2s align`: one line of links for each pair, whatever the pairs are."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import Result

from seq2seq_cli.scoring.alignment import parse_links

S2S = Callable[..., Result]
PAIRS = (
    "bada gide moku\tbada gide moku\n\nlira\t\n\tlira\n  \t \nniro suto\tniro suto\ntane\ttane\n"
)
DIAGONALS = ["0-0 1-1 2-2", "", "", "", "", "0-0 1-1", "0-0"]


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


@pytest.fixture
def align(s2s: S2S, copy_run: Path) -> S2S:
    def run(*arguments: str | Path, stdin: str | bytes = b"") -> Result:
        return s2s("align", "--run", copy_run, "--threads", "1", *arguments, stdin=stdin)

    return run


def lines(result: Result) -> list[str]:
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("\n")
    return result.stdout.split("\n")[:-1]


@pytest.mark.parametrize("method", ["mutual", "strongest", "threshold"])
def test_a_copy_is_aligned_along_the_diagonal_and_blank_stays_blank(
    align: S2S, method: str
) -> None:
    Path("pairs.tsv").write_text(PAIRS)
    assert lines(align("pairs.tsv", "--method", method)) == DIAGONALS


def test_every_way_to_name_pairs_gives_the_same_lines(align: S2S, tmp_path: Path) -> None:
    rows = [line.split("\t") for line in PAIRS.splitlines() if "\t" in line]
    Path("pairs.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in rows))
    Path("swapped.tsv").write_text("".join(f"note\t{b}\t{a}\n" for a, b in rows))
    Path("one.txt").write_text("".join(f"{a}\n" for a, _ in rows))
    (tmp_path / "two.gz").write_bytes(gzip.compress("".join(f"{b}\n" for _, b in rows).encode()))
    expected = lines(align("pairs.tsv"))
    assert expected == [DIAGONALS[0], *DIAGONALS[2:]]
    assert lines(align("--tsv", "pairs.tsv")) == expected
    assert lines(align("-", stdin=Path("pairs.tsv").read_bytes())) == expected
    assert lines(align("--src", "one.txt", "--tgt", "two.gz")) == expected
    assert lines(align("--src", "-", "--tgt", "two.gz", stdin=Path("one.txt").read_bytes())) == (
        expected
    )
    assert lines(align("swapped.tsv", "--src-col", "3", "--tgt-col", "2")) == expected


def test_a_split_is_the_pairs_of_the_dataset(align: S2S, copy_data: Path) -> None:
    found = lines(align("--split", "valid"))
    sources = (copy_data / "valid.source.txt").read_text().splitlines()
    assert len(found) == len(sources)
    several = [
        (line, source.split())
        for line, source in zip(found, sources, strict=True)
        if len(set(source.split())) == len(source.split())
    ]
    right = [line == " ".join(f"{i}-{i}" for i in range(len(words))) for line, words in several]
    assert sum(right) > 0.9 * len(right)
    assert lines(align("--data", copy_data, "--split", "valid")) == found


def test_the_formats_read_back(align: S2S) -> None:
    def written(name: str) -> list[str]:
        return lines(align("-", "--format", name, stdin=PAIRS))

    for pharaoh, talp, weights, fact in zip(
        *(written(name) for name in ("pharaoh", "talp", "probabilities", "json")), strict=True
    ):
        links, _ = parse_links(pharaoh, origin="test", line_number=1)
        assert parse_links(talp, one_based=True, origin="test", line_number=1)[0] == links
        cells = [cell.split(":") for cell in weights.split()]
        assert " ".join(link for link, _ in cells) == pharaoh
        assert all(0.5 < float(weight) <= 1.0 for _, weight in cells)
        facts = json.loads(fact)
        assert {(link["source"], link["target"]) for link in facts["links"]} == links
        assert [f"{link['weight']:.4f}" for link in facts["links"]] == [w for _, w in cells]
        assert facts["source_tokens"] == facts["target_tokens"] or not links
    assert written("json") == lines(align("-", "--json", stdin=PAIRS))


def test_two_directions_agree_about_a_copy(align: S2S, copy_run: Path) -> None:
    for way in ("mean", "intersection", "union", "grow-diag", "grow-diag-final-and"):
        arguments = ("-", "--reverse", copy_run, "--symmetrize", way)
        assert lines(align(*arguments, stdin=PAIRS)) == DIAGONALS
    assert lines(align("-", "--reverse", copy_run, "--format", "talp", stdin=PAIRS))[0] == (
        "1-1 2-2 3-3"
    )


def test_units_are_words_or_what_white_space_separates(align: S2S) -> None:
    """`gide,` is one unit between spaces, which is this run's token, and two words."""
    pair = "bada gide, moku\tbada gide, moku\n"
    tokens = {
        unit: json.loads(lines(align("-", "--json", "--units", unit, stdin=pair))[0])
        for unit in ("words", "space", "pieces")
    }
    assert tokens["words"]["source_tokens"] == ["bada", "gide", ",", "moku"]
    assert tokens["space"]["target_tokens"] == ["bada", "gide,", "moku"]
    assert tokens["pieces"] == tokens["space"]
    usual = json.loads(lines(align("-", "--json", stdin=pair))[0])
    assert usual == tokens["space"]


def test_chunks_keep_lines_in_order(align: S2S, monkeypatch: pytest.MonkeyPatch) -> None:
    from seq2seq_cli.cli import pairs

    monkeypatch.setattr(pairs, "CHUNK", 2)
    Path("pairs.tsv").write_text(PAIRS)
    assert lines(align("pairs.tsv")) == DIAGONALS


def test_a_very_long_line_is_aligned(align: S2S) -> None:
    long = " ".join(["bada"] * 1_500)
    found = lines(align("-", stdin=f"{long}\t{long}\nniro suto\tniro suto\n"))
    assert len(found) == 2
    assert found[1] == "0-0 1-1"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "no pairs are named. Give a TSV (- for standard input), --src and --tgt, or --split"),
        (["two", "--tsv", "two"], "the TSV is named twice"),
        (["two", "--split", "test"], "pairs are named more than once."),
        (["--src", "two"], "--src and --tgt belong together: give both files, or neither."),
        (["--src", "two", "--tgt", "three"], "two has 2 lines and three has 3;"),
        (["--src", "-", "--tgt", "-"], "can be read once only"),
        (["two"], "two, line 1 has 1 column; 2 are expected, separated by tabs."),
        (["nowhere"], "nowhere: there is no such file."),
        (["two", "--src-col", "zero"], "--src-col zero: the first line of two names no such"),
        (["--split", "tset"], "no split `tset`; it has train, valid, test."),
        (["t.tsv", "--symmetrize", "union"], "--symmetrize combines two directions: name a run"),
        (["t.tsv", "--threshold", "1.5"], "--threshold 1.5: a weight above 0 and up to 1"),
        (["t.tsv", "--method", "strongest", "--threshold", "0.5"], "strongest has none."),
        (["t.tsv", "--reverse", "nowhere"], "nowhere is not a run: it has no config.toml."),
    ],
)
def test_refusals_print_no_links(align: S2S, arguments: list[str], expected: str) -> None:
    Path("two").write_text("a\nb\n")
    Path("three").write_text("a\nb\nc\n")
    Path("t.tsv").write_text("bada\tbada\n")
    result = align(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert expected in flat(result.stderr)


def test_a_run_without_attention_cannot_align(
    s2s: S2S, copy_data: Path, copy_run: Path, copy_options: list[str]
) -> None:
    plain = ("--attention", "none", "--epochs", "1", "--quiet", "--run", "plain")
    assert s2s("train", copy_data, *copy_options, *plain).exit_code == 0
    for runs in (("--run", "plain"), ("--run", copy_run, "--reverse", "plain")):
        result = s2s("align", "-", *runs, "--threads", "1", stdin="bada\tbada\n")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "plain has no attention (it was trained with --attention none)" in flat(
            result.stderr
        )


@pytest.fixture
def process(copy_run: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real `s2s align -` between pipes."""
    command = [sys.executable, "-m", "seq2seq_cli", "align", "-", "--threads", "1"]
    with subprocess.Popen(
        [*command, "--run", str(copy_run)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as started:
        yield started
        started.kill()


def test_pairs_are_answered_as_they_arrive_and_a_reader_may_leave(
    process: subprocess.Popen[bytes],
) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(b"bada gide\tbada gide\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"0-0 1-1\n"
    process.stdout.close()
    with suppress(BrokenPipeError):
        process.stdin.write(b"gide\tgide\n" * 3)
        process.stdin.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == b""
