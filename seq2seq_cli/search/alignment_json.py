"""An alignment as plain JSON, and back: nothing that is read is taken on trust.

Knows nothing of files; `origin` is what messages call the place that was read.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.text.checks import damaged, flag, mapping, number, sequence, string

COPIED = "copied"
KEYS = tuple(field.name for field in fields(Alignment) if field.name != COPIED)
"""What every alignment has; `COPIED` is there where the model copies."""
DECIMALS = 6
LARGEST_SHARE = 1.01
"""A share may exceed 1 by what rounding, in whatever precision it was computed, adds up to."""


def alignment_to_json(alignment: Alignment) -> dict[str, object]:
    """The alignment as JSON values, figures rounded to six decimals; they must be finite."""
    return {
        "source": list(alignment.source),
        "target": list(alignment.target),
        "weights": alignment.weights.round(DECIMALS).tolist(),
        "log_probs": _rounded(alignment.log_probs),
        "source_known": list(alignment.source_known),
        "source_end": alignment.source_end,
        "target_end": alignment.target_end,
        **({} if alignment.copied is None else {COPIED: _rounded(alignment.copied)}),
    }


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


def alignment_from_json(data: object, origin: str) -> Alignment:
    """What `alignment_to_json` described.

    Raises:
        InputError: if `data` is not an alignment: sizes that do not fit the labels, figures that
            are not finite, weights that are no weights.
    """
    copies = isinstance(data, dict) and COPIED in data
    found = mapping(data, (*KEYS, COPIED) if copies else KEYS, origin)
    source, target = (_labels(found[side], f"{side} labels", origin) for side in KEYS[:2])
    weights = _weights(found["weights"], (len(target), len(source)), origin)
    log_probs = _sized(found["log_probs"], len(target), "log_probs", origin)
    known = _sized(found["source_known"], len(source), "source_known", origin)
    ends = {side: flag(found[f"{side}_end"], f"{side}_end", origin) for side in KEYS[:2]}
    if (ends["source"] and not source) or (ends["target"] and not target):
        raise damaged(origin, "expected a last label where there is an end, found none")
    return Alignment(
        source=source,
        target=target,
        weights=weights,
        log_probs=tuple(number(value, "each of log_probs", origin) for value in log_probs),
        source_known=tuple(flag(value, "each of source_known", origin) for value in known),
        source_end=ends["source"],
        target_end=ends["target"],
        copied=_copied(found[COPIED], len(target), origin) if copies else None,
    )


def _copied(value: object, rows: int, origin: str) -> tuple[float, ...]:
    return tuple(_share(share, COPIED, origin) for share in _sized(value, rows, COPIED, origin))


def _labels(value: object, name: str, origin: str) -> tuple[str, ...]:
    return tuple(string(label, f"{name} each", origin) for label in sequence(value, name, origin))


def _sized(value: object, size: int, name: str, origin: str) -> list[object]:
    found = sequence(value, name, origin)
    if len(found) != size:
        raise damaged(origin, f"expected {size:,} {name}, one for each label, found {len(found):,}")
    return found


def _weights(value: object, shape: tuple[int, int], origin: str) -> NDArray[np.float64]:
    rows = [
        [
            _share(weight, "weights", origin)
            for weight in _sized(row, shape[1], "weights of a row", origin)
        ]
        for row in _sized(value, shape[0], "rows of weights", origin)
    ]
    return np.array(rows, dtype=np.float64).reshape(shape)


def _share(value: object, name: str, origin: str) -> float:
    share = number(value, f"each of {name}", origin)
    if not 0 <= share <= LARGEST_SHARE:
        raise damaged(origin, f"expected {name} from 0 to 1, found {share:g}")
    return share
