"""Aligners: weights between units by loops, two directions, runs with different tokenizers."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.scoring.aligner import WAYS_TO_COMBINE, Aligner
from seq2seq_cli.scoring.alignment import transposed
from seq2seq_cli.scoring.extraction import Extraction, Weights, strongest_links
from seq2seq_cli.scoring.symmetrization import SYMMETRIZATIONS
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import train_tokenizer
from seq2seq_cli.text.vocabulary import Vocabulary

ENGLISH = ["low lower lowest", "new newer newest", "slow slower slowest"] * 20
FRENCH = ["lent plus lent", "neuf plus neuf", "bas plus bas"] * 20
PAIRS = [
    ("slower, newest low", "plus lent neuf"),
    ("lower", "bas"),
    ("", "bas"),
    ("low", " \t"),
    ("newer slow newest lowest low", "neuf lent plus neuf plus bas"),
]


@pytest.fixture(autouse=True)
def exact_arithmetic() -> Iterator[None]:
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(3)
    yield
    torch.set_default_dtype(dtype)


def codec(kind: str, lines: Sequence[str]) -> Codec:
    tokenizer = train_tokenizer(kind, lines, vocabulary_size=20)
    tokens = {token for line in lines for token in tokenizer.encode(line).tokens}
    return Codec(tokenizer, Vocabulary(sorted(tokens)))


def translator(source: Codec, target: Codec) -> Translator:
    sizes = {"embedding_size": 5, "encoder_size": 3, "decoder_size": 7, "attention_size": 11}
    model = Seq2Seq(
        source_vocabulary_size=len(source.vocabulary),
        target_vocabulary_size=len(target.vocabulary),
        config=ModelConfig(dropout=0.0, **sizes),  # type: ignore[arg-type]
    )
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return Translator(model=model.eval(), source=source, target=target)


@pytest.fixture
def words() -> Translator:
    return translator(codec("word", ENGLISH), codec("word", FRENCH))


@pytest.fixture
def pieces() -> Translator:
    return translator(codec("bpe", ENGLISH), codec("bpe", FRENCH))


@pytest.fixture
def backward() -> Translator:
    return translator(codec("bpe", FRENCH), codec("char", ENGLISH))


def aligner(forward: Translator, reverse: Translator | None = None, **changes: object) -> Aligner:
    chosen = {"extraction": Extraction(method="strongest"), "reverse": reverse} | changes
    units = {"source_unit": "words", "target_unit": "words"}
    return Aligner(translator=forward, **(units | chosen))  # type: ignore[arg-type]


def forced(run: Translator, pair: tuple[str, str]) -> Weights:
    return run.force(*pair, SearchSettings()).hypothesis.weights


def test_words_have_the_weights_of_forced_decoding(words: Translator) -> None:
    found = aligner(words).align(PAIRS)
    for pair, one in zip(PAIRS, found, strict=True):
        if not (pair[0].strip() and pair[1].strip()):
            assert (one.source, one.target, one.links) == ((), (), frozenset())
            continue
        weights = forced(words, pair)[:-1, :-1]
        np.testing.assert_allclose(one.weights, weights, rtol=0, atol=1e-12)
        assert one.links == one.agreed == strongest_links(weights)
    assert found[0].source == ("slower", ",", "newest", "low")
    assert found[0].target == ("plus", "lent", "neuf")


@pytest.mark.parametrize("shift", [False, True])
def test_pieces_are_shifted_and_then_merged(pieces: Translator, shift: bool) -> None:
    extraction = Extraction(method="strongest", shift=shift)
    (found,) = aligner(pieces, extraction=extraction).align(PAIRS[4:])
    line, target = PAIRS[4]
    raw = forced(pieces, PAIRS[4])
    columns, rows = (
        [
            [i for i, (start, _) in enumerate(side.encode(text).offsets) if begin <= start < end]
            for begin, end in spans(text)
        ]
        for side, text in ((pieces.source.tokenizer, line), (pieces.target.tokenizer, target))
    )
    assert max(map(len, columns)) > 1
    assert max(map(len, rows)) > 1
    for row, steps in enumerate(rows):
        for column, places in enumerate(columns):
            cells = [sum(raw[step + shift, place] for place in places) for step in steps]
            assert found.weights[row, column] == pytest.approx(sum(cells) / len(cells), abs=1e-12)


def spans(text: str) -> list[tuple[int, int]]:
    """Of plain words with one space between."""
    ends = np.cumsum([len(word) + 1 for word in text.split(" ")]) - 1
    return [
        (int(end) - len(word), int(end)) for word, end in zip(text.split(" "), ends, strict=True)
    ]


def test_tokens_as_units_are_the_weights_themselves(pieces: Translator) -> None:
    (found,) = aligner(pieces, source_unit="pieces", target_unit="pieces").align(PAIRS[:1])
    np.testing.assert_allclose(
        found.weights, forced(pieces, PAIRS[0])[:-1, :-1], rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("way", WAYS_TO_COMBINE)
def test_the_other_direction_is_transposed_whatever_its_tokens(
    words: Translator, backward: Translator, way: str
) -> None:
    swapped = [(target, source) for source, target in PAIRS]
    alone = aligner(words).align(PAIRS)
    others = aligner(backward).align(swapped)
    both = aligner(words, backward, combine=way).align(PAIRS)
    for one, other, found in zip(alone, others, both, strict=True):
        mean = (one.weights + other.weights.T) / 2
        np.testing.assert_allclose(found.weights, mean, rtol=0, atol=1e-12)
        back = transposed(other.links)
        combined = strongest_links(mean) if way == "mean" else None
        assert found.links == (
            SYMMETRIZATIONS[way](one.links, back) if combined is None else combined
        )
        assert found.agreed == found.links & one.links & back


def test_a_reverse_run_of_the_same_direction_is_refused(
    words: Translator, backward: Translator
) -> None:
    aligner(words, backward).check_direction(PAIRS)
    aligner(words).check_direction(PAIRS)
    same = translator(codec("word", ENGLISH), codec("word", FRENCH))
    with pytest.raises(InputError, match="same direction as ours: it does not know 100% of"):
        aligner(words, same).check_direction(PAIRS)


def test_the_signature_names_units_and_the_way_of_combining(
    words: Translator, backward: Translator
) -> None:
    assert aligner(words).signature == "method:strongest|shift:no|units:words"
    mixed = aligner(words, backward, target_unit="pieces", combine="union")
    assert mixed.signature == "method:strongest|shift:no|units:words-pieces|symmetrize:union"
