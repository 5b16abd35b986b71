"""Lines of links to links between tokens, and those of a batch."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.batching.batch import make_batch
from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.batching.prepare import prepare
from seq2seq_cli.batching.settings import PrepareSettings
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.corpus.selection import Corpus
from seq2seq_cli.corpus.sources import ListPairs, Row
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.link_units import LINK_UNITS, pieces_of_units, unit_spans
from seq2seq_cli.text.tokenizer import Tokenizer, train_tokenizer
from seq2seq_cli.training.links import TokenLinks, _Side, read_links

SOURCES = ("ab c", "e, fg", "h", "k lm")
TARGETS = ("x y z", "u v", "w w.", "s t")
Read = Callable[..., list[list[tuple[int, int]]]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Four training pairs; a source token is a letter or a space, a target token a word."""
    rows = [Row(source, target) for source, target in zip(SOURCES, TARGETS, strict=True)]
    train, valid = ListPairs("train", rows), ListPairs("valid", [Row("ab", "x")])
    corpus = Corpus(name="linked", train=train, valid=valid, tests={})
    settings = PrepareSettings(source_tokenizer="char", target_tokenizer="word")
    folder = tmp_path_factory.mktemp("links") / "linked"
    return Dataset.open(prepare(corpus, settings, out=folder).folder)


@pytest.fixture
def read(data: Dataset, tmp_path: Path) -> Read:
    """Links of each training pair, (target token, source token), read from lines."""

    def of(*lines: str, units: str = "words") -> list[list[tuple[int, int]]]:
        path = tmp_path / "links.txt"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        split = data.split("train")
        sides = (data.source.tokenizer, data.target.tokenizer)
        found = read_links(TextFile(str(path)), split, *sides, units=units)
        begins = found.offsets.tolist()
        assert len(begins) == len(split) + 1
        links = list(zip(found.targets.tolist(), found.sources.tolist(), strict=True))
        return [links[a:b] for a, b in pairwise(begins)]

    return of


def test_words_are_linked_letter_by_letter(read: Read) -> None:
    """ "ab c" is a b ␣ c, and the space goes with the c."""
    found = read("0-1 1-0", "2-1 1-0", "", "1-1 0-1")
    assert found == [
        [(0, 2), (0, 3), (1, 0), (1, 1)],
        [(0, 1), (1, 2), (1, 3), (1, 4)],
        [],
        [(1, 0), (1, 1), (1, 2), (1, 3)],
    ]


def test_units_are_what_links_count(read: Read) -> None:
    """ "e, fg" has three words, two chunks and five tokens."""
    assert read("", "1-1", "0-1", "", units="words")[1:3] == [[(1, 1)], [(1, 0)]]
    assert read("", "1-1", "0-1", "", units="space")[1:3] == [
        [(1, 2), (1, 3), (1, 4)],
        [(1, 0), (2, 0)],
    ]
    assert read("", "4-1", "0-2", "", units="pieces")[1:3] == [[(1, 4)], [(2, 0)]]


def test_possible_links_count_where_there_is_no_sure_one(read: Read) -> None:
    found = read("0p0 1-0 0p1 1p1", "", "", "", units="words")
    assert found[0] == [(0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]


@pytest.mark.parametrize(
    ("lines", "units", "expected"),
    [
        (["0-0"] * 3, "words", r"links.txt has 3 lines, and the dataset has 4 training pairs"),
        (["0-0"] * 5, "words", r"has 5 lines.* of .*train\.source\.txt and .*train\.target\.txt"),
        (["0-0", "3-0", "", ""], "words", r"line 2: link 3-0 is out .*3 words and its target 2,"),
        (["0-0", "2-0", "", ""], "space", r"its source has 2 words between spaces"),
        (["0-0", "", "", "0p4"], "pieces", r"line 4: link 0-4 .* 4 tokens and its target 2,"),
        (["0-0", "0=1", "", ""], "words", r"line 2: expected links such as 0-1"),
    ],
)
def test_lines_that_do_not_fit(read: Read, lines: list[str], units: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        read(*lines, units=units)


def test_a_batch_has_the_links_of_its_pairs_in_its_order() -> None:
    """Pairs 2, 0 and 1 of three; pair 0 has no links, and a token of pair 2 has two."""
    links = TokenLinks(
        offsets=np.array([0, 0, 1, 4]),
        targets=np.array([2, 0, 0, 1], dtype=np.uint16),
        sources=np.array([7, 1, 3, 0], dtype=np.uint16),
    )
    batch = make_batch([[9] * 4, [9], [9] * 8], [[9] * 2, [9], [9] * 4], [2, 0, 1])
    found = links.of_batch(batch)
    assert links.pairs == 2
    assert found.places.tolist() == [0, 0, 1, 12]  # five columns: the longest target and </s>
    assert found.columns.tolist() == [1, 3, 0, 7]
    assert found.sharing.tolist() == [2, 2, 1, 1]
    assert found.tokens == 3


def test_a_batch_may_have_no_links() -> None:
    links = TokenLinks(offsets=np.array([0, 0, 1]), targets=np.array([0]), sources=np.array([0]))
    found = links.of_batch(make_batch([[9]], [[9]], [0]))
    assert (found.tokens, len(found.places), len(found.sharing)) == (0, 0, 0)


TOKENIZERS = {
    **{kind: train_tokenizer(kind, []) for kind in ("word", "char", "space")},
    "bpe": train_tokenizer("bpe", ["l'ami dort, l'amie dort.", "東京 東京へ"], vocabulary_size=40),
}


@pytest.mark.parametrize("units", LINK_UNITS)
@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)
@given(line=st.text(alphabet="ab'.,-東京 \t▁é\u0301", max_size=12))
def test_what_is_remembered_is_what_whole_lines_give(
    tokenizer: Tokenizer, units: str, line: str
) -> None:
    offsets = tokenizer.encode(line).offsets
    expected = len(offsets), pieces_of_units(line, offsets, unit_spans(units, line, offsets))
    side = _Side(tokenizer, units)
    assert side.groups(line) == side.groups(line) == expected
