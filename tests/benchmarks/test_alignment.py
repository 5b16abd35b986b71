"""The agreement of two files of links, and links of two directions made one: by hand, as typed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def type_command(task: str, first: str, second: str, folder: Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command on two texts."""
    files = [folder / "first.links", folder / "second.links"]
    for file, text in zip(files, (first, second), strict=True):
        file.write_text(text, "utf-8")
    command = [sys.executable, "-m", "benchmarks.alignment", task, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_agreement_counts_links_over_all_lines(tmp_path: Path) -> None:
    reference, found = "0-0 1-1 2-2\n\n0-0\n", "0-0 1-2\n0-0\n0-0 1-1\n"
    code, printed, _ = type_command("agree", reference, found, tmp_path)
    assert code == 0  # 2 links are shared, of 5 found and 4 in the reference
    assert printed == "precision 0.400  recall 0.500  F1 0.444  lines 3\n"


def test_two_directions_become_one(tmp_path: Path) -> None:
    # 0-0 is agreed; 1-0 touches it and brings word 1; 3-3 joins two words without a link.
    code, printed, _ = type_command("symmetrize", "0-0 1-0 3-3\n", "0-0\n", tmp_path)
    assert (code, printed) == (0, "0-0 1-0 3-3\n")


@pytest.mark.parametrize(
    ("second", "said"),
    [("0-0\n", "has 2 lines and"), ("0-0\n0:1\n", "second.links, line 2")],
)
def test_files_that_do_not_fit_are_one_message(tmp_path: Path, second: str, said: str) -> None:
    code, printed, complaint = type_command("agree", "0-0\n0-0\n", second, tmp_path)
    assert (code, printed) == (2, "")
    assert complaint.startswith("error: ") and said in complaint
    assert "Traceback" not in complaint
