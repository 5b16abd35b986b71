"""How far two sets of word links agree; and one set from those of two directions.

    python -m benchmarks.alignment agree REFERENCE.links FOUND.links
    python -m benchmarks.alignment symmetrize FORWARD.links REVERSE.links > BOTH.links

Files are in Pharaoh format, a line for each pair, counted from 0, source word first: in the file of
the reverse direction too, as eflomal-align and fast_align write it. Knows nothing of models: links
come from `s2s align` or from another aligner.
"""

import argparse
import sys
from pathlib import Path

from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import Links, format_links, parse_links
from seq2seq_cli.scoring.symmetrization import SYMMETRIZATIONS

LinePair = tuple[Links, Links]


def read_together(first: Path, second: Path) -> list[LinePair]:
    """The links of two files, line by line; possible links count as links.

    Raises:
        InputError: if the files differ in their number of lines, or a line holds something else.
    """
    one, other = _read(first), _read(second)
    if len(one) != len(other):
        raise InputError(
            f"{first} has {len(one):,} lines and {second} has {len(other):,}. "
            "Give links of the same pairs, a line for each."
        )
    return list(zip(one, other, strict=True))


def _read(path: Path) -> list[Links]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    return [
        parse_links(line, origin=str(path), line_number=number)[1]
        for number, line in enumerate(lines, start=1)
    ]


def agreement(pairs: list[LinePair]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the second links of each line by the first, from 0 to 1.

    Counts are summed over all lines. Each share is 0 where there is nothing to divide by.
    """
    reference = sum(len(one) for one, _ in pairs)
    found = sum(len(other) for _, other in pairs)
    shared = sum(len(one & other) for one, other in pairs)
    parts = ((shared, found), (shared, reference), (2 * shared, found + reference))
    precision, recall, f1 = (part / whole if whole else 0.0 for part, whole in parts)
    return precision, recall, f1


def run(options: argparse.Namespace) -> None:
    """Print what was asked for."""
    pairs = read_together(options.first, options.second)
    if options.task == "symmetrize":
        combine = SYMMETRIZATIONS[options.method]
        sys.stdout.writelines(format_links(combine(*pair)) + "\n" for pair in pairs)
        return
    precision, recall, f1 = agreement(pairs)
    print(f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  lines {len(pairs):,}")


def main() -> None:
    """Parse the command line and do the task; what is wrong with the input ends with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.alignment",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    agree = tasks.add_parser("agree", help="precision, recall and F1")
    symmetrize = tasks.add_parser("symmetrize", help="one set of links from two directions")
    for task, first, second in (
        (agree, "REFERENCE", "FOUND"),
        (symmetrize, "FORWARD", "REVERSE"),
    ):
        task.add_argument("first", metavar=first, type=Path)
        task.add_argument("second", metavar=second, type=Path)
    symmetrize.add_argument("--method", choices=SYMMETRIZATIONS, default="grow-diag-final-and")
    try:
        run(parser.parse_args())
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
