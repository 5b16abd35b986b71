"""The alignment error of a set of pairs: as a whole, for each label, and beside its oracle.

Knows nothing of models or files: it is given links, and gold links with the sizes of the pairs.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seq2seq_cli.corpus.builtin_gold import one_link_oracle_aer
from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import AlignmentScores, Links, alignment_scores, parse_links


@dataclass(frozen=True, kw_only=True)
class GoldPair:
    """What people say of one pair."""

    sure: Links
    possible: Links
    """The sure ones are among them."""
    labels: tuple[str, ...] = ()
    """What the pair shows."""


@dataclass(frozen=True, kw_only=True)
class LabelScore:
    """The pairs with one label; percentages."""

    label: str
    pairs: int
    aer: float
    oracle: float
    """AER of the best alignment with one link for each target word."""
    gap: float
    """`aer` above `oracle`; below 0 where words need several links and got them."""


@dataclass(frozen=True, kw_only=True)
class AlignmentReport:
    """The alignment error of a set of pairs; percentages."""

    scores: AlignmentScores
    oracle: float
    """AER of the best alignment with one link for each target word."""
    pairs: int
    signature: str
    """How the links were made: all that the figures depend on beside the runs."""
    by_label: tuple[LabelScore, ...]
    """The labels of the pairs, the widest gap first; those without a sure link are left out."""

    def to_json(self) -> dict[str, object]:
        """What stands under the key `aer`; `by_label` where there are labels."""
        facts: dict[str, object] = {
            "score": self.scores.aer,
            "signature": self.signature,
            "precision": self.scores.precision,
            "recall": self.scores.recall,
            "f1": self.scores.f1,
            "oracle": self.oracle,
            "pairs": self.pairs,
        }
        if self.by_label:
            facts["by_label"] = [asdict(score) for score in self.by_label]
        return facts


def read_gold(
    lines: Sequence[str],
    labels: Sequence[tuple[str, ...]] | None,
    *,
    origin: str,
    one_based: bool = False,
) -> list[GoldPair]:
    """Gold links in Pharaoh format, a line for each pair, with the labels of each pair.

    Raises:
        InputError: naming `origin` and the line that is something else.
    """
    found = []
    for number, line in enumerate(lines, start=1):
        sure, possible = parse_links(line, one_based=one_based, origin=origin, line_number=number)
        found.append(
            GoldPair(sure=sure, possible=possible, labels=labels[number - 1] if labels else ())
        )
    return found


def check_sizes(gold: Sequence[GoldPair], sizes: Sequence[tuple[int, int]], origin: str) -> None:
    """Check that no link leads outside its pair; `sizes` are (source, target) in words.

    Raises:
        InputError: naming `origin` and the line of the first that does.
    """
    for number, (pair, (sources, targets)) in enumerate(zip(gold, sizes, strict=True), start=1):
        for source, target in sorted(pair.possible):
            if source >= sources or target >= targets:
                raise InputError(
                    f"{origin}, line {number}: a link joins source word {source} and target word "
                    f"{target}, counted from 0, but the pair has {sources} and {targets}. What "
                    "links count is said by --units, and that they count from 1 by --one-based."
                )


def report_alignment(
    links: Sequence[Links],
    gold: Sequence[GoldPair],
    sizes: Sequence[tuple[int, int]],
    *,
    signature: str,
) -> AlignmentReport:
    """Score links against gold links; all sequences have one item per pair.

    Raises:
        InputError: if there is no sure link at all.
    """
    everything = range(len(gold))
    labels = sorted({label for pair in gold for label in pair.labels})
    scored = (
        _label_score(label, [i for i in everything if label in gold[i].labels], links, gold, sizes)
        for label in labels
    )
    by_label = sorted((score for score in scored if score), key=lambda score: -score.gap)
    return AlignmentReport(
        scores=_scores(everything, links, gold),
        oracle=_oracle(everything, gold, sizes),
        pairs=len(gold),
        signature=signature,
        by_label=tuple(by_label),
    )


def _label_score(
    label: str,
    chosen: Sequence[int],
    links: Sequence[Links],
    gold: Sequence[GoldPair],
    sizes: Sequence[tuple[int, int]],
) -> LabelScore | None:
    if not any(gold[i].sure for i in chosen):
        return None
    aer, oracle = _scores(chosen, links, gold).aer, _oracle(chosen, gold, sizes)
    return LabelScore(label=label, pairs=len(chosen), aer=aer, oracle=oracle, gap=aer - oracle)


def _scores(
    chosen: Sequence[int], links: Sequence[Links], gold: Sequence[GoldPair]
) -> AlignmentScores:
    return alignment_scores((links[i], gold[i].sure, gold[i].possible) for i in chosen)


def _oracle(
    chosen: Sequence[int], gold: Sequence[GoldPair], sizes: Sequence[tuple[int, int]]
) -> float:
    pairs = ((gold[i].sure, gold[i].possible, sizes[i][1]) for i in chosen)
    return 100.0 * one_link_oracle_aer(pairs)
