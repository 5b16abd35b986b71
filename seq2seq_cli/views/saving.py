"""Pictures saved to a file whose ending says the format; the check that comes before any work.

Knows nothing of what the formats look like, and imports each when it is needed.
"""

from collections.abc import Sequence
from pathlib import Path

from seq2seq_cli.errors import InputError
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.views.picture import Picture, SaveOptions

ENDINGS = (".svg", ".html", ".json", ".tsv", ".png")


def check_place(path: Path, *, force: bool, font: str | None = None) -> None:
    """Make sure that pictures can be saved at `path`, before time is spent on making them.

    Args:
        path: the file to write
        force: whether an existing file may be replaced
        font: the font that was asked for; None: none

    Raises:
        InputError: if the ending is unknown, the file exists and `force` is false, there is no
            such folder, or what a `.png` needs is missing.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        found = f"the ending {ending}" if ending else "no ending"
        raise InputError(
            f"{path} has {found}, and the ending says the format: use one of {', '.join(ENDINGS)}."
        )
    if path.is_dir():
        raise InputError(f"{path} is a folder. Name a file to write.")
    if path.exists() and not force:
        raise InputError(f"{path} exists already. Choose another name, or replace it by --force.")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}. Make it, or choose another place.")
    if font is not None and ending != ".png":
        raise InputError(f"--font is for .png alone: {ending} takes the reader's own fonts.")
    if ending == ".png":
        from seq2seq_cli.views.png import check_png

        check_png(font)


def save_pictures(
    pictures: Sequence[Picture], path: Path, *, options: SaveOptions, force: bool = False
) -> tuple[str, ...]:
    """Write at least one picture to `path`, whole or not at all.

    Returns:
        Warnings about what could not be shown, each a sentence.

    Raises:
        InputError: as `check_place` does.
        WorkError: if the file cannot be written.
    """
    check_place(path, force=force, font=options.font)
    data, warnings = _encode(pictures, path.suffix.lower(), options)
    write_atomic(path, data)
    return tuple(warnings)


def _encode(
    pictures: Sequence[Picture], ending: str, options: SaveOptions
) -> tuple[bytes, list[str]]:
    if ending == ".png":
        from seq2seq_cli.views.png import png_document

        return png_document(pictures, options)
    return _text(pictures, ending, options).encode("utf-8"), []


def _text(pictures: Sequence[Picture], ending: str, options: SaveOptions) -> str:
    if ending == ".json":
        from seq2seq_cli.views.facts import json_document

        return json_document(pictures, several=options.several)
    if ending == ".tsv":
        from seq2seq_cli.views.tsv import tsv_document

        return tsv_document(pictures, show_end=options.show_end)
    if ending == ".svg":
        from seq2seq_cli.views.svg import svg_document

        return svg_document(pictures, options)
    from seq2seq_cli.views.web_page import page_document

    return page_document(pictures, options)
