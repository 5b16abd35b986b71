"""BLEU, chrF and TER of whole files, computed by sacreBLEU on raw detokenized text.

Settings are those of the `sacrebleu` command, so that a run of it on the same lines gives the same
figures. Knows nothing of tokens, models or files.
"""

import math
from collections.abc import Sequence
from typing import Any, Protocol

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.score import Interval, Score, check_lines

BLEU_TOKENIZERS = ("13a", "intl", "char", "zh", "ja-mecab", "ko-mecab", "none")
"""sacreBLEU's tokenizers, without those that download a model."""

_EXTRAS = {"ja-mecab": "sacrebleu[ja]", "ko-mecab": "sacrebleu[ko]"}


RESAMPLES = 1_000
"""Of the lines, for a confidence interval: as many as sacreBLEU takes."""


class _Result(Protocol):
    score: float
    _mean: float
    _ci: float


class _Metric(Protocol):
    def corpus_score(
        self,
        hypotheses: Sequence[str],
        references: Sequence[Sequence[str]],
        n_bootstrap: int = 1,
    ) -> _Result: ...

    def get_signature(self) -> object: ...


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    tokenizer: str = "13a",
    lowercase: bool = False,
    confidence: bool = False,
) -> Score:
    """Corpus BLEU (Papineni et al. 2002; Post 2018), 0 to 100.

    It is 0 where no hypothesis has four tokens. With `confidence` it has an interval, by
    resampling the lines (Koehn 2004). Raises `InputError` for a tokenizer that is unknown
    or whose packages are missing, for different numbers of lines, and for none.
    """
    return _score(_bleu_metric(tokenizer, lowercase), hypotheses, references, confidence)


def chrf(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    lowercase: bool = False,
    confidence: bool = False,
) -> Score:
    """chrF2: the F-score of character n-grams up to 6 (Popović 2015), 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return _score(CHRF(lowercase=lowercase), hypotheses, references, confidence)


def ter(hypotheses: Sequence[str], references: Sequence[str], *, confidence: bool = False) -> Score:
    """Translation edit rate (Snover et al. 2006) in percent; lower is better.

    Case is always ignored, as in Tercom and in the `sacrebleu` command.
    """
    from sacrebleu.metrics.ter import TER

    return _score(TER(), hypotheses, references, confidence, highest=math.inf)


def corpus_metrics(tokenizer: str = "13a", lowercase: bool = False) -> dict[str, Any]:
    """sacreBLEU's metrics by our names, set as above."""
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    bleu_metric = _bleu_metric(tokenizer, lowercase)
    metrics = {"bleu": bleu_metric, "chrf": CHRF(lowercase=lowercase), "ter": TER()}
    for metric in metrics.values():
        _use_plain_numbers(metric)
    return metrics


def stripped(lines: Sequence[str]) -> list[str]:
    """Lines without white space at their ends, as the `sacrebleu` command reads them."""
    return [line.rstrip() for line in lines]


def _bleu_metric(tokenizer: str, lowercase: bool) -> _Metric:
    from sacrebleu.metrics.bleu import BLEU

    if tokenizer not in BLEU_TOKENIZERS:
        raise InputError(
            f"Unknown BLEU tokenizer {tokenizer!r}; known are: {', '.join(BLEU_TOKENIZERS)}."
        )
    try:
        # `force` only silences a warning about text that looks tokenized; the figure is the same.
        return BLEU(tokenize=tokenizer, lowercase=lowercase, force=True)
    except (ImportError, RuntimeError) as error:
        package = _EXTRAS.get(tokenizer, "sacrebleu")
        raise InputError(
            f"The BLEU tokenizer {tokenizer!r} needs packages that are not installed. "
            f'Install them with: pip install "{package}"'
        ) from error


def _use_plain_numbers(metric: Any) -> None:
    """Make the scores of resamples Python's numbers.

    Some are NumPy's else, and where another is Python's 0.0, `statistics.mean` of them fails.
    """
    compute = metric._compute_score_from_stats

    def plainly(stats: Any) -> Any:
        result = compute(stats)
        result.score = float(result.score)
        return result

    metric._compute_score_from_stats = plainly


def _score(
    metric: _Metric,
    hypotheses: Sequence[str],
    references: Sequence[str],
    confidence: bool,
    *,
    highest: float = 100.0,
) -> Score:
    check_lines(hypotheses, references)
    _use_plain_numbers(metric)
    resamples = RESAMPLES if confidence else 1
    result = metric.corpus_score(stripped(hypotheses), [stripped(references)], resamples)
    return Score(
        score=float(result.score),
        signature=str(metric.get_signature()),
        interval=_interval(result, highest) if confidence else None,
    )


def _interval(result: _Result, highest: float) -> Interval:
    """What sacreBLEU prints as "mean ± half of the width", as far as there are such scores."""
    mean, half = float(result._mean), float(result._ci)
    low, high = max(0.0, mean - half), min(highest, mean + half)
    return Interval(low=low, high=high, method="bootstrap")
