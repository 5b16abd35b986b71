"""The loss over the steps of training, s2s beside a plain PyTorch loop on the same batches.

    python -m benchmarks.loss_curve [--steps 450] [--seed 1]

Shows that what s2s computes faster is the same thing: both train the configuration of the speed
benchmark (additive attention, input feeding) by the same optimizer, once more from first weights
that are drawn as PyTorch draws its own. Writes JSON and a part of docs/performance.md. Steps are
not timed.
"""

import argparse
import datetime
from pathlib import Path
from typing import Any

from benchmarks import machine, peers
from benchmarks.contenders import PLAIN, S2S_BAHDANAU, S2S_CONCAT, TRANSLATION
from benchmarks.page import publish, table
from benchmarks.quality import RESULTS
from benchmarks.stream import make_stream
from benchmarks.training_speed import REPOSITORY, make_job, run_driver

CONTENDERS = (PLAIN, S2S_CONCAT, S2S_BAHDANAU)
DRAWN_PLAINLY = (S2S_CONCAT,)
"""Those that are trained once more, from first weights as PyTorch draws them."""
WINDOW = 25


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Losses of all contenders, step by step."""
    folder = options.peers.expanduser().resolve()
    preparation = TRANSLATION.preparation(options.data)
    stream = make_stream(preparation, folder / "work", sentences=64, seed=options.seed)
    numbers = {"warm_up": 0, "steps": options.steps, "threads": options.threads}
    numbers["seed"] = options.seed
    rows = []
    trainings = [(one, False) for one in CONTENDERS] + [(one, True) for one in DRAWN_PLAINLY]
    for contender, drawn_plainly in trainings:
        job = make_job(TRANSLATION, contender, stream, numbers)
        found = run_driver(contender, job | {"plain_weights": drawn_plainly}, folder)
        name = (
            f"{contender.name}, first weights drawn as PyTorch's"
            if drawn_plainly
            else contender.name
        )
        row = {"name": name, "attention": contender.attention}
        rows.append(row | {"losses": [round(loss, 4) for loss in found["losses"]]})
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "steps": options.steps,
        "seed": options.seed,
        "contenders": rows,
    }


def render(run: dict[str, Any]) -> str:
    """A table of mean losses around some steps, each twice as far as the one before."""
    ends = [run["steps"]]
    while ends[0] // 2 >= WINDOW:
        ends.insert(0, ends[0] // 2)
    header = ["training", "attention", *(f"to step {end:,}" for end in ends)]
    rows = [
        [row["name"], row["attention"], *(f"{_mean(row['losses'], end):.2f}" for end in ends)]
        for row in run["contenders"]
    ]
    return (
        "### The same loss curve\n\n"
        f"Training loss per target token, in nats, mean of the {WINDOW} steps to the one named; "
        f"the same batches, seed {run['seed']}, Adam at a constant rate of 0.0005. First weights "
        "and dropout differ; in the last row weights are drawn as PyTorch's layers draw theirs.\n\n"
        f"{table(header, rows, words=2)}\n"
    )


def _mean(losses: list[float], end: int) -> float:
    part = losses[max(0, end - WINDOW) : end]
    return sum(part) / len(part)


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loss_curve", description=__doc__)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--peers", type=Path, default=peers.DEFAULT_PEERS, metavar="DIR")
    parser.add_argument("--steps", type=int, default=450)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "loss-curve.json")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md alone")
    return parser.parse_args()


def main() -> None:
    """Measure, write JSON, write the page."""
    options = parse()
    command = None if options.no_page else "python -m benchmarks.loss_curve"
    publish(measure(options), render, out=options.out, command=command)


if __name__ == "__main__":
    main()
