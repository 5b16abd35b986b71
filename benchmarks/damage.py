"""Damaged files: each file of a dataset and of a run, cut short and with a flipped bit.

    python -m benchmarks.damage [--most N] [--out FILE]

Files of at most 2,048 bytes are damaged at every offset, larger ones at `--most` random places, in
both ways. Everything that is read of the folder is then compared with what it was: the answer must
be a message, a fallback or a warning, or be the same; never another answer, an error that is none
of ours, or a changed file. Counts go to `benchmarks/results/damage.json`. Knows nothing of formats.
"""

import argparse
import datetime
import hashlib
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from benchmarks import machine
from benchmarks.hostile import a_good_run
from seq2seq_cli.batching.dataset import Dataset
from seq2seq_cli.errors import S2SError
from seq2seq_cli.model.run import Run
from seq2seq_cli.training.checkpoint import newest_checkpoint
from seq2seq_cli.training.history import WATCHED, read_history

RESULTS = Path(__file__).parent / "results" / "damage.json"
SMALL = 2_048
MESSAGE, FALLBACK, WARNING, SAME = "message", "fallback", "warning", "same answer"
WRONG, FOREIGN, CHANGED = "wrong answer", "foreign error", "changed file"
BAD = (WRONG, FOREIGN, CHANGED)
NOT_READ = ("train.log", "metrics.jsonl")
"""Diaries: written for people and programs, never read back for an answer."""

Reading = Callable[[Path], tuple[str, str]]
"""Reads a folder; a digest of all that it gives, and the outcome where that is the same or not."""


def read_dataset(folder: Path) -> tuple[str, str]:
    """Every line and every id of every split."""
    data, digest = Dataset.open(folder), hashlib.sha256()
    digest.update(repr((data.source.vocabulary.tokens, data.target.vocabulary.tokens)).encode())
    for codec in (data.source, data.target):
        digest.update(json.dumps(codec.tokenizer.to_json()).encode())
    digest.update(data.manifest.to_bytes())
    for name in data.split_names:
        split = data.split(name)
        for lines in (split.source_lines(), split.target_lines(), list(split.raw_pairs())):
            digest.update(repr(lines).encode())
        for index in range(len(split)):
            digest.update(split.source(index).tobytes() + b"|" + split.target(index).tobytes())
    return digest.hexdigest(), SAME


def read_run(folder: Path) -> tuple[str, str]:
    """Settings, text, weights, the newest checkpoint and the history of a run."""
    run = Run.open(folder)
    model, newest = run.load_model(torch.device("cpu")), newest_checkpoint(folder)
    digest = hashlib.sha256()
    digest.update(repr((run.facts, read_history(folder))).encode())
    for codec in (run.source, run.target):
        digest.update(repr((codec.tokenizer.to_json(), codec.vocabulary.tokens)).encode())
    for tensor in model.state_dict().values():
        digest.update(tensor.numpy().tobytes())
    if newest.passed_over:
        return digest.hexdigest(), FALLBACK
    digest.update(repr(newest.progress).encode())
    for name in sorted(newest.tensors):
        digest.update(name.encode() + newest.tensors[name].numpy().tobytes())
    if run.warnings:
        return digest.hexdigest(), WARNING
    digest.update(repr(run.resolved).encode())
    return digest.hexdigest(), SAME


def damages(
    data: bytes, most: int, small: int, chance: random.Random
) -> Iterator[tuple[str, bytes]]:
    """Copies of a file, each damaged in one place, with what was done."""
    every = range(len(data))
    places = every if len(data) <= small else sorted(chance.sample(every, min(most, len(data))))
    for place in places:
        yield "cut", data[:place]
        flipped = data[place] ^ (1 << chance.randrange(8))
        yield "flipped", data[:place] + bytes([flipped]) + data[place + 1 :]


def outcome(folder: Path, path: Path, damaged: bytes, reading: Reading, right: set[str]) -> str:
    """What comes of reading the folder with a damaged file in it."""
    path.write_bytes(damaged)
    try:
        digest, answer = reading(folder)
    except S2SError as error:
        answer = MESSAGE if str(error) else FOREIGN
    except Exception as error:
        print(f"{path.name}: {error!r}")
        return FOREIGN
    else:
        if answer == SAME and digest not in right:
            answer = WRONG
    return answer if path.read_bytes() == damaged else CHANGED


def try_folder(
    folder: Path, reading: Reading, most: int, small: int = SMALL, only: str | None = None
) -> dict[str, dict[str, int]]:
    """Damage every file of a folder, or the `only` one, in turn; outcomes by file and damage."""
    chance, counts = random.Random(1), {}
    whole = reading(folder)[0]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name in NOT_READ or only not in (None, path.name):
            continue
        data, count = path.read_bytes(), Counter[str]()
        right = {whole} | set(_without_last_lines(folder, path, data, reading))
        for kind, damaged in damages(data, most, small, chance):
            count[f"{kind}: {outcome(folder, path, damaged, reading, right)}"] += 1
        path.write_bytes(data)
        counts[str(path.relative_to(folder))] = {"bytes": len(data), **count}
        print(path.relative_to(folder), dict(count), flush=True)
    return counts


def _without_last_lines(folder: Path, path: Path, data: bytes, reading: Reading) -> Iterator[str]:
    """What is right where lines at the end of a diary are missing: it is appended to, and a last
    line without its end is passed over.
    """
    lines = data.splitlines(keepends=True) if path.name == WATCHED else []
    for count in range(len(lines)):
        path.write_bytes(b"".join(lines[:count]))
        yield reading(folder)[0]
    path.write_bytes(data)


def main() -> None:
    """A small dataset and a run on it, made by the commands and damaged file by file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--small", type=int, default=SMALL, help="bytes damaged at every offset")
    parser.add_argument("--only", help="the name of a file; the others keep their figures")
    options = parser.parse_args()
    place = options.out.resolve()
    torch.set_num_threads(1)
    found: dict[str, dict[str, dict[str, int]]] = {"dataset": {}, "run": {}}
    if options.only:
        found = json.loads(place.read_text("utf-8"))["files"]
    with tempfile.TemporaryDirectory(dir=_memory()) as name, a_good_run(Path(name)):
        for folder, what, reading in (
            ("data", "dataset", read_dataset),
            ("good", "run", read_run),
        ):
            found[what] |= try_folder(
                Path(folder), reading, options.most, options.small, options.only
            )
            _keep(place, found)
    print(place.read_text("utf-8")[:600])


def _keep(place: Path, found: dict[str, dict[str, dict[str, int]]]) -> None:
    total = Counter[str]()
    for count in (count for files in found.values() for count in files.values()):
        for kind, number in count.items():
            if kind != "bytes":
                total[kind.split(": ")[1]] += number
    facts = {
        "machine": machine.describe(),
        "date": datetime.date.today().isoformat(),
        "damaged_copies": total.total(),
        "outcomes": dict(total),
        "bad": sum(total[kind] for kind in BAD),
        "files": found,
    }
    place.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _memory() -> str | None:
    return "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112


if __name__ == "__main__":
    main()
