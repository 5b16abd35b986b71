"""What `--save` does: checked before any work, written after it, said on standard error.

Knows nothing of how pictures are made. Imports no torch.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seq2seq_cli.errors import InputError
from seq2seq_cli.views.console import human_console, print_message
from seq2seq_cli.views.picture import Picture, SaveOptions
from seq2seq_cli.views.saving import check_place, save_pictures


def check_saving(path: Path | None, *, font: str | None, force: bool) -> None:
    """Make sure that `--save` can do what it is asked for, before time is spent.

    Raises:
        InputError: if it cannot, or if options that go with it are there without it.
    """
    if path is not None:
        check_place(path, force=force, font=font)
    elif font is not None:
        raise InputError("--font is for --save FILE.png. Name a file to save.")


@contextmanager
def saved_at_end(
    path: Path | None, options: SaveOptions, *, force: bool
) -> Iterator[list[Picture]]:
    """A list to fill; however the block ends, what is in it then is saved to `path`."""
    pictures: list[Picture] = []
    try:
        yield pictures
    finally:
        if path is not None and pictures:
            _save(pictures, path, options, force=force)
    if path is not None and not pictures:
        _say(f"there was nothing to save: {path} is not written.")


def _save(pictures: list[Picture], path: Path, options: SaveOptions, *, force: bool) -> None:
    for warning in save_pictures(pictures, path, options=options, force=force):
        _say(f"warning: {warning}")
    count = "1 alignment" if len(pictures) == 1 else f"{len(pictures):,} alignments"
    _say(f"saved {count} to {path} ({_size(path)})")


def _size(path: Path) -> str:
    size = path.stat().st_size
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _say(message: str) -> None:
    print_message(human_console(stderr=True), message)
