"""The token stream that all contenders train on: prepared by s2s, written as text.

Lines stand in the order of the batches of s2s's first epoch, so that a toolkit that takes 64
consecutive lines has the very batches that s2s has. Knows nothing of the toolkits.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seq2seq_cli.batching.dataset import Dataset, Split
from seq2seq_cli.batching.prepare import prepare
from seq2seq_cli.batching.sampler import BatchSize, epoch_batches
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.corpus.selection import Named, select_corpus


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A prepared dataset and its first epoch as text."""

    dataset: Path
    text: Path
    """Holds SPLIT.source and SPLIT.target for each split, and SIDE.vocabulary."""
    target_types: int
    """With the four special tokens."""
    source_types: int
    source_per_target: float
    """Tokens, `</s>` counted on both sides."""
    source_length: float
    """Mean source positions that a target token attends to, `</s>` included."""


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What is prepared, and how."""

    name: str
    files: Named
    settings: PrepareSettings


def multi30k(data: Path) -> Preparation:
    """English to German, BPE of 8,000 pieces for both sides together."""
    folder = data / "multi30k"
    files = {
        f"{split}_{side}": str(folder / f"{name}.{language}.gz")
        for split, name in (("train", "train"), ("valid", "val"), ("test", "test_2016_flickr"))
        for side, language in (("src", "en"), ("tgt", "de"))
    }
    settings = PrepareSettings(
        source_tokenizer="bpe", target_tokenizer="bpe", joint=True, vocabulary_limit=8000
    )
    return Preparation(name="multi30k", files=Named(**files), settings=settings)


def french_phones(data: Path) -> Preparation:
    """French words to phones: characters to space-separated symbols."""
    folder = data / "sigmorphon2021"
    files = Named(
        source=str(folder / "fre_train.tsv"),
        valid=str(folder / "fre_dev.tsv"),
        tests=[str(folder / "fre_test.tsv")],
    )
    settings = PrepareSettings(source_tokenizer="char", target_tokenizer="space")
    return Preparation(name="french-phones", files=files, settings=settings)


def make_stream(preparation: Preparation, work: Path, *, sentences: int, seed: int) -> Stream:
    """Prepare a corpus anew in `work` and write its first epoch as text.

    Args:
        preparation: what to prepare
        work: a folder for the dataset and the text; what was there is replaced
        sentences: of a batch
        seed: of the run that has this epoch
    """
    folder, text = work / preparation.name, work / f"{preparation.name}-text"
    text.mkdir(parents=True, exist_ok=True)
    corpus = select_corpus(preparation.files)
    prepare(corpus, preparation.settings, out=folder, force=True)
    dataset = Dataset.open(folder)
    write_text(dataset, text, sentences=sentences, seed=seed)
    return describe(dataset, text)


def write_text(dataset: Dataset, text: Path, *, sentences: int, seed: int) -> None:
    """Vocabularies, the first epoch of training pairs, and all other pairs, in pieces."""
    train, size = dataset.split("train"), BatchSize(tokens=1, sentences=sentences)
    batches = epoch_batches(
        train.source_lengths, train.target_lengths, size=size, seed=seed, epoch=1
    )
    # A batch that is not full, if there is one, would shift what comes after it: it goes last.
    order = np.concatenate(sorted(batches, key=lambda batch: len(batch) < sentences))
    for side in ("source", "target"):
        tokens = getattr(dataset, side).vocabulary.tokens
        (text / f"{side}.vocabulary").write_text("\n".join(tokens[4:]) + "\n", encoding="utf-8")
        _write_pieces(text / f"train.{side}", train, side, tokens, order)
    for name in dataset.split_names:
        if name != "train":
            split = dataset.split(name)
            every = np.arange(len(split))
            for side in ("source", "target"):
                tokens = getattr(dataset, side).vocabulary.tokens
                _write_pieces(text / f"{name}.{side}", split, side, tokens, every)


def _write_pieces(
    path: Path, split: Split, side: str, tokens: tuple[str, ...], order: np.ndarray
) -> None:
    line = getattr(split, side)
    rows = (" ".join(tokens[token] for token in line(int(index))) for index in order)
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def describe(dataset: Dataset, text: Path) -> Stream:
    """The numbers of a stream that the arithmetic depends on."""
    train = dataset.split("train")
    source, target = train.source_lengths + 1, train.target_lengths + 1
    return Stream(
        dataset=dataset.folder,
        text=text,
        target_types=len(dataset.target.vocabulary),
        source_types=len(dataset.source.vocabulary),
        source_per_target=float(source.sum() / target.sum()),
        source_length=float((source * target).sum() / target.sum()),
    )
