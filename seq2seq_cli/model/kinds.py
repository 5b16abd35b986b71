"""Which attention a configuration names.

Knows nothing of decoders: how attention is wired is for `seq2seq` to choose.
"""

from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.attention import (
    AdditiveAttention,
    DotAttention,
    GeneralAttention,
    PlainAttention,
)
from seq2seq_cli.model.positional import (
    LocationAttention,
    MonotonicLocalAttention,
    PredictiveLocalAttention,
)


class NoAttention(PlainAttention):
    """`none`: nothing to match; the decoder sees the encoder's last states alone."""

    def keys(self, values: Tensor) -> Tensor:
        """No keys, (batch, source, 0)."""
        return values[:, :, :0]

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Zeros, (batch, target, source)."""
        return query.new_zeros(query.size(0), query.size(1), keys.size(1))


def build_attention(config: ModelConfig) -> nn.Module:
    """The attention that `config.attention` names.

    Raises:
        InputError: if the kind cannot take the sizes, with the remedy.
    """
    if config.attention == "none":
        return NoAttention()
    if config.attention == "location":
        return LocationAttention(
            decoder_size=config.decoder_size, positions=config.attention_positions
        )
    return _content_attention(config)


def _content_attention(config: ModelConfig) -> nn.Module:
    """The kinds that look at what the encoder states hold."""
    decoder, memory = config.decoder_size, 2 * config.encoder_size
    hidden, window = config.attention_size, config.attention_window
    match config.attention:
        case "luong-dot":
            return DotAttention(decoder_size=decoder, memory_size=memory)
        case "luong-general":
            return GeneralAttention(decoder_size=decoder, memory_size=memory)
        case "luong-local-m":
            return MonotonicLocalAttention(decoder_size=decoder, memory_size=memory, window=window)
        case "luong-local-p":
            return PredictiveLocalAttention(
                decoder_size=decoder, memory_size=memory, attention_size=hidden, window=window
            )
        case _:
            return AdditiveAttention(
                decoder_size=decoder, memory_size=memory, attention_size=hidden
            )
