"""The table of data sets: complete in a usual terminal, and readable in a narrow one."""

from pathlib import Path

import pytest
from rich.console import Console

from seq2seq_cli.corpus.catalogue import all_names, read_catalogue
from seq2seq_cli.views.catalogue import catalogue_view


def drawn(width: int) -> str:
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(catalogue_view(read_catalogue(), Path("/cache/[red]s2s")))
    return capture.get()


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_every_set_is_named_at_any_width(width: int) -> None:
    lines = drawn(width).splitlines()
    assert max(map(len, lines)) <= width
    names = [line.split()[0] for line in lines if line.strip()]
    assert [name for name in names if name in all_names()] == all_names()


def test_sizes_licences_and_what_nobody_vouches_for() -> None:
    text = drawn(200)
    assert "1.3 MB" in text
    assert "varies" in text
    assert "CC BY 2.0 FR" in text
    assert "Not verified against a published checksum: tatoeba." in text
    assert "/cache/[red]s2s" in text
