"""The whole network: encoder, attention, decoder and output layer.

Knows nothing of text, losses or search.
"""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.model.attention import Attention, Memory
from seq2seq_cli.model.bahdanau import BahdanauDecoder
from seq2seq_cli.model.copying import mixture
from seq2seq_cli.model.decoder import Decoded, Decoder, Step
from seq2seq_cli.model.encoder import Encoder
from seq2seq_cli.model.luong import LuongDecoder
from seq2seq_cli.model.products import aligned_rows
from seq2seq_cli.model.rounded import RoundedOutput, RoundedScores


class Seq2Seq(nn.Module):
    """A recurrent encoder-decoder; `config` says which attention and which sizes.

    A model that copies needs `copy_table`: the target id of each source id, `<pad>` for what cannot
    be copied. It is no weight, and follows from the vocabularies.
    """

    copy_table: Tensor | None

    def __init__(
        self,
        *,
        source_vocabulary_size: int,
        target_vocabulary_size: int,
        config: ModelConfig,
        copy_table: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        if config.copying and copy_table is None:
            raise ValueError("a model that copies needs a copy_table")
        table = torch.tensor(copy_table) if config.copying else None
        self.register_buffer("copy_table", table, persistent=False)
        self.config = config
        self.encoder = Encoder(vocabulary_size=source_vocabulary_size, config=config)
        kind = BahdanauDecoder if config.attention in ("none", "bahdanau") else LuongDecoder
        self.decoder: Decoder = kind(vocabulary_size=target_vocabulary_size, config=config)
        self.output_bias = nn.Parameter(torch.zeros(target_vocabulary_size))
        if config.tie_embeddings:
            self.output_weight = self.decoder.embedding.weight
        else:
            size = self.decoder.feature_size
            self.output_weight = nn.Parameter(torch.empty(target_vocabulary_size, size))
            nn.init.normal_(self.output_weight, std=size**-0.5)

    def encode(self, source: Tensor, lengths: Tensor) -> Memory:
        """Encode sources and project their keys.

        Args:
            source: ids ending in `</s>`, then padding, (batch, source)
            lengths: real tokens of each row, (batch,), on the CPU
        """
        values, summary = self.encoder(source, lengths)
        attention = cast(Attention, self.decoder.attention)
        positions = torch.arange(source.size(1), device=source.device)
        mask = positions.unsqueeze(0) < lengths.to(source.device).unsqueeze(1)
        copyable = None
        if self.copy_table is not None and self.decoder.copy_gate is not None:
            copyable = self.decoder.copy_gate.copyable(self.copy_table[source], values)
        return Memory(
            keys=attention.keys(values),
            values=values,
            mask=attention.reach(mask),
            summary=summary,
            copyable=copyable,
        )

    def forward(
        self, source: Tensor, lengths: Tensor, target: Tensor, target_lengths: Tensor
    ) -> Decoded:
        """Teacher-forced targets to packed features and weights.

        Args:
            source: ids, (batch, source)
            lengths: (batch,), on the CPU
            target: ids beginning with `<s>`, (batch, target)
            target_lengths: (batch,), on the CPU
        """
        memory = self.encode(source, lengths)
        return cast(Decoded, self.decoder(target, target_lengths, memory))

    @property
    def copies(self) -> bool:
        """Whether tokens may be copied from the source."""
        return self.copy_table is not None

    def scores(self, found: Step | Decoded) -> Tensor:
        """Scores of all target tokens at each step, (rows, vocab).

        Log-probabilities but for a constant of each row: the logits, or, where the model copies,
        the mixture with what is copied.
        """
        logits = self.logits(found.features)
        return logits if found.copying is None else mixture(logits, found.copying)

    def scorer(self) -> Callable[[Step], Tensor | RoundedScores]:
        """`scores` for many steps of a search, rounded where autocast asks for it on a CPU.

        Where all of a distribution is wanted, as for copying, there is nothing to be saved.
        """
        device = self.output_weight.device.type
        if self.copies or device != "cpu" or not torch.is_autocast_enabled(device):
            return self.scores
        rounded = torch.get_autocast_dtype(device)
        output = RoundedOutput(self.output_weight, self.output_bias, rounded)
        return lambda step: output(step.features)

    def copied(self, found: Decoded) -> Tensor | None:
        """The share of each distribution that is copied, (tokens,); None for one that cannot."""
        return None if found.copying is None else found.copying.copied

    def logits(self, features: Tensor) -> Tensor:
        """Scores of all target tokens, (..., vocab), in the precision of the weights.

        Not rounded under autocast: log-probabilities would keep two digits and tie in a search.
        """
        with torch.autocast(features.device.type, enabled=False):
            exact = features.to(self.output_weight.dtype)
            if torch.is_grad_enabled():
                return nn.functional.linear(exact, self.output_weight, self.output_bias)
            rows = exact.flatten(0, -2)
            room = aligned_rows(len(rows), len(self.output_bias), like=exact)
            torch.addmm(self.output_bias, rows, self.output_weight.t(), out=room)
            return cast(Tensor, room.unflatten(0, exact.shape[:-1]))

    def parameter_count(self) -> int:
        """Number of trained weights; tied ones count once."""
        return sum(parameter.numel() for parameter in self.parameters())
