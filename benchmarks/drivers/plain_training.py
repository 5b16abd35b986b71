"""Training speed of a plain PyTorch loop: what a careful user writes in an afternoon.

A bidirectional `nn.GRU` over packed sources, a `nn.GRUCell`-like step with additive attention and
input feeding, the input's share of the gates in one product, and the output layer on real tokens
only. The reference that s2s's own loop is held against.
"""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from meter import FinishedError, Meter, count_parameters, run_driver, use_threads
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

PAD, BOS, EOS = 0, 1, 2
SPECIALS = 4

Rows = list[list[int]]


class PlainModel(nn.Module):
    """Encoder, additive attention with input feeding, decoder; sizes as in the job."""

    def __init__(self, sizes: dict[str, Any], source_types: int, target_types: int) -> None:
        super().__init__()
        embedding, encoder, decoder = sizes["embedding"], sizes["encoder"], sizes["decoder"]
        attention, memory = sizes["attention"], 2 * encoder
        self.source_embedding = nn.Embedding(source_types, embedding, padding_idx=PAD)
        self.target_embedding = nn.Embedding(target_types, embedding, padding_idx=PAD)
        self.encoder = nn.GRU(embedding, encoder, bidirectional=True, batch_first=True)
        self.bridge = nn.Linear(memory, decoder)
        self.token_gates = nn.Linear(embedding, 3 * decoder)
        self.fed_gates = nn.Linear(decoder, 3 * decoder, bias=False)
        self.state_gates = nn.Linear(decoder, 3 * decoder)
        self.keys = nn.Linear(memory, attention, bias=False)
        self.query = nn.Linear(decoder, attention)
        self.energy = nn.Linear(attention, 1, bias=False)
        self.combine = nn.Linear(memory + decoder, decoder)
        self.output = nn.Linear(decoder, target_types)
        self.dropout = nn.Dropout(sizes["dropout"])

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """Attentional vectors, (batch, target, decoder), for ids (batch, source or target)."""
        values, summary = self.encode(source, lengths)
        keys, padding = self.keys(values), source.eq(PAD)
        state = torch.tanh(self.bridge(summary))
        fed, vectors = torch.zeros_like(state), []
        tokens = self.token_gates(self.dropout(self.target_embedding(target)))
        for gates in tokens.unbind(dim=1):
            state = self.move(gates + self.fed_gates(fed), state)
            scores = self.energy(torch.tanh(self.query(state).unsqueeze(1) + keys)).squeeze(2)
            weights = scores.masked_fill(padding, float("-inf")).softmax(dim=1)
            context = torch.bmm(weights.unsqueeze(1), values).squeeze(1)
            fed = self.dropout(torch.tanh(self.combine(torch.cat([context, state], dim=1))))
            vectors.append(fed)
        return torch.stack(vectors, dim=1)

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """States (batch, source, memory) and the last state of each direction (batch, memory)."""
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(self.source_embedding(source)),
            lengths,
            batch_first=True,
            enforce_sorted=False,
        )
        states, last = self.encoder(packed)
        values, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        return self.dropout(values), torch.cat([last[0], last[1]], dim=1)

    def move(self, gates: Tensor, state: Tensor) -> Tensor:
        """One step of a GRU whose input's share of the gates is known, (batch, decoder)."""
        reset, update, new = gates.chunk(3, dim=1)
        own_reset, own_update, own_new = self.state_gates(state).chunk(3, dim=1)
        kept = torch.sigmoid(update + own_update)
        candidate = torch.tanh(new + torch.sigmoid(reset + own_reset) * own_new)
        return candidate + kept * (state - candidate)


def read_rows(stream: Path, side: str) -> tuple[Rows, int]:
    """Ids of all training lines, and the number of types with the special tokens."""
    tokens = (stream / f"{side}.vocabulary").read_text(encoding="utf-8").split("\n")[:-1]
    ids = {token: number for number, token in enumerate(tokens, start=SPECIALS)}
    lines = (stream / f"train.{side}").read_text(encoding="utf-8").split("\n")[:-1]
    unknown = SPECIALS - 1
    rows = [[ids.get(token, unknown) for token in line.split(" ")] for line in lines]
    return rows, len(tokens) + SPECIALS


def padded(rows: Rows) -> Tensor:
    """Rows as one array, (batch, longest)."""
    tensors = [torch.tensor(row) for row in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=PAD)


def batches(sources: Rows, targets: Rows, size: int) -> Iterator[tuple[Tensor, ...]]:
    """Source ids and lengths, target ids in and out, batch after batch without end."""
    for start in itertools.cycle(range(0, len(sources) - size + 1, size)):
        source = [[*row, EOS] for row in sources[start : start + size]]
        target = targets[start : start + size]
        lengths = torch.tensor([len(row) for row in source])
        before = padded([[BOS, *row] for row in target])
        yield padded(source), lengths, before, padded([[*row, EOS] for row in target])


def step(model: PlainModel, optimizer: torch.optim.Optimizer, batch: tuple[Tensor, ...]) -> float:
    """One training step; its loss per target token."""
    source, lengths, before, after = batch
    real = after.ne(PAD)
    optimizer.zero_grad(set_to_none=True)
    loss = cross_entropy(model.output(model(source, lengths, before)[real]), after[real])
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train as long as the meter wants."""
    use_threads(job["threads"])
    torch.manual_seed(job["seed"])
    sources, source_types = read_rows(Path(job["stream"]), "source")
    targets, target_types = read_rows(Path(job["stream"]), "target")
    model = PlainModel(job["sizes"], source_types, target_types)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0005)
    meter = Meter(warm_up=job["warm_up"], steps=job["steps"])
    with contextlib.suppress(FinishedError):
        for batch in batches(sources, targets, job["sizes"]["batch"]):
            meter.begin_step(int(batch[-1].ne(PAD).sum()))
            meter.add_loss(step(model, optimizer, batch))
    return meter.result() | {"parameters": count_parameters(model)}


if __name__ == "__main__":
    run_driver(measure)
