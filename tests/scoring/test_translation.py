"""BLEU, chrF and TER: the figures of the `sacrebleu` command, and clear errors."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.translation import bleu, chrf, ter

HYPOTHESES = [
    "The cat sat on the mat.",
    "",
    "Ein Hund läuft schnell , weg.  ",
    "It's  3,5 % more\u2028or less",
    "eine Katze und ein grüner Hund",
]
REFERENCES = [
    "the cat is sitting on the mat.",
    "Nothing here.",
    "Ein Hund läuft schnell weg.",
    "It's 3.5 % more\u2028or less!",
    "eine Katze und ein grüner Hund",
]


def command_scores(folder: Path, *options: str) -> dict[str, tuple[float, str]]:
    """What the `sacrebleu` command says of the lines, written to files: score and signature."""
    (folder / "hypotheses").write_bytes("".join(f"{line}\n" for line in HYPOTHESES).encode())
    (folder / "references").write_bytes("".join(f"{line}\n" for line in REFERENCES).encode())
    arguments = ["references", "-i", "hypotheses", "-m", "bleu", "chrf", "ter", "-w", "6"]
    done = subprocess.run(
        [sys.executable, "-m", "sacrebleu", *arguments, *options],
        cwd=folder,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    found = json.loads(done.stdout)
    return {entry["name"]: (entry["score"], entry["signature"]) for entry in found}


@pytest.mark.parametrize(
    ("options", "tokenizer", "lowercase"),
    [
        ((), "13a", False),
        (("-tok", "intl", "-lc", "--chrf-lowercase"), "intl", True),
        (("-tok", "char"), "char", False),
    ],
)
def test_the_sacrebleu_command_gives_the_same_figures(
    tmp_path: Path, options: tuple[str, ...], tokenizer: str, lowercase: bool
) -> None:
    ours = {
        "BLEU": bleu(HYPOTHESES, REFERENCES, tokenizer=tokenizer, lowercase=lowercase),
        "chrF2": chrf(HYPOTHESES, REFERENCES, lowercase=lowercase),
        "TER": ter(HYPOTHESES, REFERENCES),
    }
    theirs = command_scores(tmp_path, *options)
    assert theirs.keys() == ours.keys()
    for name, (score, signature) in theirs.items():
        assert 0.0 < score < 100.0
        assert ours[name].score == pytest.approx(score, abs=1e-6)
        assert ours[name].signature == signature


def test_bleu_by_hand() -> None:
    # right are a b c d (4 of 5), ab bc cd (3 of 4), abc bcd (2 of 3), abcd (1 of 2)
    expected = 100.0 * math.prod([4 / 5, 3 / 4, 2 / 3, 1 / 2]) ** 0.25
    assert bleu(["a b c d x"], ["a b c d e"]).score == pytest.approx(expected)


def test_bleu_by_hand_with_brevity_penalty() -> None:
    expected = 100.0 * math.exp(1 - 8 / 6)
    assert bleu(["a b c d e f"], ["a b c d e f g h"]).score == pytest.approx(expected)


def test_ter_by_hand() -> None:
    # One shift and one substitution for five reference words, case ignored.
    assert ter(["C d A b x"], ["a b c d e"]).score == pytest.approx(40.0)


def test_chrf_by_hand() -> None:
    # Orders 1 and 2 are all there is: 1 of 2 and 0 of 1 right, in precision as in recall.
    assert chrf(["ab"], ["ac"]).score == pytest.approx(25.0)


def test_case_counts_unless_it_is_switched_off() -> None:
    hypotheses, references = ["one two three four"], ["One Two Three Four"]
    assert bleu(hypotheses, references).score == 0.0
    assert bleu(hypotheses, references, lowercase=True).score == pytest.approx(100.0)
    assert chrf(hypotheses, references).score < 100.0
    assert chrf(hypotheses, references, lowercase=True).score == pytest.approx(100.0)


def test_the_signature_names_tokenizer_and_case() -> None:
    signature = bleu(["我爱你们"], ["我爱你们"], tokenizer="zh", lowercase=True).signature
    assert signature is not None
    assert signature.startswith("nrefs:1|case:lc|eff:no|tok:zh|smooth:exp|version:")


def test_text_that_looks_tokenized_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    lines = ["This ends in a period ."] * 200
    assert bleu(lines, lines).score == pytest.approx(100.0)
    assert capfd.readouterr() == ("", "")


def test_an_unknown_tokenizer_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"Unknown BLEU tokenizer 'moses'; known are: 13a, intl"):
        bleu(["a"], ["a"], tokenizer="moses")


def test_a_tokenizer_without_its_packages_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sacrebleu.tokenizers import tokenizer_ja_mecab

    monkeypatch.setattr(tokenizer_ja_mecab, "MeCab", None)
    with pytest.raises(InputError, match=r'pip install "sacrebleu\[ja\]"'):
        bleu(["a"], ["a"], tokenizer="ja-mecab")


@pytest.mark.parametrize("score", [bleu, chrf, ter])
def test_different_counts_name_both(score: type) -> None:
    with pytest.raises(InputError, match=r"found 3 hypotheses and 2 references"):
        score(["a", "b", "c"], ["a", "b"])


@pytest.mark.parametrize("score", [bleu, chrf, ter])
def test_no_lines_are_an_error(score: type) -> None:
    with pytest.raises(InputError, match="There are no lines to score"):
        score([], [])
