"""Writes the README's list of files: one line each, the first line of the module's docstring.

    python docs/list_files.py

A test compares the README with `file_list`, so the two cannot drift apart.
"""

import ast
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README, PACKAGE = ROOT / "README.md", ROOT / "seq2seq_cli"
BEGIN, END = "<!-- files: begin -->", "<!-- files: end -->"


def file_list() -> str:
    """Every module of the package, folder by folder, the top one first."""
    modules = sorted(PACKAGE.rglob("*.py"), key=lambda path: (path.parent, path.name))
    blocks = []
    for folder, files in groupby(modules, key=lambda path: path.parent):
        rows = (f"- `{path.name}`: {_first_line(path)}" for path in files)
        heading = f"**`{folder.relative_to(ROOT).as_posix()}/`**"
        blocks.append("\n".join((heading, "", *rows)))
    return "\n\n".join(blocks)


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    if not docstring:
        raise SystemExit(f"{path} has no docstring: say its job in the first line.")
    return docstring.splitlines()[0]


def replace_list(readme: str) -> str:
    """The README with its list brought up to date."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{file_list()}\n\n{END}{after}"


if __name__ == "__main__":
    README.write_text(replace_list(README.read_text("utf-8")), "utf-8")
