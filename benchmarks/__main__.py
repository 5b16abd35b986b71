"""Measures s2s beside its peers on this machine: `python -m benchmarks`.

Parses the call, takes the measurements in order, writes JSON and the page.
"""

import argparse
import datetime
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import machine, peers, report, start_up
from benchmarks.contenders import CASES, Case
from benchmarks.page import PAGE, write_part
from benchmarks.stream import make_stream
from benchmarks.training_speed import REPOSITORY, measure_case

RESULTS = Path(__file__).parent / "results"


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--peers", type=Path, default=peers.DEFAULT_PEERS, metavar="DIR")
    parser.add_argument("--work", type=Path, metavar="DIR", help="default: work in --peers")
    parser.add_argument("--case", choices=[case.name for case in CASES], action="append")
    parser.add_argument("--only", action="append", metavar="NAME", help="s2s, plain, or a peer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "speed.json")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md alone")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> list[Case]:
    """The cases of the call, with the contenders of the call."""
    cases = [case for case in CASES if not options.case or case.name in options.case]
    kept = []
    for case in cases:
        contenders = tuple(
            contender
            for contender in case.contenders
            if not options.only or (contender.peer or contender.toolkit) in options.only
        )
        kept.append(Case(**(vars(case) | {"contenders": contenders})))
    return [case for case in kept if case.contenders]


def product_shapes(cases: list[Case]) -> list[tuple[int, int, int]]:
    """The products of the model that take most of the time, as (rows, inner, columns)."""
    sizes = cases[0].sizes
    batch, decoder, embedding = (int(sizes[key]) for key in ("batch", "decoder", "embedding"))
    tokens = batch * 14
    return [
        (batch, decoder, 3 * decoder),
        (tokens, embedding, 3 * decoder),
        (tokens, decoder, 5481),
        (2048, 2048, 2048),
    ]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Take all measurements of the call."""
    folder = options.peers.expanduser().resolve()
    work = (options.work or folder / "work").expanduser().resolve()
    cases = chosen(options)
    names = sorted({c.peer for case in cases for c in case.contenders if c.peer})
    for name in names:
        peers.make(folder, name)
    numbers = {key: getattr(options, key) for key in ("rounds", "warm_up", "steps", "threads")}
    numbers["seed"] = options.seed
    limits = {
        "products": machine.product_rates(product_shapes(cases), threads=options.threads),
        "start_up": start_up.start_up(rounds=options.rounds),
    }
    results = []
    for case in cases:
        stream = make_stream(
            case.preparation(options.data),
            work,
            sentences=int(case.sizes["batch"]),
            seed=options.seed,
        )
        results.append(measure_case(case, stream, numbers, peers_folder=folder))
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "versions": {peers.PEERS[name].title: _torch_of(folder, name) for name in names}
        | {"tokenizers": version("tokenizers"), "numpy": version("numpy")},
        "options": numbers,
        "limits": limits,
        "cases": results,
        "workarounds": {peers.PEERS[name].title: peers.PEERS[name].workaround for name in names},
    }


def _torch_of(folder: Path, name: str) -> str:
    return f"on torch {peers.versions(folder, name)['torch']}"


def main() -> None:
    """Measure, write JSON, write the page."""
    options = parse()
    run = measure(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if not options.no_page:
        write_part(PAGE, "python -m benchmarks", report.render(run))
    print(report.render(run))
    print(f"wrote {options.out.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
