"""Coverage-guided fuzzing of every reader of files, by atheris, which is the extra `fuzz`.

    python -m benchmarks.fuzz [--reader NAME] [--seconds N] [--runs N] [--corpus DIR]

Each reader runs in a process of its own until its time or its executions are over, or until it
fails; what is found goes to `benchmarks/results/fuzz.json`. Knows nothing of what readers do.
"""

import argparse
import datetime
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import machine

RESULTS = Path(__file__).parent / "results" / "fuzz.json"
NAMES = ("manifest", "config", "tokenizer", "vocabulary", "checkpoint", "weights", "tsv", "history")
_STATUS = re.compile(r"^#(\d+)\s+(\w+)\s+cov: (\d+) ft: (\d+)", re.MULTILINE)
_RATE = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main() -> None:
    """Fuzz the readers that are named, all by default, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", action="append", choices=NAMES)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--corpus", type=Path, help="where inputs are kept between runs")
    parser.add_argument("--child", choices=NAMES, help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.child:
        _fuzz(options.child, rest)
        return
    work = options.corpus or Path(tempfile.mkdtemp(prefix="s2s-fuzz-"))
    for reader in options.reader or NAMES:
        facts = _measured(reader, work, options.seconds, options.runs)
        print(json.dumps(facts), flush=True)
        _keep(reader, facts)


def _fuzz(reader: str, arguments: list[str]) -> None:
    """The child: never returns."""
    import atheris

    with atheris.instrument_imports(include=["seq2seq_cli", "tomllib"]):
        from benchmarks import fuzz_readers

        folder = fuzz_readers.memory_folder()
        for seed in fuzz_readers.seeds(reader):  # so that all that it imports is counted
            fuzz_readers.read(reader, folder, seed)
    atheris.Setup([sys.argv[0], *arguments], lambda data: fuzz_readers.read(reader, folder, data))
    atheris.Fuzz()


def _measured(reader: str, work: Path, seconds: int, runs: int) -> dict[str, Any]:
    corpus, found = work / reader, work / f"{reader}-findings"
    corpus.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir()
    _write_seeds(reader, corpus)
    command = [sys.executable, "-m", "benchmarks.fuzz", "--child", reader, str(corpus)]
    command += [f"-max_total_time={seconds}", f"-runs={runs}", f"-artifact_prefix={found}/"]
    command += ["-max_len=4096", "-timeout=600", "-rss_limit_mb=2048", "-print_final_stats=1"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    (work / f"{reader}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    facts = _facts(done.stderr, found)
    if not facts["executions"]:
        raise SystemExit(f"{reader} was not run: {done.stderr[-500:]}")
    return facts


def _write_seeds(reader: str, corpus: Path) -> None:
    from benchmarks.fuzz_readers import seeds

    for number, data in enumerate(seeds(reader)):
        (corpus / f"seed-{number}").write_bytes(data)


def _facts(log: str, found: Path) -> dict[str, Any]:
    """What the fuzzer's log says: how much was run, covered and found, and when coverage grew."""
    coverage, grew_at = 0, 0
    for match in _STATUS.finditer(log):
        number, blocks = int(match[1]), int(match[3])
        if blocks > coverage:
            coverage, grew_at = blocks, number
    final = _RATE.search(log)
    executions = int(final[1]) if final else 0
    return {
        "executions": executions,
        "coverage": coverage,
        "last_new_coverage_at": grew_at,
        "last_fifth_brought_nothing_new": grew_at <= 0.8 * executions,
        "findings": sorted(path.name for path in found.iterdir() if "slow-unit" not in path.name),
    }


def _keep(reader: str, facts: dict[str, Any]) -> None:
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    results["machine"] = machine.describe()
    results["date"] = datetime.date.today().isoformat()
    results.setdefault("readers", {})[reader] = facts
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
