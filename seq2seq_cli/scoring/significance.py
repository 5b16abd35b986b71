"""Whether two systems differ on the same lines by more than chance.

BLEU, chrF and TER through sacreBLEU: paired bootstrap resampling (Koehn 2004) and approximate
randomization (Riezler and Maxwell 2005). Exact match by McNemar's test in its exact form: a
binomial test on the lines that one system alone has right. Knows nothing of models or files; what
chance there is in training, a test of lines cannot tell.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from seq2seq_cli.scoring.score import check_lines
from seq2seq_cli.scoring.strings import exact_matches, share
from seq2seq_cli.scoring.translation import corpus_metrics, stripped

LEVEL = 0.05
"""A difference counts as real where p is below, in each test of the score."""
BOOTSTRAP, RANDOMIZATION, EXACT = "bootstrap", "randomization", "exact"
_TIE = 1e-6
_USUAL = {"bs": 1_000, "ar": 10_000}
"""Resamples that sacreBLEU takes."""
MOST_RESAMPLED = {"bs": 25_000_000, "ar": 250_000_000}
"""Lines of all resamples, which sacreBLEU holds at once in about 2 GB: of 25,000 lines and more
there are fewer resamples, as signatures say."""
FEWEST_RESAMPLES = 100
_SACREBLEU_TESTS = {BOOTSTRAP: "bs", RANDOMIZATION: "ar"}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One score of two systems."""

    metric: str
    """`bleu`, `chrf`, `ter` or `exact_match`."""
    score: float
    """0 to 100; TER may exceed 100."""
    baseline: float
    p_values: dict[str, float]
    """Two-sided, by test: `bootstrap` and `randomization`, or `exact`."""
    signatures: dict[str, str]
    """sacreBLEU's, by test; empty for the exact test, which depends on nothing else."""
    discordant: tuple[int, int] | None = None
    """Lines that only the system, and only the baseline, has right."""

    @property
    def gain(self) -> float:
        """How much better the system is; below 0 where it is worse."""
        lower_is_better = self.metric == "ter"
        return self.baseline - self.score if lower_is_better else self.score - self.baseline

    @property
    def verdict(self) -> str:
        """`better` or `worse` where all tests say so, `unclear` where some do, else `chance`."""
        found = [p < LEVEL for p in self.p_values.values()]
        if self.gain and all(found):
            return "better" if self.gain > 0 else "worse"
        return "unclear" if self.gain and any(found) else "chance"

    def to_json(self) -> dict[str, Any]:
        """The fields under their names, with the verdict."""
        facts = {
            "score": self.score,
            "baseline": self.baseline,
            "p": self.p_values,
            "verdict": self.verdict,
        }
        if self.signatures:
            facts["signatures"] = self.signatures
        if self.discordant is not None:
            ours, theirs = self.discordant
            facts |= {"only_right": ours, "only_baseline_right": theirs}
        return facts


def compare_lines(
    *,
    hypotheses: Sequence[str],
    baseline: Sequence[str],
    references: Sequence[str],
    bleu_tokenizer: str = "13a",
    lowercase: bool = False,
) -> tuple[Difference, ...]:
    """Test BLEU, chrF, TER and exact match of two systems on the same raw lines.

    Raises `InputError` for different numbers of lines or none.
    """
    check_lines(hypotheses, references)
    check_lines(baseline, references)
    metrics = corpus_metrics(bleu_tokenizer, lowercase)
    by_resampling = _resampled(metrics, hypotheses, baseline, references)
    return (*by_resampling, exact_match_difference(hypotheses, baseline, references))


def _resampled(
    metrics: dict[str, Any],
    hypotheses: Sequence[str],
    baseline: Sequence[str],
    references: Sequence[str],
) -> list[Difference]:
    """sacreBLEU's tests of each metric, by name.

    A paired test of k lines that differ cannot fall below p = 2 / 2**k, half of the ways to swap
    them being mirror images; nor say anything against equal scores.
    """
    ours, theirs, gold = stripped(hypotheses), stripped(baseline), stripped(references)
    differing = sum(one != other for one, other in zip(ours, theirs, strict=True))
    lowest = 2.0 ** (1 - min(differing, 1_000))
    by_test = {
        test: _paired_test(kind, ours, theirs, gold, metrics)
        for test, kind in _SACREBLEU_TESTS.items()
    }
    return [
        Difference(
            metric=name,
            score=by_test[BOOTSTRAP][name].score,
            baseline=by_test[BOOTSTRAP][name].baseline,
            p_values={test: found[name].p(lowest) for test, found in by_test.items()},
            signatures={test: found[name].signature for test, found in by_test.items()},
        )
        for name in metrics
    ]


@dataclass(frozen=True, kw_only=True)
class _Tested:
    """What sacreBLEU finds for one metric by one test."""

    score: float
    baseline: float
    p_value: float
    signature: str

    def p(self, lowest: float) -> float:
        """The p-value, within what a test of these lines can say."""
        return 1.0 if self.score == self.baseline else min(1.0, max(self.p_value, lowest))


def _paired_test(
    kind: str, ours: list[str], theirs: list[str], gold: list[str], metrics: dict[str, Any]
) -> dict[str, _Tested]:
    from sacrebleu.significance import PairedTest

    systems: list[tuple[str, Sequence[str]]] = [("baseline", theirs), ("system", ours)]
    samples = max(FEWEST_RESAMPLES, min(_USUAL[kind], MOST_RESAMPLED[kind] // len(gold)))
    test = PairedTest(systems, metrics, [gold], test_type=kind, n_samples=samples)
    with _counting_ties():
        signatures, found = cast(tuple[dict[str, Any], dict[str, Any]], test())
    return {
        name: _Tested(
            score=float(found[title][1].score),
            baseline=float(found[title][0].score),
            p_value=float(found[title][1].p_value),
            signature=str(signatures[title]),
        )
        for name, title in zip(metrics, signatures, strict=True)
    }


@contextmanager
def _counting_ties() -> Iterator[None]:
    """Let a resample count that equals the difference, not only one that exceeds it.

    sacreBLEU leaves ties out. Between sentences there are next to none; of lines of one word, for
    which TER is a count of wrong lines, many tie, and p would be far too small.
    """
    from sacrebleu import significance

    plainly = significance._compute_p_value
    significance._compute_p_value = lambda stats, real_difference: plainly(
        stats, real_difference - _TIE
    )
    try:
        yield
    finally:
        significance._compute_p_value = plainly


def exact_match_difference(
    hypotheses: Sequence[str], baseline: Sequence[str], references: Sequence[str]
) -> Difference:
    """McNemar's exact test: lines that both have right, or both wrong, say nothing."""
    ours, theirs = exact_matches(hypotheses, references), exact_matches(baseline, references)
    pairs = list(zip(ours, theirs, strict=True))
    discordant = (pairs.count((True, False)), pairs.count((False, True)))
    return Difference(
        metric="exact_match",
        score=share(ours),
        baseline=share(theirs),
        p_values={EXACT: sign_test(*discordant)},
        signatures={},
        discordant=discordant,
    )


def sign_test(wins: int, losses: int) -> float:
    """Two-sided p of so unequal a split, or a more unequal one, of fair coins; exact."""
    count, fewer = wins + losses, min(wins, losses)
    ways = total = 1
    for taken in range(fewer):
        ways = ways * (count - taken) // (taken + 1)
        total += ways
    return min(1.0, float(2 * total / 2**count))
