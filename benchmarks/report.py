"""Draws a speed run as Markdown tables, for the part of docs/performance.md that it fills.

Knows nothing of how figures are taken: it reads the JSON that a run wrote.
"""

from typing import Any

from benchmarks import start_up
from benchmarks.page import counted, machine_line, table

Run = dict[str, Any]


def render(run: Run) -> str:
    """The whole generated part."""
    parts = [_machine(run), _limits(run)]
    parts += [_case(case, peak_rate(run)) for case in run["cases"]]
    parts += [_workarounds(run)]
    return "\n".join(parts)


def peak_rate(run: Run) -> float:
    """Best float32 rate of a matrix product in the run, in operations per second."""
    found = run["limits"]["products"]
    return max(row["operations_per_second"] for row in found if row["precision"] == "float32")


def _machine(run: Run) -> str:
    options = run["options"]
    versions = ", ".join(
        f"{key} {value}" for key, value in run["versions"].items() if value is not None
    )
    return (
        f"Measured {machine_line(run)}, {counted(options['threads'], 'thread')} for each "
        f"contender. Versions: {versions}.\n\n"
        f"{counted(options['rounds'], 'round')} in turns, each a fresh process: "
        f"{options['warm_up']} steps to warm up, then {options['steps']} steps timed. "
        "Figures are medians; the range of the rounds is in brackets.\n"
    )


def _limits(run: Run) -> str:
    rows = [
        [
            row["precision"],
            " × ".join(f"{size:,}" for size in row["shape"]),
            f"{row['operations_per_second'] / 1e9:,.0f}",
        ]
        for row in run["limits"]["products"]
    ]
    products = table(["precision", "rows × inner × columns", "GFLOP/s"], rows, words=2)
    times = start_up.render(run["limits"]["start_up"])
    return f"### The machine's limits, and start-up\n\n{products}\n\n{times}\n"


def _case(case: Run, peak: float) -> str:
    own = [one for one in case["contenders"] if one["name"] == "s2s"][:2]
    header = [
        "toolkit",
        "attention",
        "batches",
        "output layer's input",
        "parameters",
        "target tokens/s",
        *(f"s2s {_short(contender)} is faster by" for contender in own),
        "utilisation",
        "peak memory",
        "last loss",
    ]
    rows = [_row(contender, own, peak) for contender in case["contenders"]]
    stream = case["stream"]
    return (
        f"### Training: {case['name']}\n\n{case['title']}. {stream['target_types']:,} target "
        f"types, {stream['source_types']:,} source types, {stream['source_per_target']:.2f} "
        f"source tokens for each target token.\n\n{table(header, rows, words=3)}\n"
    )


def _short(contender: Run) -> str:
    return f"`{contender['attention'].split(',')[0]}`"


def _row(contender: Run, own: list[Run], peak: float) -> list[str]:
    rate = contender["target_tokens_per_second"]
    used = rate * contender["operations_per_target_token"] / peak
    lowest, highest = min(contender["rounds"]), max(contender["rounds"])
    return [
        contender["name"],
        contender["attention"],
        contender["batching"],
        str(contender["features"]),
        f"{contender['parameters']:,}",
        f"{rate:,.0f} ({lowest:,.0f} to {highest:,.0f})",
        *(f"{one['target_tokens_per_second'] / rate:.2f}" for one in own),
        f"{used:.2f}",
        f"{contender['peak_memory_bytes'] / 1e9:.2f} GB",
        f"{contender['last_loss']:.2f}",
    ]


def _workarounds(run: Run) -> str:
    if not run["workarounds"]:
        return ""
    lines = [f"- {title}: {text}." for title, text in run["workarounds"].items()]
    return "### What the peers need on this torch\n\n" + "\n".join(lines) + "\n"
