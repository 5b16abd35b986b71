"""`watch.jsonl`: how the alignments of watched sentences came about, one line for each look.

What is read is not taken on trust. Knows nothing of when a sentence is looked at.
"""

import json
from pathlib import Path

from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import SEAL, is_whole, read_bounded, sealed
from seq2seq_cli.search.alignment_json import alignment_from_json, alignment_to_json
from seq2seq_cli.text.checks import count, damaged, mapping, number, sequence, string
from seq2seq_cli.training.events import AttentionWatched

WATCHED = "watch.jsonl"
MOST_BYTES = 1 << 28
KEYS = (
    *("step", "epoch", "sentence", "target", "text", "score", "unknown"),
    *("alignment", "by_piece"),
)


def watched_line(event: AttentionWatched) -> dict[str, object]:
    """The event as JSON values, with their checksum."""
    pieces = None if event.by_piece is None else alignment_to_json(event.by_piece)
    content = {
        "step": event.step,
        "epoch": event.epoch,
        "sentence": event.sentence,
        "target": event.target,
        "text": event.text,
        "score": event.score,
        "unknown": event.unknown,
        "alignment": alignment_to_json(event.alignment),
        "by_piece": pieces,
    }
    return sealed(content)


def read_history(run: Path) -> list[AttentionWatched]:
    """What a run recorded, oldest first; nothing where no sentence was watched.

    A last line without its end is passed over: a crash cut it short, or it is being written.

    Raises:
        InputError: if the file cannot be read or is damaged, naming the line.
    """
    path = run / WATCHED
    if not path.exists():
        return []
    try:
        data = read_bounded(path, MOST_BYTES)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}. Copy the run anew.") from error
    lines = data.split(b"\n")[:-1]
    return [_event(line, f"{path}, line {place}") for place, line in enumerate(lines, start=1)]


def _event(line: bytes, origin: str) -> AttentionWatched:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise damaged(origin, "expected JSON in UTF-8, found something else") from error
    if isinstance(content, dict) and not is_whole(content):
        raise damaged(origin, "expected what fits its own checksum, found something else")
    if isinstance(content, dict):
        content.pop(SEAL, None)
    found = mapping(content, KEYS, origin)
    target, pieces = found["target"], found["by_piece"]
    return AttentionWatched(
        step=count(found["step"], "step", origin),
        epoch=count(found["epoch"], "epoch", origin),
        sentence=string(found["sentence"], "sentence", origin),
        target=None if target is None else string(target, "target", origin),
        text=string(found["text"], "text", origin),
        score=number(found["score"], "score", origin),
        unknown=_unknown(found["unknown"], origin),
        alignment=alignment_from_json(found["alignment"], f"{origin}, alignment"),
        by_piece=None if pieces is None else alignment_from_json(pieces, f"{origin}, by_piece"),
    )


def _unknown(value: object, origin: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise damaged(origin, f"expected unknown words as a mapping, found {type(value).__name__}")
    return {
        string(word, "unknown words each", origin): tuple(
            string(other, "closest words each", origin)
            for other in sequence(closest, "closest words", origin)
        )
        for word, closest in value.items()
    }
