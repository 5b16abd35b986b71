"""The best alignment error rate that one link for each target word could reach on gold links.

Knows gold links alone, those of the built-in corpus by their records; the scoring of a model's
links is elsewhere.
"""

from collections.abc import Iterable, Set

from seq2seq_cli.corpus.builtin import BuiltinPair
from seq2seq_cli.text.tokenizer import word_spans

Link = tuple[int, int]


def argmax_oracle_aer(pairs: Iterable[BuiltinPair]) -> float:
    """`one_link_oracle_aer` of the built-in corpus's own records."""
    return one_link_oracle_aer(
        (
            {(source, target) for source, target, sure in pair.links if sure},
            {(source, target) for source, target, _ in pair.links},
            len(word_spans(pair.target)),
        )
        for pair in pairs
    )


def one_link_oracle_aer(gold: Iterable[tuple[Set[Link], Set[Link], int]]) -> float:
    """AER (Och and Ney 2003, eq. 20) of the best alignment with one link per target word, 0 to 1.

    Every target word emits exactly one link, as the argmax of attention does: a sure one if it
    has one, else a possible one, else a wrong one. The counts are summed over the pairs.

    Args:
        gold: of each pair the sure links, the possible ones, and how many target words it has
    """
    in_sure = in_possible = emitted = sure_links = 0
    for sure, possible, target_words in gold:
        in_sure += len({target for _, target in sure})
        in_possible += len({target for _, target in sure | possible})
        emitted += target_words
        sure_links += len(sure)
    if not emitted + sure_links:
        return 0.0
    return 1 - (in_sure + in_possible) / (emitted + sure_links)
