"""Alignments as one table for spreadsheets and pandas: tab-separated, a row for each cell.

Read with `pandas.read_csv(FILE, sep="\\t", keep_default_na=False)`; `pivot` makes matrices of it.
Knows nothing of files.
"""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.facts import DECIMALS
from seq2seq_cli.views.picture import Picture, by_sentence

HEADER = (
    *("sentence", "run", "moment", "rank"),
    *("target_position", "target", "log_prob"),
    *("source_position", "source", "weight"),
)
"""Sentences, ranks and positions are counted from 1; `weight` is between 0 and 1."""


def tsv_document(pictures: Sequence[Picture], *, show_end: bool) -> str:
    """A header and one row for each cell; without `show_end`, `</s>` has none."""
    text = StringIO()
    writer = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    writer.writerow(HEADER)
    for number, group in enumerate(by_sentence(pictures), start=1):
        for picture in group:
            names = (number, visible(picture.run), visible(picture.moment), picture.rank)
            writer.writerows((*names, *cell) for cell in _cells(picture, show_end))
    return text.getvalue()


def _cells(picture: Picture, show_end: bool) -> Iterator[tuple[object, ...]]:
    alignment = picture.alignment
    rows = len(alignment.target) - (alignment.target_end and not show_end)
    columns = len(alignment.source) - (alignment.source_end and not show_end)
    sources = [visible(word) for word in alignment.source[:columns]]
    weights = alignment.weights.round(DECIMALS).tolist()
    for row, word in enumerate(alignment.target[:rows]):
        target = (row + 1, visible(word), round(alignment.log_probs[row], DECIMALS))
        for column, source in enumerate(sources):
            yield *target, column + 1, source, weights[row][column]
