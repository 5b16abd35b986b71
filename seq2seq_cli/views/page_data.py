"""What the page of alignments knows: its pictures, and what they differ in.

All text in it is harmless; weights are whole percents. Knows nothing of HTML.
"""

from collections.abc import Sequence
from typing import Any

from seq2seq_cli.views.labels import direction, fit, make_label
from seq2seq_cli.views.matrix import Matrix, matrix_of
from seq2seq_cli.views.notes import unknown_note
from seq2seq_cli.views.palette import level
from seq2seq_cli.views.picture import Picture, SaveOptions, by_sentence
from seq2seq_cli.views.text_width import text_width

DIMENSIONS = ("sentence", "run", "hypothesis", "moment")
FINISHED = "finished"
"""The moment of a run that is not in training."""
LONGEST_CHOICE = 80
WIDEST_UPRIGHT = 60.0
"""The widest row of column labels that stand upright, in sizes of the font."""


def page_data(pictures: Sequence[Picture], options: SaveOptions) -> dict[str, Any]:
    """The pictures of a page, each at its place among what they differ in."""
    keyed = [
        ((str(number), picture.run, str(picture.rank), picture.moment), picture)
        for number, group in enumerate(by_sentence(pictures))
        for picture in group
    ]
    values = [list(dict.fromkeys(key[place] for key, _ in keyed)) for place in range(4)]
    values[2].sort(key=int)
    sentences = [make_label(group[0].sentence) for group in by_sentence(pictures)]
    others = [[make_label(value) or FINISHED for value in column] for column in values[1:]]
    return {
        "dimensions": [
            {
                "name": name,
                "label": name.capitalize(),
                "values": [fit(value, LONGEST_CHOICE) for value in column],
            }
            for name, column in zip(DIMENSIONS, [sentences, *others], strict=True)
        ],
        "pictures": [
            {
                "at": [column.index(value) for column, value in zip(values, key, strict=True)],
                **_picture(picture, options),
            }
            for key, picture in keyed
        ],
    }


def _picture(picture: Picture, options: SaveOptions) -> dict[str, Any]:
    matrix = matrix_of(picture.alignment, show_end=options.show_end)
    facts = [f"score {picture.score:.3f}", picture.run, picture.moment]
    return {
        "sentence": make_label(picture.sentence),
        "text": make_label(picture.text),
        "facts": " · ".join(make_label(fact) for fact in facts if fact),
        "source": matrix.columns,
        "target": matrix.rows,
        "sourceEnd": matrix.words if matrix.words < len(matrix.columns) else None,
        "targetEnd": len(matrix.rows) - 1 if matrix.target_end else None,
        "sourceDirection": direction(" ".join(matrix.columns)),
        "targetDirection": direction(" ".join(matrix.rows)),
        "unknown": _unknown(picture, matrix),
        "weights": [[level(weight) for weight in row] for row in matrix.weights.tolist()],
        "best": matrix.strongest,
        "beside": [
            {"label": figures.label, "texts": figures.texts}
            for figures in matrix.beside(log_probs=options.log_probs)
        ],
        "tall": is_tall(matrix),
        "instead": matrix.instead,
    }


def is_tall(matrix: Matrix) -> bool:
    """Whether column labels together are too wide to stand upright."""
    return text_width("  ".join(matrix.columns), 1.0) > WIDEST_UPRIGHT


def _unknown(picture: Picture, matrix: Matrix) -> dict[int, str]:
    """What is said of each column that the vocabulary lacks."""
    columns = zip(picture.alignment.source, picture.alignment.source_known, strict=True)
    return {
        column: unknown_note(word, picture.unknown.get(word, ()))
        for column, (word, known) in enumerate(columns)
        if not known and column < len(matrix.columns)
    }
