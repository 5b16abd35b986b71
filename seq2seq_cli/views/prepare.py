"""What `s2s prepare` did, as tables; and, while it works, how far it is.

Knows nothing of how a dataset is made.
"""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seq2seq_cli.batching.dataset import DEFAULT_ROOT
from seq2seq_cli.batching.manifest import Cleaning, Lengths, Manifest, SideRecord, SplitRecord
from seq2seq_cli.batching.prepare import PrepareReport
from seq2seq_cli.corpus.splitting import TRAIN
from seq2seq_cli.text.visible import visible

_NARROW = 76
_TINY = 48


def report_view(report: PrepareReport) -> RenderableType:
    """Draw what was read, kept and dropped, every split, both sides, notes and the next command.

    Below 76 columns lengths are left out, below 48 unknown rates and reasons too.
    """
    return _ReportView(report)


class Watch:
    """Where what happens is told: stages of preparation when called, and files as they come."""

    def __init__(self, show: Callable[[Text], None]) -> None:
        self._show = show

    def __call__(self, stage: str, pairs: int) -> None:
        self._show(Text(f"{stage}  {pairs:,} pairs"))

    def fetching(self, file: str, done: int, whole: int | None) -> None:
        """Tell how many bytes of a file have come, and of how many where that is known."""
        of = f" of {whole / 1e6:,.1f}" if whole else ""
        self._show(Text(f"fetching {visible(file)}  {done / 1e6:,.1f}{of} MB"))


@contextmanager
def watch(console: Console) -> Iterator[Watch]:
    """Show how far it is, as long as the block runs, on a terminal only."""
    if not console.is_terminal:
        yield Watch(lambda text: None)
        return
    with console.status(Text("opening the corpus")) as status:
        yield Watch(status.update)


class _ReportView:
    def __init__(self, report: PrepareReport) -> None:
        self.report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        report, manifest = self.report, self.report.manifest
        yield Text.assemble(
            " ", (visible(str(report.folder)), "bold"), (f"  made in {report.seconds:.1f} s", "dim")
        )
        yield Text()
        yield _paragraph(_cleaning_text(manifest.cleaning))
        yield _paragraph(_overlap_text(manifest))
        yield _framed(_split_table(manifest, options.max_width))
        yield _framed(_side_table(manifest, with_reasons=options.max_width >= _TINY))
        yield Text()
        yield _paragraph(_preset_text(manifest))
        for note in report.notes:
            yield _paragraph(Text(f"Note: {note}"))
        yield _paragraph(Text.assemble("Next: ", (_next_command(report), "bold")))


def _framed(table: Table) -> Padding:
    return Padding(table, (1, 1, 0, 1), expand=False)


def _paragraph(text: Text) -> Padding:
    return Padding(text, (0, 1), expand=False)


def _cleaning_text(cleaning: Cleaning) -> Text:
    dropped = cleaning.read - cleaning.kept
    text = Text(f"Training pairs: {cleaning.read:,} read, {cleaning.kept:,} kept, ")
    text.append(f"{dropped:,} dropped")
    reasons = [f"{reason} {count:,}" for reason, count in cleaning.dropped.items() if count]
    if reasons:
        text.append(f" ({', '.join(reasons)})")
    return text.append(".")


def _overlap_text(manifest: Manifest) -> Text:
    held_out = {name: record for name, record in manifest.splits.items() if name != TRAIN}
    found = [
        f"{name} {_counted(record.sources_in_train, 'source')}, "
        f"{_counted(record.pairs_in_train, 'whole pair')}"
        for name, record in held_out.items()
        if record.sources_in_train
    ]
    if len(found) < len(held_out):
        found.append("nothing of the other splits")
    return Text(f"In train too: {'; '.join(found)}.")


def _preset_text(manifest: Manifest) -> Text:
    text = Text(f"Preset for training: {visible(manifest.suggested_preset)}")
    if manifest.preset_reason:
        text.append(f", because {visible(manifest.preset_reason)}")
    return text.append(".")


def _counted(count: int | None, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count or 0:,} {noun}s"


def _split_table(manifest: Manifest, width: int) -> Table:
    table = _table("\nsplit")
    headings = ["\npairs"]
    for side in ("source", "target"):
        headings += [f"{side}\nmean", "tokens\nmax"] if width >= _NARROW else []
        headings += ["\nunknown" if width >= _NARROW else f"{side}\nunknown"]
    for heading in headings if width >= _TINY else headings[:1]:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, record in manifest.splits.items():
        cells = list(_split_cells(name, record, with_lengths=width >= _NARROW))
        table.add_row(*cells[: len(table.columns)])
    return table


def _table(first: str) -> Table:
    """An empty table whose first column gives way where room is short, never the figures."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column(first, overflow="fold")
    return table


def _split_cells(name: str, record: SplitRecord, *, with_lengths: bool) -> Iterator[Text]:
    yield Text(name)
    yield Text(f"{record.pairs:,}")
    for lengths in (record.source, record.target):
        if with_lengths:
            yield Text(f"{lengths.mean:.1f}")
            yield Text(f"{lengths.longest:,}")
        yield Text(_unknown(lengths))


def _unknown(lengths: Lengths) -> str:
    """A percentage of two or three figures that is 0 only where nothing is unknown."""
    percent = 100 * lengths.unknown_rate
    if 0 < percent < 0.01:
        return "<0.01 %"
    return f"{percent:.2g} %" if percent < 1 else f"{percent:.3g} %"


def _side_table(manifest: Manifest, *, with_reasons: bool) -> Table:
    table = _table("side")
    table.add_column("tokenizer", no_wrap=True)
    table.add_column("vocabulary", justify="right", no_wrap=True)
    if with_reasons:
        table.add_column("chosen because", overflow="fold")
    for name, side in (("source", manifest.source), ("target", manifest.target)):
        table.add_row(*list(_side_cells(name, side, manifest.joint))[: len(table.columns)])
    return table


def _side_cells(name: str, side: SideRecord, joint: bool) -> Iterator[Text]:
    yield Text(name)
    parts = (
        side.tokenizer,
        "joint" if joint else "",
        side.form or "",
        "features" if side.feature_columns else "",
    )
    yield Text(visible(", ".join(filter(None, parts))))
    yield Text(f"{side.vocabulary_size:,}")
    yield Text(visible(side.reason), style="dim")


def _next_command(report: PrepareReport) -> str:
    """What to type next; a dataset in the usual folder is found without its name."""
    if report.folder.parent == DEFAULT_ROOT:
        return "s2s train"
    return f"s2s train {visible(shlex.quote(str(report.folder)))}"
