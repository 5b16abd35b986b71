"""How a corpus is to be prepared: one frozen record, checked when it is made.

Knows nothing of files. Messages quote the options of `s2s prepare` that set each value.
"""

import math
from dataclasses import dataclass

from rapidfuzz import process

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.features import DEFAULT_SEPARATOR, check_separator
from seq2seq_cli.text.normalization import FORMS, Form, as_form
from seq2seq_cli.text.tokenizer import TOKENIZER_KINDS
from seq2seq_cli.text.visible import visible

SUBWORDS = ("bpe", "unigram")
TEXT_KINDS = ("word", *SUBWORDS)
DEFAULT_SHARE = 0.05
DEFAULT_RATIO = 9.0
DEFAULT_PIECES = 8_000
DEFAULT_ENTRIES = 50_000
SMALLEST_LIMIT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareSettings:
    """Settings of one preparation; None means that the corpus decides.

    Attributes:
        source_tokenizer, target_tokenizer: kinds of tokenizer.
        source_form, target_form: Unicode normal form that each side is brought into before it is
            tokenized; None: it stays as it is.
        feature_separator: what stands between the features of a column.
        joint: one subword tokenizer for both sides; None: where both are of one subword kind.
        vocabulary_limit: most subwords of a tokenizer, or most entries of a side; None: 8,000
            subwords, 50,000 entries.
        minimum_frequency: how often training must have a token for the vocabulary to have it.
        sample: most training pairs that tokenizers are trained on.
        max_length: most tokens that either side of a training pair may have.
        max_ratio: most times that one side may be as long as the other; None: 9 where both sides
            are words or subwords, else any.
        keep_duplicates: whether training keeps pairs that come again.
        valid_share, test_share: shares of the training source to set apart by hash; None: 0.05
            where no such split is given. A test split is set apart only if neither is given.
        seed: of the sample, and of the built-in corpus.

    Raises:
        InputError: quoting the option whose value is out of range.
    """

    source_tokenizer: str | None = None
    target_tokenizer: str | None = None
    source_form: Form | None = None
    target_form: Form | None = None
    feature_separator: str = DEFAULT_SEPARATOR
    joint: bool | None = None
    vocabulary_limit: int | None = None
    minimum_frequency: int = 1
    sample: int = 1_000_000
    max_length: int = 250
    max_ratio: float | None = None
    keep_duplicates: bool = False
    valid_share: float | None = None
    test_share: float | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        check_kind("--src-tokenizer", self.source_tokenizer)
        check_kind("--tgt-tokenizer", self.target_tokenizer)
        check_separator(self.feature_separator)
        _check_least("--vocab-size", self.vocabulary_limit, SMALLEST_LIMIT)
        _check_least("--min-frequency", self.minimum_frequency, 1)
        _check_least("--sample", self.sample, 1)
        _check_least("--max-length", self.max_length, 1)
        _check_least("--max-ratio", self.max_ratio, 1)
        _check_least("--seed", self.seed, 0)
        _check_share("--valid-share", self.valid_share)
        _check_share("--test-share", self.test_share)
        if (self.valid_share or 0.0) + (self.test_share or 0.0) >= 1.0:
            raise InputError(
                "--valid-share and --test-share leave nothing for training; "
                "their sum must be below 1."
            )


def check_kind(option: str, kind: str | None) -> None:
    """Check the name of a kind of tokenizer; None is none and passes.

    Raises:
        InputError: naming the option and the closest known kind.
    """
    if kind is None or kind in TOKENIZER_KINDS:
        return
    closest = process.extractOne(kind, TOKENIZER_KINDS, score_cutoff=50)
    hint = f" Did you mean `{closest[0]}`?" if closest else ""
    raise InputError(
        f"{option} {visible(kind)}: there is no such tokenizer; "
        f"known are {', '.join(TOKENIZER_KINDS)}.{hint}"
    )


def form_named(option: str, name: str | None) -> Form | None:
    """The normal form of this name; None is none.

    Raises:
        InputError: naming the option and the forms that are known.
    """
    form = as_form(name)
    if name is not None and form is None:
        raise InputError(
            f"{option} {visible(name)}: there is no such form; known are {', '.join(FORMS)}."
        )
    return form


def _check_least(option: str, value: float | None, least: int) -> None:
    if value is not None and not (math.isfinite(value) and value >= least):
        raise InputError(f"{option} {value}: a number of {least} or more is expected.")


def _check_share(option: str, value: float | None) -> None:
    if value is not None and not 0.0 <= value < 1.0:
        raise InputError(
            f"{option} {value}: a share from 0 to below 1 is expected, such as {DEFAULT_SHARE}."
        )
