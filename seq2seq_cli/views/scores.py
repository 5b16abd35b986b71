"""The scores of an evaluation as tables: one of figures, one by source length.

Knows nothing of how scores are computed.
"""

from collections.abc import Iterator

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from seq2seq_cli.scoring.buckets import Bucket
from seq2seq_cli.scoring.evaluation import Evaluation
from seq2seq_cli.scoring.score import Score
from seq2seq_cli.text.visible import visible

SCORE_NAMES = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "ter": "TER",
    "exact_match": "exact match",
    "token_error_rate": "token error rate",
    "character_error_rate": "character error rate",
}
_PERCENTAGES = ("exact_match", "token_error_rate", "character_error_rate")
_NOTES = {
    "ter": "lower is better",
    "token_error_rate": "lower is better; WER of words, PER of phones",
    "character_error_rate": "lower is better",
}
_SACREBLEU_NAMES = {"bleu": "BLEU", "chrf": "chrF2", "ter": "TER"}
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_WIDEST_BAR = 20
_NARROW = 56
"""Columns below which only figures are shown."""


def evaluation_view(evaluation: Evaluation, *, title: str) -> RenderableType:
    """Draw all scores, the signatures that make them reproducible, and the scores by length.

    Below 56 columns notes and bars are left out; bars are ASCII where blocks cannot be shown.
    """
    return _EvaluationView(evaluation, title)


class _EvaluationView:
    def __init__(self, evaluation: Evaluation, title: str) -> None:
        self.evaluation = evaluation
        self.title = title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        evaluation = self.evaluation
        lines = "1 line" if evaluation.count == 1 else f"{evaluation.count:,} lines"
        yield Text.assemble(" ", (visible(self.title), "bold"), (f"  {lines}", "dim"))
        yield _score_table(evaluation, with_notes=width >= _NARROW)
        yield from _signatures(evaluation, width)
        if evaluation.buckets:
            yield Text("\n By source length", style="bold")
            yield _length_table(evaluation.buckets, with_bars=width >= _NARROW)


class ShareBar:
    """A horizontal bar for a percentage, as wide as it is given room, up to 20 columns."""

    def __init__(self, percent: float) -> None:
        self.percent = min(100.0, max(0.0, percent))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(_WIDEST_BAR, options.max_width)
        if options.ascii_only:
            yield Text("#" * round(self.percent * width / 100), style="cyan")
            return
        full, part = divmod(round(self.percent * width * 8 / 100), 8)
        yield Text("█" * full + _EIGHTHS[part], style="cyan")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(4, _WIDEST_BAR)


def _score_table(evaluation: Evaluation, *, with_notes: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("score", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    with_intervals = any(score.interval for score in evaluation.scores.values())
    if with_intervals:
        table.add_column("95 % interval", justify="right", no_wrap=True)
    if with_notes:
        table.add_column("", style="dim")
    for name, score in evaluation.scores.items():
        unit = " %" if name in _PERCENTAGES else "  "
        cells = [Text(SCORE_NAMES.get(name, name)), Text(f"{score.score:.1f}{unit}", style="bold")]
        cells += [_interval(score)] if with_intervals else []
        table.add_row(*cells, *([Text(_note(name, evaluation))] if with_notes else []))
    return table


def _interval(score: Score) -> Text:
    interval = score.interval
    return Text("" if interval is None else f"{interval.low:.1f} to {interval.high:.1f}")


def _note(name: str, evaluation: Evaluation) -> str:
    if name == "bleu" and _is_too_short_for_bleu(evaluation):
        return "no line has the four tokens it needs"
    if name == "exact_match":
        wrong = 100.0 - evaluation.scores[name].score
        return f"{wrong:.1f} % of lines wrong (WER of G2P papers)"
    return _NOTES.get(name, "")


def _is_too_short_for_bleu(evaluation: Evaluation) -> bool:
    """Whether BLEU is 0 though lines are right: its smoothing leaves no other cause than length."""
    bleu, right = evaluation.scores["bleu"], evaluation.scores.get("exact_match")
    return right is not None and bleu.score == 0 < right.score


def _signatures(evaluation: Evaluation, width: int) -> Iterator[Text]:
    for name, score in evaluation.scores.items():
        if score.signature is not None:
            yield from signature_lines(name, score.signature, width)


def signature_lines(name: str, signature: str, width: int) -> Iterator[Text]:
    """What makes a score reproducible, in sacreBLEU's form, cut between its fields."""
    for line in wrapped_at_bars(full_signature(name, signature), width - 4):
        yield Text(line, style="dim")


def full_signature(name: str, signature: str) -> str:
    """The signature of a score (`bleu`, ...) with the score's name, as sacreBLEU prints it."""
    return f"{_SACREBLEU_NAMES.get(name, name)}|{signature}"


def wrapped_at_bars(signature: str, width: int) -> Iterator[str]:
    """A signature in lines of at most `width` columns and an indent, broken after its bars."""
    line, indent = "", " "
    for part in signature.split("|"):
        if line and len(line) + 1 + len(part) > width:
            yield f"{indent}{line}|"
            line, indent = part, "   "
        else:
            line = f"{line}|{part}" if line else part
    yield indent + line


def _length_table(buckets: tuple[Bucket, ...], *, with_bars: bool) -> Table:
    drawn = "BLEU" if any(bucket.bleu is not None for bucket in buckets) else "exact match"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1) if with_bars else 0)
    for heading in ("tokens", "lines", "BLEU", "exact match", "token errors"):
        table.add_column(heading, justify="right")
        if with_bars and heading == drawn:
            table.add_column("")
    for bucket in buckets:
        table.add_row(*_bucket_cells(bucket, drawn if with_bars else None))
    return table


def _bucket_cells(bucket: Bucket, drawn: str | None) -> Iterator[RenderableType]:
    unit = " %" if drawn else ""
    one_length = bucket.shortest == bucket.longest
    yield Text(str(bucket.longest) if one_length else f"{bucket.shortest}-{bucket.longest}")
    yield Text(f"{bucket.count:,}")
    yield Text("-" if bucket.bleu is None else f"{bucket.bleu:.1f}")
    if drawn == "BLEU":
        yield ShareBar(bucket.bleu or 0.0)
    yield Text(f"{bucket.exact_match:.1f}{unit}")
    if drawn == "exact match":
        yield ShareBar(bucket.exact_match)
    yield Text(f"{bucket.token_error_rate:.1f}{unit}")
