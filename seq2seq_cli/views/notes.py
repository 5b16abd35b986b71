"""The sentences around alignment tables: hypotheses with their scores, words never seen.

Plain, harmless text. Knows nothing of models.
"""

from collections.abc import Sequence

from rich.text import Text

from seq2seq_cli.views.labels import fence, make_label

LONGEST_NOTED = 40
"""Characters of a word that are shown in a note: what is pasted in may be one word of thousands."""


def hypothesis_header(
    text: str, score: float, rank: int | None = None, *, unicode: bool = True
) -> Text:
    """One translation with its score, and its rank (from 1) in an n-best list.

    `score` is what the search ranked by, as a rule a length-normalised log-probability.
    """
    place = "" if rank is None else f"{rank}. "
    words = fence(make_label(text, unicode=unicode))
    return Text.assemble(place, (words, "bold"), (f"  score {score:.3f}", "dim"))


def unknown_note(word: str, closest: Sequence[str], *, unicode: bool = True) -> str:
    """Says that the vocabulary lacks a word, and which of its words are closest."""
    if len(word) > LONGEST_NOTED:
        word = f"{word[:LONGEST_NOTED]}..."
    opening, closing = ("“", "”") if unicode else ('"', '"')
    note = f"{opening}{_shown(word, unicode)}{closing} is not in the vocabulary"
    if not closest:
        return note
    return f"{note}; closest: {', '.join(_shown(other, unicode) for other in closest)}"


def _shown(word: str, unicode: bool) -> str:
    return fence(make_label(word, unicode=unicode))
