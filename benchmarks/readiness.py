"""When gradients become ready in the backward pass: what a job can send while it still computes.

    python -m benchmarks.readiness

Trains a model of the preset `mt` for some steps on made-up pairs, for each wiring, and prints how
much of the backward pass is over when the gradients of each part of the model are ready, and how
much of the gradients' bytes that is.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.page import table
from seq2seq_cli.batching.batch import Batch, make_batch
from seq2seq_cli.config import read_preset, resolve
from seq2seq_cli.model.build import build_model
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.training.loss import batch_loss

KINDS = ("luong-general", "luong-concat", "bahdanau")
PAIRS, LENGTH, VOCABULARY = 40, 25, 8_000


def made_model(attention: str, *, feeding: bool) -> Seq2Seq:
    """A model of the preset `mt` without dropout."""
    settings = {
        "model.attention": attention,
        "model.input_feeding": feeding,
        "model.dropout": 0.0,
    }
    config = resolve([("mt", read_preset("mt")), ("option", settings)]).config
    torch.manual_seed(1)
    return build_model(config, source_vocabulary_size=VOCABULARY, target_vocabulary_size=VOCABULARY)


def made_batch() -> Batch:
    """Pairs of random tokens, all of the same length."""
    rows = torch.randint(4, VOCABULARY, (2, PAIRS, LENGTH)).numpy()
    return make_batch(list(rows[0]), list(rows[1]), range(PAIRS))


def ready_times(model: Seq2Seq, batch: Batch) -> dict[str, float]:
    """For each weight, the share of the backward pass that is over when its gradient is ready."""
    found: dict[str, float] = {}
    handles = [
        weight.register_post_accumulate_grad_hook(_noting(found, name))
        for name, weight in model.named_parameters()
    ]
    loss, _ = batch_loss(model, batch, smoothing=0.1, precision="fp32")
    began = time.perf_counter()
    loss.backward()
    whole = time.perf_counter() - began
    for handle in handles:
        handle.remove()
    model.zero_grad(set_to_none=True)
    return {name: (at - began) / whole for name, at in found.items()}


def _noting(found: dict[str, float], name: str) -> Callable[[torch.Tensor], None]:
    def note(weight: torch.Tensor) -> None:
        found[name] = time.perf_counter()

    return note


def parts_of(model: Seq2Seq, times: dict[str, float]) -> dict[str, tuple[float, float]]:
    """For each part of the model its share of the bytes, and when the last of it is ready."""
    sizes = {name: weight.nbytes for name, weight in model.named_parameters()}
    whole, found = sum(sizes.values()), dict[str, tuple[float, float]]()
    for name, at in times.items():
        part = ".".join(name.split(".")[:2])
        share, latest = found.get(part, (0.0, 0.0))
        found[part] = (share + sizes[name] / whole, max(latest, at))
    return dict(sorted(found.items(), key=lambda item: item[1][1]))


def measure(attention: str, *, feeding: bool, rounds: int) -> str:
    """The table of one wiring."""
    model, batch = made_model(attention, feeding=feeding), made_batch()
    model.train()
    times = [ready_times(model, batch) for _ in range(rounds + 2)][2:]
    medians = {name: statistics.median(one[name] for one in times) for name in times[0]}
    rows = [
        [part, f"{100 * share:.1f} %", f"{100 * latest:.0f} %"]
        for part, (share, latest) in parts_of(model, medians).items()
    ]
    return table(["part", "of the bytes", "ready after"], rows, words=1)


def main() -> None:
    """Print a table for each wiring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readiness", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for attention in KINDS:
        for feeding in (False, True) if attention.startswith("luong") else (False,):
            print(f"\n{attention}{', input feeding' if feeding else ''}\n")
            print(measure(attention, feeding=feeding, rounds=options.rounds))


if __name__ == "__main__":
    main()
