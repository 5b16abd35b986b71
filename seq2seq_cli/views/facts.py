"""Alignments as facts for programs: what `--json` prints and what a `.json` file holds.

Nothing is left out or rescaled. Knows nothing of files and consoles.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.picture import Picture, by_sentence

if TYPE_CHECKING:
    from seq2seq_cli.training.events import AttentionWatched

DECIMALS = 6


def sentence_facts(pictures: Sequence[Picture]) -> dict[str, Any]:
    """All that is known of one sentence: by one run, or by each of several runs or moments."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for picture in pictures:
        moment = {"moment": picture.moment} if picture.moment else {}
        new: dict[str, Any] = {"run": picture.run, **moment, "hypotheses": []}
        entry = entries.setdefault((picture.run, picture.moment), new)
        entry["hypotheses"].append(hypothesis_facts(picture))
    unknown = {word: closest for one in pictures for word, closest in one.unknown.items()}
    facts: dict[str, Any] = {"source": pictures[0].sentence, "unknown": unknown}
    shown = list(entries.values())
    return facts | (shown[0] if len(shown) == 1 else {"runs": shown})


def json_document(pictures: Sequence[Picture], *, several: bool) -> str:
    """The facts of one sentence, or a list of such facts where there may be several."""
    facts = [sentence_facts(group) for group in by_sentence(pictures)]
    return to_json(facts if several or len(facts) != 1 else facts[0]) + "\n"


def to_json(facts: Any, *, indent: int | None = None) -> str:
    """JSON in which letters stay letters, and what a terminal would obey or hide is escaped.

    Controls, bidi and zero-width characters and lone surrogates become `\\uXXXX`, as JSON allows
    in its strings; nothing is lost.
    """
    text = json.dumps(facts, ensure_ascii=False, indent=indent)
    if visible(text) == text:
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character == "\n" or visible(character) == character:  # strings hold no raw line feed
        return character
    return json.dumps(character)[1:-1]


def hypothesis_facts(one: "Picture | AttentionWatched") -> dict[str, Any]:
    """A target with its tokens, weights and scores."""
    alignment = one.alignment
    return {
        "text": one.text,
        "score": one.score,
        "source_tokens": alignment.source,
        "target_tokens": alignment.target,
        "weights": alignment.weights.round(DECIMALS).tolist(),
        "log_probs": alignment.log_probs,
        **({} if alignment.copied is None else {"copied": alignment.copied}),
    }
