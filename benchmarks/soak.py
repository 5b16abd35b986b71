"""Hours of training with a checkpoint every few seconds: does anything grow that should not?

    python -m benchmarks.soak [--minutes 120] [--every 3] [--folder DIR] [--out FILE]

Trains on the built-in corpus with the default preset, in a process of its own whose memory, file
handles and folder are looked at every few seconds. What comes after the first sixth of the time is
compared with the last sixth. Writes JSON, and ends with 1 where something grew more than is stated
here. Linux only: it reads /proc.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import machine
from seq2seq_cli.training.checkpoint import STATE

RESULTS = Path(__file__).parent / "results" / "soak.json"
DIARIES = ("metrics.jsonl", "train.log")
"""They get a line at each event, so they grow by design; they are counted apart."""
MOST_GROWTH = 0.02
"""Of memory, and of the folder without its diaries, from the second sixth to the last."""
PROGRAM = """
import sys
from seq2seq_cli.training import trainer
trainer.CHECKPOINT_SECONDS = float(sys.argv.pop(1))
from seq2seq_cli.cli.app import app
app(prog_name="s2s")
"""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at the process and its run folder; sizes in bytes."""

    seconds: float
    memory: int
    handles: int
    threads: int
    folder: int
    diaries: int
    files: int
    step: int


def look(process: int, run: Path, began: float) -> Look | None:
    """What there is now; None where the process or the folder is not there or is just changing."""
    place = Path(f"/proc/{process}")
    try:
        status = dict(
            line.split(":", 1) for line in (place / "status").read_text("ascii").splitlines()
        )
        sizes = {path: path.stat().st_size for path in run.rglob("*") if path.is_file()}
        steps = (path.parent.name[5:] for path in sizes if path.name == STATE)
        return Look(
            seconds=round(time.monotonic() - began, 1),
            memory=int(status["VmRSS"].split()[0]) * 1024,
            handles=len(list((place / "fd").iterdir())),
            threads=int(status["Threads"]),
            folder=sum(size for path, size in sizes.items() if path.name not in DIARIES),
            diaries=sum(size for path, size in sizes.items() if path.name in DIARIES),
            files=len(sizes),
            step=max(int(step) for step in steps if step.isdecimal()),
        )
    except (OSError, KeyError, ValueError):
        return None


def watch(options: argparse.Namespace, folder: Path) -> tuple[list[Look], int]:
    """Train and look; all looks, and the exit code of training."""
    run = folder / "run"
    limits = ("--max-minutes", f"{options.minutes:g}", "--epochs", "1000000")
    call = (sys.executable, "-c", PROGRAM, f"{options.every:g}", "train", "--run", str(run))
    more = ("--threads", "1", "--patience", "1000000", "--quiet")
    began, looks = time.monotonic(), []
    with (folder / "said.txt").open("wb") as said:
        child = subprocess.Popen([*call, *limits, *more], cwd=folder, stdout=said, stderr=said)
        while child.poll() is None:
            found = look(child.pid, run, began)
            looks += [found] if found else []
            time.sleep(options.look)
    return looks, child.returncode


def growth(values: list[int], seconds: list[float]) -> dict[str, float]:
    """Medians of the second and the last sixth of the time, and the slope from there on."""
    last = seconds[-1]
    parts = [
        [value for value, at in zip(values, seconds, strict=True) if low <= at <= high]
        for low, high in ((last / 6, last / 3), (5 * last / 6, last))
    ]
    kept = [(at, value) for at, value in zip(seconds, values, strict=True) if at >= last / 6]
    slope = np.polyfit(*map(np.array, zip(*kept, strict=True)), 1)[0]
    return {
        "early": float(median(parts[0])),
        "late": float(median(parts[1])),
        "most": float(max(values)),
        "per_hour": round(float(slope) * 3600, 1),
    }


def report(looks: list[Look]) -> dict[str, Any]:
    """What grew, and by how much."""
    seconds = [one.seconds for one in looks]
    names = ("memory", "handles", "threads", "folder", "files", "diaries")
    found = {name: growth([getattr(one, name) for one in looks], seconds) for name in names}
    steps = looks[-1].step - looks[0].step
    return {
        "minutes": round(seconds[-1] / 60, 1),
        "looks": len(looks),
        "steps": looks[-1].step,
        "checkpoints_seen": len({one.step for one in looks}),
        "diary_bytes_a_step": round((looks[-1].diaries - looks[0].diaries) / max(1, steps), 1),
        **found,
    }


def problems(found: dict[str, Any]) -> list[str]:
    """What grew more than it may."""
    grown = [
        f"{name} grew from {found[name]['early']:,.0f} to {found[name]['late']:,.0f}"
        for name in ("memory", "folder")
        if found[name]["late"] > (1 + MOST_GROWTH) * found[name]["early"]
    ]
    return grown + [
        f"{name} grew from {found[name]['early']:g} to {found[name]['late']:g}"
        for name in ("handles", "threads", "files")
        if found[name]["late"] > found[name]["early"]
    ]


def parse() -> argparse.Namespace:
    """The options of the call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--every", type=float, default=3.0, help="seconds between checkpoints")
    parser.add_argument("--look", type=float, default=5.0, help="seconds between looks")
    parser.add_argument("--folder", type=Path, help="train here and keep it (default: temporary)")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    """Train, look, write JSON, and say by the exit code whether all was well."""
    options = parse()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        looks, code = watch(options, folder)
        said = (folder / "said.txt").read_text("utf-8", "replace")
    if code or len(looks) < 2:
        sys.exit(f"training ended with {code}: {said}")
    found = report(looks)
    facts = {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "seconds_between_checkpoints": options.every,
        **found,
        "problems": problems(found),
        "all": [asdict(one) for one in looks[:: max(1, len(looks) // 120)]],
    }
    options.out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in facts.items() if key != "all"}, indent=1))
    sys.exit(bool(facts["problems"]))


if __name__ == "__main__":
    main()
