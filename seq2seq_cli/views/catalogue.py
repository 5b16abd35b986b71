"""The data sets that are known by name, as a table.

Knows nothing of how they are fetched.
"""

from collections.abc import Mapping
from pathlib import Path

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seq2seq_cli.corpus.catalogue import Entry
from seq2seq_cli.text.visible import visible

_NARROW = 76


def catalogue_view(entries: Mapping[str, Entry], cache: Path) -> RenderableType:
    """Draw each set with its size and licence; below 76 columns without what it is.

    Args:
        entries: by the names of their tables.
        cache: the folder that fetched files are kept in.
    """
    return _CatalogueView(entries, cache)


class _CatalogueView:
    def __init__(self, entries: Mapping[str, Entry], cache: Path) -> None:
        self.entries, self.cache = entries, cache

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Padding(self._table(options.max_width >= _NARROW), (0, 1, 1, 1), expand=False)
        if unverified := [key for key, entry in self.entries.items() if not entry.is_verified]:
            yield _paragraph(
                f"Not verified against a published checksum: {', '.join(unverified)}. What comes "
                "first is recorded, and what comes later compared with it."
            )
        yield _paragraph(f"Fetched files are kept in {visible(str(self.cache))}")
        yield _paragraph("Next: s2s prepare NAME")

    def _table(self, with_about: bool) -> Table:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
        table.add_column("name", no_wrap=True)
        for heading in ("pairs", "bytes"):
            table.add_column(heading, justify="right", overflow="fold")
        table.add_column("licence", overflow="fold")
        if with_about:
            table.add_column("what it is", overflow="fold")
        for key, entry in self.entries.items():
            cells = (entry.pairs, _size(entry), entry.licence, entry.about)
            names = Text("\n".join(entry.names(key)))
            table.add_row(names, *[Text(cell) for cell in cells[: len(table.columns) - 1]])
        return table


def _paragraph(text: str) -> Padding:
    return Padding(Text(text), (0, 1), expand=False)


def _size(entry: Entry) -> str:
    if entry.package:
        return "a package"
    return f"{entry.size / 1e6:.1f} MB" if entry.size else "varies"
