"""The encoder against PyTorch's, and its indifference to padding and neighbours."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.cells import Cell
from seq2seq_cli.model.encoder import Encoder

WORDS, SIZE = 13, 3


@pytest.fixture
def encoder(config: Callable[..., ModelConfig]) -> Callable[..., Encoder]:
    def build(**changes: object) -> Encoder:
        found = Encoder(vocabulary_size=WORDS, config=config(**changes))
        for parameter in found.parameters():
            nn.init.normal_(parameter, std=0.5)
        return found

    return build


def random_source(lengths: list[int], width: int) -> tuple[Tensor, Tensor]:
    source = torch.randint(1, WORDS, (len(lengths), width))
    for row, length in enumerate(lengths):
        source[row, length:] = 0
    return source, torch.tensor(lengths)


def copy_gru(encoder: Encoder, peer: nn.GRU) -> None:
    for suffix, cells in (("", encoder.forwards), ("_reverse", encoder.backwards)):
        for layer, cell in enumerate(cells):
            assert isinstance(cell, Cell)
            with torch.no_grad():
                getattr(peer, f"weight_ih_l{layer}{suffix}").copy_(cell.input_weights[0])
                getattr(peer, f"weight_hh_l{layer}{suffix}").copy_(cell.hidden_weight)
                getattr(peer, f"bias_ih_l{layer}{suffix}").copy_(cell.input_bias)
                getattr(peer, f"bias_hh_l{layer}{suffix}").copy_(cell.hidden_bias)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_it_is_torchs_bidirectional_gru(
    encoder: Callable[..., Encoder], layers: int, seed: int
) -> None:
    ours = encoder(encoder_layers=layers)
    peer = nn.GRU(5, SIZE, num_layers=layers, bidirectional=True, batch_first=True)
    copy_gru(ours, peer)
    source, lengths = random_source([4, 1, 7, 4], 7)
    packed = nn.utils.rnn.pack_padded_sequence(
        ours.embedding(source), lengths, batch_first=True, enforce_sorted=False
    )
    outputs, final = peer(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
    states, summary = ours(source, lengths)
    assert torch.allclose(states, expected, rtol=0, atol=1e-12)
    assert torch.allclose(summary, torch.cat([final[-2], final[-1]], dim=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2])
def test_padding_columns_change_nothing(
    encoder: Callable[..., Encoder], layers: int, cell: str, seed: int
) -> None:
    ours = encoder(encoder_layers=layers, cell=cell)
    source, lengths = random_source([4, 1, 5], 5)
    wider = torch.cat([source, torch.zeros(3, 6, dtype=torch.long)], dim=1)
    states, summary = ours(source, lengths)
    more_states, same_summary = ours(wider, lengths)
    assert torch.equal(states, more_states[:, :5])
    assert not more_states[:, 5:].any()
    assert torch.equal(summary, same_summary)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_what_stands_at_padding_is_never_read(
    encoder: Callable[..., Encoder], cell: str, seed: int
) -> None:
    ours = encoder(cell=cell)
    source, lengths = random_source([4, 1, 5], 5)
    dirty = source.masked_fill(source == 0, 7)
    for clean, other in zip(ours(source, lengths), ours(dirty, lengths), strict=True):
        assert torch.equal(clean, other)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2])
def test_other_rows_change_nothing(
    encoder: Callable[..., Encoder], layers: int, cell: str, seed: int
) -> None:
    ours = encoder(encoder_layers=layers, cell=cell)
    source, lengths = random_source([4, 1, 5, 2], 5)
    states, summary = ours(source, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, its_summary = ours(source[row : row + 1, :length], lengths[row : row + 1])
        assert torch.allclose(states[row, :length], alone[0], rtol=0, atol=1e-12)
        assert not states[row, length:].any()
        assert torch.allclose(summary[row], its_summary[0], rtol=0, atol=1e-12)


def test_the_summary_is_the_last_state_of_each_direction(
    encoder: Callable[..., Encoder], seed: int
) -> None:
    source, lengths = random_source([4, 1, 5], 6)
    states, summary = encoder(encoder_layers=2)(source, lengths)
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(summary[row, :SIZE], states[row, length - 1, :SIZE])
        assert torch.equal(summary[row, SIZE:], states[row, 0, SIZE:])
