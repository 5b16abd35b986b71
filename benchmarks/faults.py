"""Kills and disk errors while `s2s` trains and prepares: `python -m benchmarks.faults`.

Whatever happens, the run that is gone on with must end with the weights and the record of one that
nothing happened to, and a dataset must be the old one or the new one. Writes JSON, and ends with 1
where that was not so.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.faulty import ALWAYS, ERRORS, Ended, Fault, computing_time, finish, load, run, start

RESULTS = Path(__file__).parent / "results" / "faults.json"
CLOCK = {"seconds", "seconds_left", "tokens_per_second"}
WORDS = ("bada", "gide", "moku", "lira", "tane", "suto", "peka", "niro")
TINY = (
    *("--threads", "1", "--embedding-size", "4", "--encoder-size", "4", "--decoder-size", "8"),
    *("--attention-size", "4", "--batch-sentences", "32", "--metric", "loss", "--quiet"),
    *("--device", "cpu", "--precision", "fp32", "--patience", "1000", "--dropout", "0.2"),
)
LONG = (*TINY, "--epochs", "12", "--validate-every", "5")
SHORT = (*TINY, "--epochs", "1", "--validate-every", "12")
PREPARE = ("prepare", "--tokenizer", "space", "--json")


@dataclass
class Tally:
    """What was counted, and what went wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def check(self, good: bool, words: str) -> None:
        """Note a problem unless all is good."""
        if not good:
            self.problems.append(words)


class Bench:
    """A folder with pairs, a dataset, and what undisturbed commands make of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log.txt"
        for name, seed in (("old", 1), ("new", 2)):
            chance = random.Random(seed)
            lines = [" ".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(900)]
            text = "".join(f"{line}\t{line}\n" for line in lines)
            (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
            self.run(*PREPARE, f"{name}.tsv", "--out", f"{name}-data")
        self.datasets = {name: dataset_of(folder / f"{name}-data", self) for name in ("old", "new")}

    def run(self, *arguments: str, fault: Fault | None = None) -> Ended:
        """Run a command to its end."""
        return run(arguments, self.folder, self.log, fault)

    def leftovers(self) -> list[str]:
        """Names that should be cleaned up; a free lock stays until its name is used again."""
        names = (str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))
        return sorted(name for name in names if ".partial-" in name)

    def train(self, name: str, *options: str) -> tuple[str, ...]:
        """The command that begins a run, or goes on with it where it is there."""
        if (self.folder / name).exists():
            return ("train", "--resume", "--run", name, "--quiet")
        return ("train", "new-data", "--run", name, *options)


def dataset_of(folder: Path, bench: Bench) -> dict[str, bytes] | None:
    """The files of a dataset without the time that it was made at; None where there is none."""
    if not folder.exists():
        return None
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    files["manifest.json"] = json.dumps({**manifest, "created": "", "sha256": ""}).encode()
    return files


def end_of(folder: Path) -> tuple[bytes, list[dict[str, Any]]]:
    """The best weights of a run, and its record without what depends on the clock."""
    lines = map(json.loads, (folder / "metrics.jsonl").read_text("utf-8").splitlines())
    record = [{key: value for key, value in line.items() if key not in CLOCK} for line in lines]
    return (folder / "model.safetensors").read_bytes(), record


def kill_training(bench: Bench, kills: int, chance: random.Random) -> Tally:
    """Kill runs at random moments, again and again, until each has ended all the same."""
    tally, number = Tally(), 0
    before = computing_time()
    bench.run(*bench.train("whole", *LONG))
    whole, expected = computing_time() - before, end_of(bench.folder / "whole")
    while tally.counts["kills"] < kills or not tally.counts["runs"]:
        name, number = f"killed-{number}", number + 1
        while True:
            child = start(bench.train(name, *LONG), bench.folder, bench.log)
            rest = kills - tally.counts["kills"]
            after = chance.uniform(0.0, whole / 3) if rest > 0 else None
            ended = finish(child, bench.log, kill_after=after)
            if not ended.killed:
                break
            tally.counts["kills"] += (bench.folder / name).exists()
            tally.counts["kills before the run was there"] += not (bench.folder / name).exists()
        tally.check(ended.code == 0, f"{name} ended with {ended.code}: {ended.said}")
        if ended.code == 0:
            tally.check(end_of(bench.folder / name) == expected, f"{name} ended otherwise")
        tally.counts["runs"] += 1
    tally.check(not bench.leftovers(), f"left behind: {bench.leftovers()}")
    return tally


def kill_preparation(bench: Bench, kills: int, chance: random.Random) -> Tally:
    """Kill preparations at random moments; every other one replaces a dataset."""
    tally = Tally()
    before = computing_time()
    bench.run(*PREPARE, "new.tsv", "--out", "timed")
    whole = computing_time() - before
    for number in range(50 * kills):
        if tally.counts["kills"] >= kills:
            break
        replacing = bool(number % 2)
        target = "replaced" if replacing else f"made-{number}"
        if replacing:
            bench.run(*PREPARE, "old.tsv", "--out", target, "--force")
        call = (*PREPARE, "new.tsv", "--out", target, *(["--force"] if replacing else []))
        child = start(call, bench.folder, bench.log)
        ended = finish(child, bench.log, kill_after=chance.uniform(0.0, whole))
        tally.counts["kills"] += ended.killed
        tally.counts["ended before"] += not ended.killed
        check_dataset(bench, tally, target, replacing=replacing)
    return tally


def check_dataset(bench: Bench, tally: Tally, target: str, *, replacing: bool) -> None:
    """After the next start of anything in this folder, a dataset is the old one or the new one."""
    bench.run(*PREPARE, "new.tsv", "--out", "other", "--force")
    found = dataset_of(bench.folder / target, bench)
    allowed = (bench.datasets["new"], bench.datasets["old"] if replacing else None)
    tally.check(found in allowed, f"{target} is neither the old dataset nor the new one")
    name = "new ones" if found == bench.datasets["new"] else "old ones" if replacing else "none"
    tally.counts[f"found {name}"] += 1
    tally.check(not bench.leftovers(), f"left behind: {bench.leftovers()}")


def operations(bench: Bench, step: int) -> Iterator[tuple[int, Ended]]:
    """Runs of the short training that are killed at an operation, for every `step`th operation."""
    at = 1
    while True:
        ended = bench.run(*bench.train(f"at-{at}", *SHORT), fault=Fault(at=at))
        if not ended.killed:
            return
        yield at, ended
        at += step


def kill_operations(bench: Bench, step: int) -> Tally:
    """Kill training at each write, flush, renaming, making and removing, and go on."""
    tally = Tally()
    bench.run(*bench.train("short", *SHORT))
    expected = end_of(bench.folder / "short")
    for at, _ in operations(bench, step):
        tally.counts["kills"] += 1
        ended = bench.run(*bench.train(f"at-{at}", *SHORT))
        good = ended.code == 0 and end_of(bench.folder / f"at-{at}") == expected
        tally.check(good, f"killed at operation {at}: {ended.code} {ended.said}")
    bench.run(*bench.train("again", *SHORT))
    tally.check(not bench.leftovers(), f"left behind: {bench.leftovers()}")
    return tally


def fail_training(bench: Bench, step: int) -> Tally:
    """Let operations of training fail; what was there must do to go on."""
    tally = Tally()
    expected = end_of(bench.folder / "short")
    for name, number in ERRORS.items():
        for at in range(1, 10_000, step):
            run_name = f"{name.lower()}-{at}"
            fault = Fault(at=at, number=number)
            ended = bench.run(*bench.train(run_name, *SHORT), fault=fault)
            if ended.code == 0 and at > expected_operations(tally, name):
                break
            note_failure(tally, name, at, ended)
            ended = bench.run(*bench.train(run_name, *SHORT))
            good = ended.code == 0 and end_of(bench.folder / run_name) == expected
            tally.check(good, f"{name} at operation {at}, then: {ended.code} {ended.said}")
    tally.check(not bench.leftovers(), f"left behind: {bench.leftovers()}")
    return tally


def expected_operations(tally: Tally, name: str) -> int:
    """How many operations in a row may be harmless when they fail: removing what is old."""
    return tally.counts[f"{name} last failure"] + 60


def note_failure(tally: Tally, name: str, at: int, ended: Ended) -> None:
    """Count an operation that failed, and check what was said of it."""
    if ended.code == 0:
        tally.counts[f"{name} without harm"] += 1
        return
    tally.counts[name] += 1
    tally.counts[f"{name} last failure"] = at
    clear = ended.code in (1, 2) and "error: " in ended.said and "Traceback" not in ended.said
    tally.check(clear, f"{name} at operation {at}: {ended.code} {ended.said}")


def fail_preparation(bench: Bench, step: int) -> Tally:
    """Let operations of a preparation fail that replaces a dataset."""
    tally = Tally()
    bench.run(*PREPARE, "old.tsv", "--out", "kept", "--force")
    for name, number in ERRORS.items():
        for at in range(1, 10_000, step):
            call = (*PREPARE, "new.tsv", "--out", "kept", "--force")
            ended = bench.run(*call, fault=Fault(at=at, number=number))
            if ended.code == 0 and at > expected_operations(tally, name):
                break
            note_failure(tally, name, at, ended)
            found = dataset_of(bench.folder / "kept", bench)
            wanted = bench.datasets["new" if ended.code == 0 else "old"]
            tally.check(
                found == wanted or (ended.code != 0 and found == bench.datasets["new"]),
                f"{name} at operation {at}: the dataset is neither the old nor the new one",
            )
            if found != bench.datasets["old"]:
                bench.run(*PREPARE, "old.tsv", "--out", "kept", "--force")
    return tally


def read_only(bench: Bench) -> Tally:
    """Nothing can be written at all."""
    import errno

    tally = Tally()
    for call in (
        (*PREPARE, "new.tsv", "--out", "nothing"),
        ("train", "new-data", "--run", "nothing", *SHORT),
        ("train", "--resume", "--run", "short", "--epochs", "2", "--quiet"),
    ):
        for name, number in (("EROFS", errno.EROFS), ("EACCES", errno.EACCES)):
            ended = bench.run(*call, fault=Fault(at=ALWAYS, number=number))
            note_failure(tally, name, 0, ended)
            tally.check(ended.code == 1, f"{call[0]} with {name}: {ended.code}")
    tally.check(not (bench.folder / "nothing").exists(), "a folder was made all the same")
    return tally


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All experiments of the call."""
    load()
    chance, results = random.Random(options.seed), {}
    bench = Bench(folder)
    experiments = {
        "kills of training": lambda: kill_training(bench, options.training, chance),
        "kills of preparation": lambda: kill_preparation(bench, options.preparation, chance),
        "kills at operations of training": lambda: kill_operations(bench, options.step),
        "failing operations of training": lambda: fail_training(bench, options.step),
        "failing operations of preparation": lambda: fail_preparation(bench, options.step),
        "a read-only folder": lambda: read_only(bench),
    }
    for name, experiment in experiments.items():
        began = time.monotonic()
        tally = experiment()
        counts = {key: n for key, n in tally.counts.items() if "last failure" not in key}
        results[name] = {**counts, "problems": tally.problems}
        took = time.monotonic() - began
        write(options.out, results)
        print(f"{name}: {counts}, {len(tally.problems)} problems, {took:.0f} s", flush=True)
    return results


def write(path: Path, results: dict[str, Any]) -> None:
    """Write what is known so far."""
    facts = {"machine": machine.describe(), "results": results}
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--training", type=int, default=120, help="kills of training")
    parser.add_argument("--preparation", type=int, default=100, help="kills of preparation")
    parser.add_argument("--step", type=int, default=1, help="take every so many operations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    """Run the experiments, write JSON, and say by the exit code whether all was well."""
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(options, Path(folder))
    sys.exit(any(result["problems"] for result in results.values()))


if __name__ == "__main__":
    main()
