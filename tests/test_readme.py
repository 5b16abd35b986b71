"""The README does as it says: its first command from a built wheel, then each example in order."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
LEAST_BLEU = 90.0  # of the built-in corpus; a model that learned less shows no clean alignment


def blocks(language: str) -> list[str]:
    """The README's fenced blocks in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def console_commands(block: str) -> list[str]:
    """What is typed at the prompt; a backslash at the end goes on in the next line."""
    joined = block.replace("\\\n", " ")
    return [line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ ")]


@dataclass(frozen=True, kw_only=True)
class Place:
    """An empty folder with a virtual environment in which the wheel is installed."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        clean = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "FORCE_COLOR", "VIRTUAL_ENV")
        }
        scripts = (self.folder / ".venv" / "bin", Path(sys.executable).parent)
        path = os.pathsep.join((*map(str, scripts), clean.get("PATH", "")))
        return clean | {"PATH": path}

    def type(self, command: str) -> str:
        """Run one line of shell; its standard output."""
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Warning" not in done.stderr, f"{command}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A fresh environment that has the wheel, and sees this one's packages for all the rest."""
    folder, wheels = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(ROOT)]
    subprocess.run(build, check=True)
    venv = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    install = ["--python", str(python), "install", "--no-deps", "--no-index"]
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, *install, str(wheel)], check=True)
    (own,) = venv.glob("lib/python*/site-packages")
    (own / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return Place(folder=folder)


@pytest.mark.slow
def test_the_first_command_and_all_examples_work_as_written(place: Place) -> None:
    installed = place.type(".venv/bin/python -c 'import seq2seq_cli as s; print(s.__file__)'")
    assert Path(installed.strip()).is_relative_to(place.folder)

    _, _, main_job = blocks("sh")[0].strip().partition("pip install -c constraints.txt . && ")
    printed = place.type(main_job)
    assert "Le vieux professeur ne voit pas les chats noirs." in printed
    scores = place.folder / "s2s-runs" / "demo" / "evaluation" / "test" / "evaluation.json"
    assert json.loads(scores.read_text("utf-8"))["bleu"]["score"] >= LEAST_BLEU

    for block in blocks("console"):
        for command in console_commands(block):
            place.type(command)
    for block in blocks("python"):
        (place.folder / "example.py").write_text(block, "utf-8")
        assert "Le chat noir dort." in place.type(".venv/bin/python example.py")


def test_the_readme_has_two_commands_of_one_line_each() -> None:
    main_job, tests = (block.strip() for block in blocks("sh"))
    fresh = "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt "
    assert "\n" not in main_job + tests
    assert main_job.startswith(f"{fresh}. && .venv/bin/s2s train && ")
    assert tests == f"{fresh}-e '.[test]' && .venv/bin/pytest"


def test_every_console_block_has_commands() -> None:
    assert all(console_commands(block) for block in blocks("console"))
    names = {c.split()[1] for b in blocks("console") for c in console_commands(b) if "s2s " in c}
    assert {"prepare", "train", "evaluate", "attend"} <= names


def test_the_readme_lists_each_file_in_one_line() -> None:
    path = ROOT / "docs" / "list_files.py"
    spec = importlib.util.spec_from_file_location("list_files", path)
    assert spec is not None and spec.loader is not None
    lister = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lister)
    listed = lister.file_list()
    count = sum(1 for _ in (ROOT / "seq2seq_cli").rglob("*.py"))
    assert len(re.findall(r"^- `\w+\.py`: .+$", listed, flags=re.MULTILINE)) == count
    assert listed in README, "README.md is behind: run `python docs/list_files.py`"


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)|src=\"([^\"]+)\"", README)
    targets = [one or other for one, other in links]
    assert "docs/attend.svg" in targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
