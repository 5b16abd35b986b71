"""The tasks of docs/results.md: their data, the options that are typed, and what is compared.

`DATA` stands for the folder of the data, see benchmarks/README.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

DATA = "DATA"


def with_data(words: Iterable[str], folder: Path) -> list[str]:
    """The words of a command with the folder that `DATA` stands for."""
    return [word.replace(DATA, str(folder)) for word in words]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task."""

    title: str
    data: str
    """What it is, in words, with its source."""
    prepare: tuple[str, ...]
    """What follows `s2s prepare`."""
    train: tuple[str, ...] = ()
    """Options of `s2s train`; none where the suggestion of `prepare` is taken as it is."""
    evaluate: tuple[str, ...] = ()
    splits: tuple[str, ...] = ("test",)
    scores: tuple[str, ...]
    """What is kept of the evaluation, the score of the page first."""
    is_word_error_rate: bool = False
    """Whether the page shows 100 less `exact_match`, and phones for words."""
    published: str
    """Results of others, each with its source."""


_MULTI30K_DATA = (
    "Multi30k, English to German (Elliott et al. 2016): 29,000 training, 1,014 validation and "
    "1,000 test pairs (test_2016_flickr)"
)
_TRANSDUCERS = (
    "the baseline of the shared task, an ensemble of 10 neural transducers (Ashby et al. 2021, "
    "Results of the Second SIGMORPHON Shared Task on Multilingual Grapheme-to-Phoneme Conversion)"
)


def _multi30k(form: str) -> tuple[str, ...]:
    names = {"train": "train", "valid": "val", "test": "test_2016_flickr"}
    return tuple(
        part
        for split, name in names.items()
        for side, language in (("src", "en"), ("tgt", "de"))
        for part in (f"--{split}-{side}", f"{DATA}/multi30k/{name}{form}.{language}.gz")
    )


def _phones(language: str, code: str, *options: str, published: str) -> Task:
    files = f"{DATA}/sigmorphon2021/{code}"
    return Task(
        title=f"{language} words to phones",
        data=f"{language}, SIGMORPHON 2021 task 1, medium: 8,000 training, 1,000 validation and "
        "1,000 test words of WikiPron",
        prepare=(
            f"{files}_train.tsv",
            *("--valid", f"{files}_dev.tsv", "--test", f"{files}_test.tsv"),
            *("--src-tokenizer", "char", "--tgt-tokenizer", "space", *options),
        ),
        scores=("exact_match", "token_error_rate"),
        is_word_error_rate=True,
        published=published,
    )


_DEMO = Task(
    title="The built-in corpus",
    data="the corpus that is made by the package (`s2s prepare`); `compositional` has words in "
    "combinations that training lacks, `long` sentences longer than any of training",
    prepare=("demo",),
    splits=("test", "compositional", "long"),
    scores=("bleu", "exact_match"),
    published="",
)

TASKS = {
    "demo": _DEMO,
    "demo-longer": replace(
        _DEMO,
        title="The built-in corpus, trained for longer",
        data="the same corpus, for those who have some minutes more than the preset takes",
        train=("--epochs", "30", "--dropout", "0.1", "--learning-rate", "5e-3"),
    ),
    "multi30k": Task(
        title="Multi30k, raw text",
        data=_MULTI30K_DATA,
        prepare=(*_multi30k(""), "--tokenizer", "bpe", "--vocab-size", "8000"),
        scores=("bleu", "chrf"),
        published="OpenNMT-py 3.5.1 beside it: see [performance.md](performance.md)",
    ),
    "multi30k-tokenised": Task(
        title="Multi30k, lowercased and tokenised",
        data=f"{_MULTI30K_DATA}, in the form that the authors lowercased, normalised and "
        "tokenised, which papers report on",
        prepare=(*_multi30k(".lc.norm.tok"), "--tokenizer", "bpe", "--vocab-size", "10000"),
        evaluate=("--bleu-tokenizer", "none"),
        scores=("bleu",),
        published="recurrent, text alone: 39.0 (LIUM at WMT 2017, Caglayan et al. 2017); "
        "Transformer-Tiny 41.0 (Wu et al. 2021, Good for Misconceived Reasons)",
    ),
    "g2p-french": _phones("French", "fre", published=f"8.5: {_TRANSDUCERS}"),
    "g2p-bulgarian": _phones("Bulgarian", "bul", published=f"18.3: {_TRANSDUCERS}"),
    "g2p-korean": _phones(
        "Korean", "kor", "--src-normalize", "nfd", published=f"16.3: {_TRANSDUCERS}"
    ),
}
