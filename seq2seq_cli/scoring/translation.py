"""BLEU, chrF and TER of whole files, computed by sacreBLEU on raw detokenized text.

Settings are those of the `sacrebleu` command, so that a run of it on the same lines gives the same
figures. Knows nothing of tokens, models or files.
"""

from collections.abc import Sequence
from typing import Protocol

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.score import Score, check_lines

BLEU_TOKENIZERS = ("13a", "intl", "char", "zh", "ja-mecab", "ko-mecab", "none")
"""sacreBLEU's tokenizers, without those that download a model."""

_EXTRAS = {"ja-mecab": "sacrebleu[ja]", "ko-mecab": "sacrebleu[ko]"}


class _Result(Protocol):
    score: float


class _Metric(Protocol):
    def corpus_score(
        self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]
    ) -> _Result: ...

    def get_signature(self) -> object: ...


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    tokenizer: str = "13a",
    lowercase: bool = False,
) -> Score:
    """Corpus BLEU (Papineni et al. 2002; Post 2018), 0 to 100.

    It is 0 where no hypothesis has four tokens. Raises `InputError` for a tokenizer that is unknown
    or whose packages are missing, for different numbers of lines, and for none.
    """
    return _score(_bleu_metric(tokenizer, lowercase), hypotheses, references)


def chrf(hypotheses: Sequence[str], references: Sequence[str], *, lowercase: bool = False) -> Score:
    """chrF2: the F-score of character n-grams up to 6 (Popović 2015), 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return _score(CHRF(lowercase=lowercase), hypotheses, references)


def ter(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """Translation edit rate (Snover et al. 2006) in percent; lower is better.

    Case is always ignored, as in Tercom and in the `sacrebleu` command.
    """
    from sacrebleu.metrics.ter import TER

    return _score(TER(), hypotheses, references)


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


def _score(metric: _Metric, hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    check_lines(hypotheses, references)
    # The command strips the ends of lines as it reads them.
    ours = [line.rstrip() for line in hypotheses]
    gold = [line.rstrip() for line in references]
    result = metric.corpus_score(ours, [gold])
    return Score(score=float(result.score), signature=str(metric.get_signature()))
