"""What is shipped: the wheel and the sdist, their metadata, the pins, and a start without torch."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from platform import python_version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from seq2seq_cli import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel, which is made from the sdist alone."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_holds_the_package_with_its_corpus_and_presets(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "seq2seq_cli"
    files = [*package.rglob("*.py"), *package.glob("presets/*.toml"), package / "py.typed"]
    files.extend([*package.glob("views/page/*"), package / "corpus" / "catalogue.toml"])
    expected = {path.relative_to(ROOT).as_posix() for path in files}
    expected |= {f"seq2seq_cli/data/{path.name}" for path in (ROOT / "data").iterdir()}
    assert {"seq2seq_cli/data/grammar.toml", "seq2seq_cli/views/page/page.js"} <= expected
    assert {name for name in names if name.startswith("seq2seq_cli/")} == expected


def test_the_wheel_says_what_it_is(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    assert wheel.name == f"seq2seq_cli-{__version__}-py3-none-any.whl"
    metadata = f"seq2seq_cli-{__version__}.dist-info/"
    archive = zipfile.ZipFile(wheel)
    lines = archive.read(f"{metadata}METADATA").decode().splitlines()
    for line in (
        "Name: seq2seq-cli",
        f"Version: {__version__}",
        "License-Expression: Apache-2.0",
        "Requires-Python: >=3.11",
        "Requires-Dist: torch>=2.6",
    ):
        assert line in lines
    scripts = archive.read(f"{metadata}entry_points.txt").decode()
    assert "s2s = seq2seq_cli.__main__:main" in scripts
    assert f"{metadata}licenses/LICENSE" in archive.namelist()


def test_the_sdist_holds_what_building_and_testing_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "constraints.txt",
        "data/grammar.toml",
        "docs/attend.svg",
        "seq2seq_cli/py.typed",
        "tests/test_packaging.py",
    } <= names


def run_python(code: str) -> str:
    command = [sys.executable, "-c", f"import sys\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_importing_the_package_does_not_import_torch() -> None:
    assert run_python("import seq2seq_cli; print('torch' in sys.modules)") == "False\n"


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_and_version_do_not_import_torch(arguments: list[str]) -> None:
    code = (
        f"sys.argv[1:] = {arguments!r}\n"
        "from seq2seq_cli.__main__ import main\n"
        "try:\n    main()\nfinally:\n    print('torch imported:', 'torch' in sys.modules)"
    )
    assert run_python(code).endswith("torch imported: False\n")


def test_version_names_s2s_python_and_torch() -> None:
    command = [sys.executable, "-m", "seq2seq_cli", "--version"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    expected = f"s2s {__version__}, Python {python_version()}, torch {version('torch')}\n"
    assert printed == expected


def pins() -> dict[str, str]:
    """Version by canonical name, from constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    matches = [re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][0-9a-z.]*)", row) for row in rows]
    assert None not in matches, "constraints.txt has a line that is no plain NAME==VERSION"
    return {canonicalize_name(found[1]): found[2] for found in matches if found}


def required(requirement: Requirement, seen: set[str]) -> Iterator[Requirement]:
    """A requirement and all that it needs here, as far as it is installed."""
    yield requirement
    try:
        rows = distribution(requirement.name).requires or []
    except PackageNotFoundError:
        return
    for row in rows:
        needed = Requirement(row)
        extras = [{"extra": extra} for extra in ("", *requirement.extras)]
        applies = not needed.marker or any(needed.marker.evaluate(extra) for extra in extras)
        if applies and needed.name not in seen:
            seen.add(needed.name)
            yield from required(needed, seen)


def test_constraints_pin_all_that_the_readme_installs() -> None:
    direct = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    pinned = pins()
    for requirement in (found for row in direct for found in required(Requirement(row), set())):
        name = canonicalize_name(requirement.name)
        if name.startswith(("nvidia-", "cuda-", "triton")):
            continue  # torch itself pins what its GPU builds need
        assert name in pinned, f"{name} is not pinned in constraints.txt"
        assert requirement.specifier.contains(pinned[name]), f"{requirement} has {pinned[name]}"


def test_torch_has_a_lower_bound_and_no_upper_one() -> None:
    assert "torch>=2.6" in PROJECT["dependencies"]
