"""The best alignment error rate that one link for each target word could reach on gold links.

Knows the gold of the built-in corpus alone; the scoring of a model's links is elsewhere.
"""

from collections.abc import Iterable

from seq2seq_cli.corpus.builtin import BuiltinPair
from seq2seq_cli.text.tokenizer import word_spans


def argmax_oracle_aer(pairs: Iterable[BuiltinPair]) -> float:
    """AER (Och and Ney 2003, eq. 20) of the best alignment with one link per target word, 0 to 1.

    Every target word emits exactly one link, as the argmax of attention does: a sure one if it
    has one, else a possible one, else a wrong one. The counts are summed over the pairs.
    """
    in_sure = in_possible = emitted = sure_links = 0
    for pair in pairs:
        linked = {target for _, target, _ in pair.links}
        linked_surely = {target for _, target, sure in pair.links if sure}
        in_sure += len(linked_surely)
        in_possible += len(linked)  # the possible links include the sure ones
        emitted += len(word_spans(pair.target))
        sure_links += sum(sure for _, _, sure in pair.links)
    if not emitted + sure_links:
        return 0.0
    return 1 - (in_sure + in_possible) / (emitted + sure_links)
