"""The mixture by hand, the gate by its equation, and fast decoders against the plain loop."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.copying import Copying, mixture
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.text.vocabulary import BOS, EOS, PAD, UNK

Build = Callable[..., Seq2Seq]
WIRINGS: dict[str, dict[str, Any]] = {
    "bahdanau": {"attention": "bahdanau"},
    "bahdanau lstm": {"attention": "bahdanau", "cell": "lstm"},
    "bahdanau deep": {"attention": "bahdanau", "decoder_layers": 2},
    "luong-dot": {"attention": "luong-dot"},
    "luong-general unfed deep": {
        "attention": "luong-general",
        "input_feeding": False,
        "decoder_layers": 2,
    },
    "luong-general lstm": {"attention": "luong-general", "cell": "lstm"},
    "luong-concat": {"attention": "luong-concat", "tie_embeddings": False},
}
every_wiring = pytest.mark.parametrize("wiring", WIRINGS.values(), ids=WIRINGS)
SOURCES, TARGETS = [5, 1, 3, 2], [2, 4, 1, 3]
TABLE = [PAD, PAD, EOS, UNK, *range(4, 11), UNK, PAD]
"""Of 13 source words one is not in the target, and one is a feature."""


@pytest.fixture
def copier(config: Callable[..., ModelConfig]) -> Build:
    """A model that copies, every parameter random."""

    def build(**changes: Any) -> Seq2Seq:
        found = Seq2Seq(
            source_vocabulary_size=13,
            target_vocabulary_size=17,
            config=config(copying=True, **changes),
            copy_table=TABLE,
        )
        for parameter in found.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
        return found

    return build


def pairs(sources: list[int] = SOURCES) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Random sources, with words that repeat, and targets that begin with `<s>`."""
    source = torch.randint(3, 13, (len(sources), max(sources) + 1))
    target = torch.randint(3, 17, (len(TARGETS), max(TARGETS)))
    for row, length in enumerate(sources):
        source[row, length - 1], source[row, length:] = EOS, PAD
    for row, length in enumerate(TARGETS):
        target[row, 0], target[row, length:] = BOS, PAD
    return source, torch.tensor(sources), target, torch.tensor(TARGETS)


def copying(p_gen: float, weights: list[float], ids: list[int]) -> Copying:
    return Copying(
        gate=torch.tensor([math.log(p_gen / (1 - p_gen))]),
        weights=torch.tensor([weights]),
        ids=torch.tensor([ids]),
        sentences=torch.tensor([0]),
    )


def test_the_mixture_by_hand() -> None:
    """.8 (.1 .2 .3 .4) + .2 (0 .75 .25 0): the second word stands twice in the source."""
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).log() + 5
    found = mixture(logits, copying(0.8, [0.5, 0.25, 0.25], [1, 2, 1])).exp()
    assert found.flatten().tolist() == pytest.approx([0.08, 0.31, 0.29, 0.32], abs=1e-12)


def test_attention_to_what_cannot_be_copied_is_generated_by_hand() -> None:
    """Of .5 to be copied, .4 looks at a feature: .5 * .6 = .3 is copied and .7 generated."""
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).log()
    one = copying(0.5, [0.0, 0.6], [PAD, 3])
    assert mixture(logits, one).exp().flatten().tolist() == pytest.approx(
        [0.07, 0.14, 0.21, 0.58], abs=1e-12
    )
    assert one.copied.tolist() == pytest.approx([0.3], abs=1e-12)


@every_wiring
def test_the_gate_by_its_equation(copier: Build, wiring: dict[str, Any], seed: int) -> None:
    """`sigmoid(w_c . c + w_s . s + w_x . x + b)`, eq. 8, word by word, and with it eq. 9."""
    built = copier(**wiring)
    source, lengths, target, _ = pairs()
    memory = built.encode(source, lengths)
    step = built.decoder.step(target[:, 0], built.decoder.start(memory))
    scores, gate = built.scores(step), built.decoder.copy_gate
    vocabulary = built.logits(step.features).softmax(dim=1)
    for row, length in enumerate(SOURCES):
        context = step.weights[row] @ memory.values[row]
        state, token = step.state.top[row], built.decoder.embedding.weight[BOS]
        own = gate.state_weight @ state + gate.input_weight @ token
        p_gen = torch.sigmoid(gate.context_weight @ context + own + gate.bias).item()
        expected = p_gen * vocabulary[row]
        for place in range(length):
            word = TABLE[int(source[row, place])]
            weight = (1 - p_gen) * step.weights[row, place]
            if word == PAD:
                expected = expected + weight * vocabulary[row]
            else:
                expected[word] += weight
        torch.testing.assert_close(scores[row].exp(), expected, rtol=0, atol=1e-12)


@every_wiring
def test_whole_targets_are_their_steps(copier: Build, wiring: dict[str, Any], seed: int) -> None:
    built = copier(**wiring)
    source, lengths, target, target_lengths = pairs()
    decoded = built(source, lengths, target, target_lengths)
    whole = decoded.packing.unpack(built.scores(decoded))
    state = built.decoder.start(built.encode(source, lengths))
    for number in range(4):
        step = built.decoder.step(target[:, number], state)
        state, scores = step.state, built.scores(step)
        for row in torch.nonzero(target_lengths > number).flatten().tolist():
            torch.testing.assert_close(whole[row, number], scores[row], rtol=0, atol=1e-11)
            assert float(scores[row].logsumexp(dim=0).detach()) == pytest.approx(0.0, abs=1e-12)


@every_wiring
def test_gradients_of_the_fast_path_are_those_of_the_plain_one(
    copier: Build, wiring: dict[str, Any], seed: int
) -> None:
    built = copier(**wiring)
    source, lengths, target, target_lengths = pairs()
    decoded = built(source, lengths, target, target_lengths)
    factors = torch.randn(10, 17)
    state, packing = built.decoder.start(built.encode(source, lengths)), decoded.packing
    columns = []
    for number in range(4):
        step = built.decoder.step(target[:, number], state)
        state = step.state
        columns.append(built.scores(step))
    plain = packing.pack(torch.stack(columns, dim=1))
    names, parameters = zip(*built.named_parameters(), strict=True)
    found, expected = (
        torch.autograd.grad((scores * factors).sum(), parameters)
        for scores in (built.scores(decoded), plain)
    )
    for name, one, other in zip(names, found, expected, strict=True):
        assert one.any(), name
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10, msg=name)


@every_wiring
def test_a_pair_does_not_depend_on_its_batch(
    copier: Build, wiring: dict[str, Any], seed: int
) -> None:
    built = copier(**wiring)
    source, lengths, target, target_lengths = pairs()
    together = built(source, lengths, target, target_lengths)
    scores = together.packing.unpack(built.scores(together))
    for row in range(4):
        cut, end = int(lengths[row]), int(target_lengths[row])
        one = slice(row, row + 1)
        alone = built(source[one, :cut], lengths[one], target[one, :end], target_lengths[one])
        torch.testing.assert_close(scores[row, :end], built.scores(alone), rtol=0, atol=1e-11)


def test_rows_share_the_source_of_their_sentence(copier: Build, seed: int) -> None:
    """Three rows for each sentence of one memory, as a beam has them, or as many memories."""
    built = copier(attention="luong-general").eval()
    source, lengths, target, _ = pairs()
    first = built.decoder.step(target[:, 0], built.decoder.start(built.encode(source, lengths)))
    rows = torch.arange(4).repeat_interleave(3)
    shared = first.state.select(rows, memory=first.state.memory)
    found, expected = (
        built.scores(built.decoder.step(torch.arange(12) + 3, state))
        for state in (shared, first.state.select(rows))
    )
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_log_probabilities_are_not_rounded_under_autocast(copier: Build, seed: int) -> None:
    built = copier(attention="luong-general").float().eval()
    source, lengths, target, target_lengths = pairs()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        decoded = built(source, lengths, target, target_lengths)
        scores = built.scores(decoded)
    assert scores.dtype == decoded.copying.gate.dtype == torch.float32
    torch.testing.assert_close(
        scores.logsumexp(dim=1), torch.zeros(10), rtol=0, atol=1e-5, check_dtype=False
    )


def test_the_table_is_no_weight(copier: Build, model: Build) -> None:
    names = set(copier().state_dict()) - set(model().state_dict())
    assert names == {
        f"decoder.copy_gate.{part}"
        for part in ("context_weight", "state_weight", "input_weight", "bias")
    }


def test_nothing_to_copy_without_attention(copier: Build) -> None:
    with pytest.raises(InputError, match="--attention none") as caught:
        copier(attention="none")
    assert "leave out --copying" in str(caught.value)
