"""BLEU after given minutes of training, and seconds of search: each toolkit alone, by its own ways.

    python -m benchmarks.time_to_quality --minutes 5 10 20
    python -m benchmarks.time_to_quality --redraw

Writes JSON, a part of docs/performance.md and the curve docs/time-to-quality.svg; `--redraw` makes
the latter two from the JSON of a run before. Every toolkit trains once; at each mark its clock
stops while it translates the test set with beam 5 and greedily, in batches of 64. Pieces become raw
text by s2s's tokenizer, scored by sacreBLEU.
"""

import argparse
import datetime
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sacrebleu.metrics import BLEU

from benchmarks import machine, peers, quality_report
from benchmarks.contenders import (
    DRIVERS,
    JOEYNMT,
    OPENNMT,
    S2S_BAHDANAU,
    TRANSLATION,
    Contender,
    own_batches,
)
from benchmarks.page import PAGE, write_part
from benchmarks.quality import RESULTS
from benchmarks.stream import make_stream
from benchmarks.training_speed import REPOSITORY, make_job, run_driver
from seq2seq_cli.batching.dataset import Dataset

BEAMS = [5, 1]
CURVE = "time-to-quality.svg"
SHORT = {"training.epochs": 11}
"""The preset has 16, which end after the last mark."""
CONTENDERS = (
    replace(S2S_BAHDANAU, batching="own", attention="its preset, 11 epochs", settings=SHORT),
    own_batches(OPENNMT),
    own_batches(JOEYNMT),
)


def driver_of(contender: Contender) -> Path:
    """The script that trains and searches for a contender."""
    return DRIVERS / f"{contender.peer or 's2s'}_quality.py"


def score(dataset: Dataset, found: dict[str, Any]) -> dict[str, Any]:
    """Turn the pieces of one search into text and score it: 13a, cased, raw references."""
    metric = BLEU()
    ids = [
        dataset.target.vocabulary.ids(line.split(" ") if line else []) for line in found["lines"]
    ]
    texts = [dataset.target.decode(line).text for line in ids]
    bleu = metric.corpus_score(texts, [dataset.split("test").target_lines()])
    return {
        "bleu": round(bleu.score, 2),
        "signature": str(metric.get_signature()),
        "seconds": round(found["seconds"], 2),
        "pieces": sum(map(len, ids)),
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Train all contenders one after another."""
    folder = options.peers.expanduser().resolve()
    seed = options.seed
    stream = make_stream(
        TRANSLATION.preparation(options.data), folder / "work", sentences=64, seed=seed
    )
    dataset = Dataset.open(stream.dataset)
    marks = [60 * minutes for minutes in sorted(options.minutes)]
    numbers = {"warm_up": 0, "steps": 0, "threads": options.threads, "seed": seed}
    rows = []
    for contender in CONTENDERS:
        if options.only and (contender.peer or "s2s") not in options.only:
            continue
        if contender.peer:
            peers.make(folder, contender.peer)
        job = make_job(TRANSLATION, contender, stream, numbers) | {"marks": marks, "beams": BEAMS}
        result = run_driver(contender, job, folder, driver=driver_of(contender))
        for mark in result["marks"]:
            for way in {"beams", "float32"} & set(mark):
                mark[way] = {beam: score(dataset, found) for beam, found in mark[way].items()}
            print(contender.name, json.dumps(mark), file=sys.stderr, flush=True)
        rows.append({"name": contender.name} | result)
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "threads": options.threads,
        "contenders": rows,
    }


def show(run: dict[str, Any], page: Path) -> None:
    """Write the part of the page and the curve beside it."""
    part = quality_report.render(run, curve=CURVE)
    write_part(page, "python -m benchmarks.time_to_quality", part)
    page.with_name(CURVE).write_text(quality_report.draw(run), encoding="utf-8")


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.time_to_quality", description=__doc__
    )
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--peers", type=Path, default=peers.DEFAULT_PEERS, metavar="DIR")
    parser.add_argument("--minutes", type=float, nargs="+", default=[5.0, 10.0, 20.0])
    parser.add_argument("--only", action="append", metavar="NAME", help="s2s, opennmt or joeynmt")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "time-to-quality.json")
    parser.add_argument("--redraw", action="store_true", help="measure nothing: draw --out anew")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page; its curve is beside it")
    parser.add_argument("--no-page", action="store_true", help="leave the page alone")
    return parser.parse_args()


def main() -> None:
    """Measure and write benchmarks/results/time-to-quality.json, or read it; then draw it."""
    options = parse()
    if options.redraw:
        run = json.loads(options.out.read_text(encoding="utf-8"))
    else:
        run = measure(options)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    if not options.no_page:
        show(run, options.page)


if __name__ == "__main__":
    main()
