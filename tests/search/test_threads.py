"""Work on several batches at a time."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.threads import MOST_BESIDE, side_by_side
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.codec import Codec
from seq2seq_cli.text.tokenizer import train_tokenizer
from seq2seq_cli.text.vocabulary import Vocabulary

CPU = torch.device("cpu")
WORDS = Codec(train_tokenizer("word", []), Vocabulary(["nothing", "is", "read", "here"]))


def build(model: Callable[..., Any], precision: str) -> Translator:
    built = model(
        source_words=40, target_words=50, attention="luong-general", input_feeding=False
    ).float()
    return Translator(model=built, source=WORDS, target=WORDS, device=CPU, precision=precision)


def drawn_sources() -> list[list[int]]:
    """700 of them, of 1 to 6 tokens."""
    sources = torch.randint(4, 40, (700, 6)).tolist()
    return [source[: 1 + place % 6] for place, source in enumerate(sources)]


@pytest.fixture
def two_threads() -> None:
    torch.set_num_threads(2)  # `exact_arithmetic` sets them back


@pytest.mark.usefixtures("two_threads")
def test_two_batches_are_under_way_together_and_come_in_their_order() -> None:
    both = threading.Barrier(2, timeout=30)

    def work(part: int) -> tuple[int, int]:
        if part < 2:
            both.wait()  # neither goes on before the other has begun
        return part, torch.get_num_threads()

    assert list(side_by_side(work, range(5), CPU)) == [(part, 1) for part in range(5)]
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_one_batch_has_all_threads_and_no_thread_of_its_own() -> None:
    def work(part: int) -> tuple[threading.Thread, int]:
        return threading.current_thread(), torch.get_num_threads()

    assert list(side_by_side(work, [1], CPU)) == [(threading.current_thread(), 2)]


@pytest.mark.usefixtures("two_threads")
def test_what_fails_in_a_thread_is_raised_and_nothing_more_is_begun() -> None:
    begun = []

    def work(part: int) -> None:
        begun.append(part)
        if part == 0:
            raise MemoryError("part 0")
        time.sleep(0.05)

    with pytest.raises(MemoryError, match="part 0"):
        list(side_by_side(work, range(1000), CPU))
    assert len(begun) < 1000
    assert torch.get_num_threads() == 2


def test_many_threads_are_divided_among_few_batches() -> None:
    torch.set_num_threads(2 * MOST_BESIDE + 1)

    def work(part: int) -> int:
        return torch.get_num_threads()

    assert set(side_by_side(work, range(20), CPU)) == {2}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("beam", [1, 3])
def test_a_search_in_threads_finds_the_same_bit_for_bit(
    model: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    beam: int,
    seed: int,
) -> None:
    translator = build(model, precision)
    sources = drawn_sources()
    settings = SearchSettings(beam=beam, max_length_extra=2)
    threads = set()
    search_batch = Translator._search_batch

    def noted(*given: Any) -> Any:
        threads.add(threading.current_thread())
        return search_batch(*given)

    monkeypatch.setattr(Translator, "_search_batch", noted)
    alone = translator.search(sources, settings)
    assert threads == {threading.current_thread()}
    torch.set_num_threads(2)
    beside = translator.search(sources, settings)
    assert len(threads) == 3
    for (one, *_), (other, *_) in zip(alone, beside, strict=True):
        assert one.ids == other.ids
        assert one.log_probs.tolist() == other.log_probs.tolist()
        assert one.weights.tolist() == other.weights.tolist()


def test_attention_of_given_targets_is_the_same_in_threads(
    model: Callable[..., Any], seed: int
) -> None:
    translator = build(model, "fp32")
    sources, targets = drawn_sources(), drawn_sources()[::-1]
    alone = translator.attention(sources, targets)
    torch.set_num_threads(2)
    beside = translator.attention(sources, targets)
    for one, other, source, target in zip(alone, beside, sources, targets, strict=True):
        assert one is not None and other is not None
        assert one.shape == (len(target) + 1, len(source) + 1)
        assert one.tolist() == other.tolist()
