"""File names as they are typed: one, several, a pattern such as `part-*.tsv`, or `@LIST`.

Knows nothing of what is in the files, but for lists of names.
"""

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from seq2seq_cli.corpus.files import STANDARD_INPUT, TextFile
from seq2seq_cli.corpus.remote import is_remote, without_secrets
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible

LIST_MARK = "@"
MOST_FILES = 100_000
_PACKED = {".gz", ".bz2", ".xz"}
_PLAIN_STEMS = {"train", "training", "data", "corpus", "source", "src"}
Names = str | Sequence[str] | None


def as_typed(names: Names) -> tuple[str, ...]:
    """What was typed, as a tuple; nothing is an empty one."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def expanded(names: Names) -> list[str]:
    """The files that are meant: patterns sorted by name, lists in their order.

    A name that is a file is that file, whatever characters it has.

    Raises:
        InputError: if a pattern fits no file, a list cannot be read or is empty, or there are more
            files than 100,000.
    """
    files: list[str] = []
    for name in as_typed(names):
        if name.startswith(LIST_MARK) and not exists(name):
            files += _listed(name)
        else:
            files += _matching(name)
    if len(files) > MOST_FILES:
        raise InputError(f"{len(files):,} files are named; at most {MOST_FILES:,} can be read.")
    return files


def exists(path: str) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _listed(name: str) -> list[str]:
    """The files of a list: a name, or a pattern, a line; blank lines are left out."""
    lines = TextFile(name.removeprefix(LIST_MARK)).lines()
    found = [file for line in lines if line.strip() for file in _matching(line.strip())]
    if not found:
        raise InputError(f"{visible(name)}: the list names no file; a name a line is expected.")
    return found


def _matching(name: str) -> list[str]:
    if name == STANDARD_INPUT or is_remote(name) or not glob.has_magic(name) or exists(name):
        return [name]
    paths = glob.glob(name, recursive=True)  # noqa: PTH207 - a pattern may be absolute
    found = sorted(path for path in paths if Path(path).is_file())
    if not found:
        raise InputError(
            f"{visible(name)} fits no file. Patterns have *, ? and [a-z]; look at the folder, or "
            "name the files themselves."
        )
    return found


def dataset_name(files: Sequence[str]) -> str:
    """A name for a dataset after its training files: what their names begin with alike.

    Where that says nothing (`train.tsv`, `00.tsv`), it is the name of their folder.
    """
    if not files:
        return "corpus"
    if files[0] == STANDARD_INPUT:
        return "stdin"
    files = [without_secrets(file) for file in files]
    stem = os.path.commonprefix([_stem(Path(file)) for file in files])  # noqa: RUF071 - of names
    if len(files) > 1:
        stem = stem.rstrip("0123456789._- ")
    if not stem or stem.lower() in _PLAIN_STEMS:
        stem = Path(files[0]).absolute().parent.name or stem
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:64] or "corpus"


def _stem(path: Path) -> str:
    if path.suffix.lower() in _PACKED:
        path = path.with_suffix("")
    return path.name.split(".")[0] or path.name
