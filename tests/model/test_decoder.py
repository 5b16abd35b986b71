"""The fast decoders against the plain loop, one step at a time, and finite differences."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from seq2seq_cli.errors import InputError
from seq2seq_cli.model.attention import Memory
from seq2seq_cli.model.decoder import DecoderState
from seq2seq_cli.model.packing import Packing
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.text.vocabulary import BOS, PAD

Build = Callable[..., Seq2Seq]
Pairs = tuple[Tensor, Tensor, Tensor, Tensor]

WIRINGS: dict[str, dict[str, Any]] = {
    "none": {"attention": "none"},
    "bahdanau": {"attention": "bahdanau"},
    **{
        f"{kind}{'' if feeding else ' unfed'}": {"attention": kind, "input_feeding": feeding}
        for kind in ("luong-dot", "luong-general", "luong-concat")
        for feeding in (True, False)
    },
    **{
        f"{kind}{'' if feeding else ' unfed'}": {
            "attention": kind,
            "input_feeding": feeding,
            "attention_window": window,
            "attention_positions": 4,
        }
        for kind, window in (("luong-local-m", 1), ("luong-local-p", 2), ("location", 1))
        for feeding in (True, False)
    },
}
SHAPES = {
    "unequal": ([5, 1, 3, 2], [2, 4, 1, 3]),
    "empty targets": ([2, 3], [1, 1]),
    "one token each": ([1], [1]),
    "equal": ([3, 3, 3], [2, 2, 2]),
}

every_wiring = pytest.mark.parametrize("wiring", WIRINGS.values(), ids=WIRINGS)
every_cell = pytest.mark.parametrize("cell", ["gru", "lstm"])
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def random_pairs(source_lengths: list[int], target_lengths: list[int]) -> Pairs:
    """Sources and targets that begin with `<s>`, padded to one column more than needed."""
    source, target = (
        torch.randint(3, words, (len(lengths), max(lengths) + 1))
        for words, lengths in ((13, source_lengths), (17, target_lengths))
    )
    target[:, 0] = BOS
    for padded, lengths in ((source, source_lengths), (target, target_lengths)):
        for row, length in enumerate(lengths):
            padded[row, length:] = PAD
    return source, torch.tensor(source_lengths), target, torch.tensor(target_lengths)


def both_paths(model: Seq2Seq, pairs: Pairs) -> Iterator[tuple[Tensor, Tensor]]:
    """Packed features and weights, by the fast path, then by the plain one."""
    source, lengths, target, target_lengths = pairs
    fast = model(source, lengths, target, target_lengths)
    yield fast.features, fast.weights
    plain = model.decoder.forward_plainly(target, model.encode(source, lengths))
    yield fast.packing.pack(plain[0]), fast.packing.pack(plain[1])


def gradients(model: Seq2Seq, outputs: tuple[Tensor, ...], grads: list[Tensor]) -> list[Tensor]:
    total = sum((one * grad).sum() for one, grad in zip(outputs, grads, strict=True))
    assert isinstance(total, Tensor)
    return list(
        torch.autograd.grad(
            total, list(model.parameters()), allow_unused=True, materialize_grads=True
        )
    )


@every_shape
@every_cell
@every_wiring
def test_fast_and_plain_agree_in_values_and_gradients(
    model: Build, wiring: dict[str, Any], cell: str, shape: tuple[list[int], list[int]], seed: int
) -> None:
    built = model(cell=cell, **wiring)
    assert built.decoder.has_fast_path
    pairs = random_pairs(*shape)
    fast, plain = both_paths(built, pairs)
    for found, expected in zip(fast, plain, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-12)
    grads = [torch.randn_like(one) for one in fast]
    found_grads, expected_grads = (gradients(built, path, grads) for path in (fast, plain))
    names = [name for name, _ in built.named_parameters()]
    for name, found, expected in zip(names, found_grads, expected_grads, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-11), name


@every_wiring
def test_every_parameter_has_a_gradient(model: Build, wiring: dict[str, Any]) -> None:
    torch.manual_seed(5)
    built = model(tie_embeddings=False, **wiring)
    source, lengths, target, target_lengths = random_pairs([5, 1, 3, 2], [2, 4, 1, 3])
    decoded = built(source, lengths, target, target_lengths)
    (built.logits(decoded.features) ** 2).sum().backward()
    idle = [
        name for name, one in built.named_parameters() if one.grad is None or not one.grad.any()
    ]
    assert idle == []


def slope(loss: Callable[[], Tensor], parameters: list[Tensor], by: list[Tensor]) -> float:
    """The derivative of `loss` in the direction `by`, by central differences."""
    step, values = 1e-5, []
    with torch.no_grad():
        for sign in (1, -1):
            for parameter, direction in zip(parameters, by, strict=True):
                parameter.add_(direction, alpha=sign * step)
            values.append(float(loss()))
            for parameter, direction in zip(parameters, by, strict=True):
                parameter.sub_(direction, alpha=sign * step)
    return (values[0] - values[1]) / (2 * step)


@every_cell
@every_wiring
def test_gradients_by_finite_differences(
    model: Build, wiring: dict[str, Any], cell: str, seed: int
) -> None:
    """Each parameter in a random direction; the fast functions go back only once per graph."""
    built = model(cell=cell, **wiring)
    pairs = random_pairs([3, 1, 2], [2, 3, 1])
    features = torch.randn(6, built.decoder.feature_size)
    weights = torch.randn(6, pairs[0].size(1))

    def loss() -> Tensor:
        decoded = built(*pairs)
        return (decoded.features * features).sum() + (decoded.weights * weights).sum()

    parameters = dict(built.named_parameters())
    grads = torch.autograd.grad(
        loss(), list(parameters.values()), allow_unused=True, materialize_grads=True
    )
    for (name, parameter), grad in zip(parameters.items(), grads, strict=True):
        direction = torch.randn_like(parameter)
        expected = slope(loss, [parameter], [direction])
        found = float((grad * direction).sum())
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-7), name


@every_cell
@every_wiring
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_whole_targets_are_their_steps(
    model: Build, wiring: dict[str, Any], cell: str, layers: int, seed: int
) -> None:
    built = model(cell=cell, decoder_layers=layers, **wiring)
    source, lengths, target, target_lengths = random_pairs([5, 1, 3], [2, 4, 1])
    decoded = built(source, lengths, target, target_lengths)
    features = decoded.packing.unpack(decoded.features)
    weights = decoded.packing.unpack(decoded.weights)
    state = built.decoder.start(built.encode(source, lengths))
    for number in range(4):
        step = built.decoder.step(target[:, number], state)
        state = step.state
        for row in torch.nonzero(target_lengths > number).flatten().tolist():
            assert torch.allclose(features[row, number], step.features[row], rtol=0, atol=1e-12)
            assert torch.allclose(weights[row, number], step.weights[row], rtol=0, atol=1e-12)


@every_wiring
@pytest.mark.parametrize("layers", [2, 3])
def test_deep_decoders_agree_with_the_plain_loop(
    model: Build, wiring: dict[str, Any], layers: int, seed: int
) -> None:
    built = model(decoder_layers=layers, **wiring)
    fast, plain = both_paths(built, random_pairs([5, 1, 3, 2], [2, 4, 1, 3]))
    grads = [torch.randn_like(one) for one in fast]
    for found, expected in zip(fast, plain, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-12)
    found_grads, expected_grads = (gradients(built, path, grads) for path in (fast, plain))
    for found, expected in zip(found_grads, expected_grads, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=1e-11)


@every_wiring
def test_weights_are_a_distribution_over_the_real_source(
    model: Build, wiring: dict[str, Any], seed: int
) -> None:
    """Less than one for `luong-local-p`, whose weights fade after the softmax."""
    pairs = random_pairs([5, 1, 3], [2, 4, 1])
    decoded = model(**wiring)(*pairs)
    weights = decoded.packing.unpack(decoded.weights)
    total = 0.0 if wiring["attention"] == "none" else 1.0
    for row, (source, target) in enumerate(zip([5, 1, 3], [2, 4, 1], strict=True)):
        assert not weights[row, :, source:].any()
        sums = weights[row, :target].sum(dim=1)
        if wiring["attention"] == "luong-local-p":
            assert bool(((sums > 0.1) & (sums < 1.0)).all())
        else:
            assert torch.allclose(sums, torch.full((target,), total), rtol=0, atol=1e-13)


@every_wiring
def test_a_pair_does_not_depend_on_its_batch(
    model: Build, wiring: dict[str, Any], seed: int
) -> None:
    built = model(**wiring)
    source, lengths, target, target_lengths = random_pairs([5, 1, 3], [2, 4, 1])
    together = built(source, lengths, target, target_lengths)
    features = together.packing.unpack(together.features)
    for row in range(3):
        cut, end = int(lengths[row]), int(target_lengths[row])
        alone = built(
            source[row : row + 1, :cut],
            lengths[row : row + 1],
            target[row : row + 1, :end],
            target_lengths[row : row + 1],
        )
        assert torch.allclose(features[row, :end], alone.features, rtol=0, atol=1e-12)


@every_wiring
def test_the_past_of_a_target_does_not_see_its_future(
    model: Build, wiring: dict[str, Any], seed: int
) -> None:
    built = model(**wiring)
    source, lengths, target, target_lengths = random_pairs([5, 3], [4, 4])
    changed = target.clone()
    changed[:, 2] = 3 + (target[:, 2] - 2) % 14
    before, after = (built(source, lengths, one, target_lengths) for one in (target, changed))
    moved = (before.packing.unpack(before.features) != after.packing.unpack(after.features)).any(2)
    assert moved[:, :4].tolist() == [[False, False, True, True]] * 2


def test_the_first_state_is_a_layer_over_the_summary(model: Build, seed: int) -> None:
    built = model(cell="lstm", decoder_layers=2, attention="luong-general")
    source, lengths, _, _ = random_pairs([5, 3], [1, 1])
    memory = built.encode(source, lengths)
    state = built.decoder.start(memory)
    bridge = built.decoder.bridge
    expected = torch.tanh(memory.summary @ bridge.weight.t() + bridge.bias)
    found = torch.cat([hidden for hidden, _ in state.layers], dim=1)
    assert torch.allclose(found, expected, rtol=0, atol=1e-13)
    assert not any(cell.any() for _, cell in state.layers)
    assert state.feed is not None
    assert torch.equal(state.feed, torch.zeros(2, 7))


def test_bahdanau_step_by_its_equations(model: Build, seed: int) -> None:
    """The context of the state before enters the gates, the readout and nothing else."""
    built = model(attention="bahdanau")
    decoder = built.decoder
    source, lengths, target, _ = random_pairs([5, 3], [1, 1])
    memory = built.encode(source, lengths)
    state = decoder.start(memory)
    step = decoder.step(target[:, 0], state)
    attention, cell = decoder.attention, decoder.cells[0]
    for row, length in enumerate(lengths.tolist()):
        before, values = state.top[row], memory.values[row, :length]
        hidden = torch.tanh(attention.query_weight @ before + values @ attention.key_weight.t())
        weights = torch.softmax(hidden @ attention.energy, dim=0)
        context = weights @ values
        embedded = decoder.embedding.weight[BOS]
        projected = cell.project(embedded) + cell.input_weights[1] @ context
        (after,) = cell(projected.unsqueeze(0), (before.unsqueeze(0),))
        readout = decoder.readout_state(after[0]) + decoder.readout_token.weight @ embedded
        features = torch.tanh(readout + decoder.readout_context.weight @ context)
        assert torch.allclose(step.weights[row, :length], weights, rtol=0, atol=1e-12)
        assert torch.allclose(step.features[row], features, rtol=0, atol=1e-12)


def test_luong_step_by_its_equations(model: Build, seed: int) -> None:
    """The new state is scored; `tanh(W [c; s])` is what comes out and what is fed back."""
    built = model(attention="luong-general", tie_embeddings=False)
    decoder = built.decoder
    source, lengths, target, _ = random_pairs([5, 3], [2, 2])
    memory = built.encode(source, lengths)
    first = decoder.step(target[:, 0], decoder.start(memory))
    second = decoder.step(target[:, 1], first.state)
    cell = decoder.cells[0]
    joint = torch.cat([decoder.combine_context.weight, decoder.combine_state.weight], dim=1)
    assert first.state.feed is not None
    assert torch.equal(first.state.feed, first.features)
    for row, length in enumerate(lengths.tolist()):
        projected = cell.project(decoder.embedding.weight[target[row, 1]])
        projected = projected + cell.input_weights[1] @ first.features[row]
        (after,) = cell(projected.unsqueeze(0), (first.state.top[row : row + 1],))
        values = memory.values[row, :length]
        weights = torch.softmax(values @ decoder.attention.key_weight.t() @ after[0], dim=0)
        joined = torch.cat([weights @ values, after[0]])
        attentional = torch.tanh(joint @ joined + decoder.combine_context.bias)
        assert torch.allclose(second.weights[row, :length], weights, rtol=0, atol=1e-12)
        assert torch.allclose(second.features[row], attentional, rtol=0, atol=1e-12)


def test_without_feeding_no_state_of_it_is_kept(model: Build) -> None:
    built = model(attention="luong-dot", input_feeding=False)
    source, lengths, target, _ = random_pairs([5, 3], [1, 1])
    state = built.decoder.start(built.encode(source, lengths))
    assert state.feed is None
    assert built.decoder.step(target[:, 0], state).state.feed is None


def test_rows_of_a_state_may_repeat(model: Build, seed: int) -> None:
    built = model(attention="luong-concat", cell="lstm", decoder_layers=2)
    source, lengths, target, _ = random_pairs([5, 1, 3], [1, 1, 1])
    step = built.decoder.step(target[:, 0], built.decoder.start(built.encode(source, lengths)))
    rows = torch.tensor([2, 0, 2])
    chosen = built.decoder.step(torch.tensor([4, 5, 4]), step.state.select(rows))
    usual = built.decoder.step(torch.tensor([5, 6, 4]), step.state)
    assert torch.allclose(chosen.features[1], usual.features[0], rtol=0, atol=1e-13)
    assert torch.allclose(chosen.features[0], usual.features[2], rtol=0, atol=1e-13)
    assert torch.equal(chosen.features[0], chosen.features[2])


@every_cell
@every_wiring
def test_rows_share_the_memory_of_their_sentence(
    model: Build, wiring: dict[str, Any], cell: str, seed: int
) -> None:
    """Three rows for each sentence of one memory, or as many memories."""
    built = model(cell=cell, decoder_layers=2, **wiring).eval()
    source, lengths, target, _ = random_pairs([5, 1, 3], [3, 3, 3])
    rows = torch.arange(3).repeat_interleave(3)
    first = built.decoder.step(target[:, 0], built.decoder.start(built.encode(source, lengths)))
    shared = first.state.select(rows, memory=first.state.memory)
    repeated = first.state.select(rows)
    for tokens in (torch.tensor([4, 5, 6, 7, 8, 9, 10, 11, 12]), torch.arange(9) + 3):
        found, expected = (built.decoder.step(tokens, state) for state in (shared, repeated))
        assert torch.allclose(found.features, expected.features, rtol=0, atol=1e-13)
        assert torch.allclose(found.weights, expected.weights, rtol=0, atol=1e-13)
        shared, repeated = found.state, expected.state


def test_select_takes_a_memory_that_is_known_to_fit(model: Build) -> None:
    built = model()
    source, lengths, _, _ = random_pairs([5, 3], [1, 1])
    state = built.decoder.start(built.encode(source, lengths))
    other: Memory = state.memory.select(torch.tensor([1]))
    chosen: DecoderState = state.select(torch.tensor([1]), memory=other)
    assert chosen.memory is other


@every_wiring
def test_dropout_acts_in_training_alone(model: Build, wiring: dict[str, Any]) -> None:
    torch.manual_seed(3)
    built = model(dropout=0.5, **wiring)
    pairs = random_pairs([5, 3], [4, 2])
    built.eval()
    assert torch.equal(built(*pairs).features, built(*pairs).features)
    built.train()
    assert not torch.equal(built(*pairs).features, built(*pairs).features)


@every_cell
@every_wiring
def test_bfloat16_is_near_float32(
    model: Build, wiring: dict[str, Any], cell: str, seed: int
) -> None:
    wide = {"attention_window": 20}  # rounding moves a predicted centre: no word may be at the edge
    built = model(cell=cell, **(wiring | wide)).float()
    pairs = random_pairs([7, 2, 5, 3], [5, 4, 1, 3])
    exact = built(*pairs)
    grad = torch.randn_like(exact.features)
    wanted = gradients(built, (exact.features,), [grad])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = built(*pairs)
    assert not torch.equal(rounded.features.float(), exact.features)
    found = gradients(built, (rounded.features.float(),), [grad])
    assert torch.allclose(rounded.features.float(), exact.features, rtol=0, atol=0.05)
    assert torch.allclose(rounded.weights.float(), exact.weights, rtol=0, atol=0.05)
    assert all(bool(torch.isfinite(one).all()) for one in found)
    flat, expected = (torch.cat([one.flatten() for one in grads]) for grads in (found, wanted))
    assert torch.nn.functional.cosine_similarity(flat, expected, dim=0) > 0.99


def test_packing_tells_where_tokens_stand(model: Build) -> None:
    pairs = random_pairs([5, 1, 3], [2, 4, 1])
    packing: Packing = model()(*pairs).packing
    assert packing.counts == (3, 2, 1, 1)
    assert packing.shape == (3, 5)


def test_unequal_sizes_are_refused_when_the_model_is_built(model: Build) -> None:
    with pytest.raises(InputError, match="--decoder-size 6"):
        model(attention="luong-dot", decoder_size=7)
