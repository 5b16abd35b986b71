"""Systems that commands work with: single runs, or several that decode together (`--ensemble`).

Imports torch: commands import this module when they run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from seq2seq_cli.cli.opening import find_run, say_warnings
from seq2seq_cli.cli.options import DeviceName, PrecisionName
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.device import choose_device, choose_precision, use_threads
from seq2seq_cli.model.job import Job
from seq2seq_cli.model.run import Run
from seq2seq_cli.search.ensemble import Ensemble
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.codec import SIDES, Codec
from seq2seq_cli.text.visible import visible


@dataclass(frozen=True, kw_only=True)
class System:
    """One run, or several that decode together."""

    runs: tuple[Run, ...]

    @property
    def first(self) -> Run:
        """The run whose text, search settings and dataset are used."""
        return self.runs[0]

    @property
    def is_ensemble(self) -> bool:
        """Whether several runs decode together."""
        return len(self.runs) > 1

    @property
    def path(self) -> str:
        """The folders, as they were named."""
        return " + ".join(str(run.folder) for run in self.runs)

    @property
    def name(self) -> str:
        """The names of the folders."""
        return " + ".join(run.folder.resolve().name for run in self.runs)

    @property
    def attention(self) -> str:
        """The kinds of attention, each once."""
        return " + ".join(dict.fromkeys(run.config.model.attention for run in self.runs))

    @property
    def has_attention(self) -> bool:
        """Whether some decoder looks at its source."""
        return any(run.config.model.attention != "none" for run in self.runs)


def open_systems(folders: Sequence[Path], *, ensemble: bool) -> list[System]:
    """A system of each run that is named, or, for an ensemble, one of all; the last run by default.

    Raises:
        InputError: if a run is named twice or cannot be opened, or an ensemble has one run alone,
            or runs that do not share their text.
    """
    places = [folder.resolve() for folder in folders]
    for index, place in enumerate(places):
        if place in places[:index]:
            raise InputError(f"the run {folders[index]} is named twice. Name each run once.")
    if ensemble and len(folders) < 2:
        raise InputError("--ensemble decodes with several runs together: name each with --run RUN.")
    runs = [Run.open(folder) for folder in folders] or [Run.open(find_run(None))]
    if not ensemble:
        return [System(runs=(run,)) for run in runs]
    for other in runs[1:]:
        _check_same_text(runs[0], other)
    return [System(runs=tuple(runs))]


def open_one_system(folders: Sequence[Path] | None, *, ensemble: bool) -> System:
    """The one system of a command that has one output.

    Raises:
        InputError: as `open_systems` does, and for several runs without `--ensemble`.
    """
    systems = open_systems(folders or [], ensemble=ensemble)
    if len(systems) > 1:
        raise InputError(
            f"{len(systems)} runs are named, and there is one output for each line. Add --ensemble "
            "to decode with them together, or name one run."
        )
    return systems[0]


def open_baseline(folder: Path, systems: Sequence[System]) -> System:
    """The run that the systems are compared with.

    Raises:
        InputError: if it is one of them, or cannot be opened.
    """
    (baseline,) = open_systems([folder], ensemble=False)
    place = folder.resolve()
    if any([run.folder.resolve() for run in system.runs] == [place] for system in systems):
        raise InputError(f"--baseline {folder} would be compared with itself. Name another run.")
    return baseline


def _check_same_text(one: Run, other: Run) -> None:
    """Raise `InputError`, saying what differs, unless ids mean the same to both runs."""
    for side in SIDES:
        ours, theirs = (getattr(run, side) for run in (one, other))
        what = next(_differences(ours, theirs), None)
        if what is not None:
            raise InputError(
                f"{one.folder} and {other.folder} cannot decode together: their {side} {what}. "
                "Runs of an ensemble share tokenizers and vocabularies: train them on one dataset, "
                "as `s2s train --seeds N` does."
            )


def _differences(ours: Codec, theirs: Codec) -> Iterator[str]:
    """In what two codecs differ, in words."""
    left, right = ours.tokenizer.kind, theirs.tokenizer.kind
    if left != right:
        yield f"tokenizers differ ({left} and {right})"
    if ours.vocabulary != theirs.vocabulary:
        yield f"vocabularies differ ({_first_difference(ours, theirs)})"
    if ours.tokenizer.to_json() != theirs.tokenizer.to_json():
        yield f"tokenizers differ (both are of the kind {left}, trained or set otherwise)"


def _first_difference(ours: Codec, theirs: Codec) -> str:
    left, right = ours.vocabulary.tokens, theirs.vocabulary.tokens
    if len(left) != len(right):
        return f"{len(left):,} and {len(right):,} tokens"
    pairs = enumerate(zip(left, right, strict=True))
    place, (a, b) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    return f"token {place:,} is {visible(a)!r} and {visible(b)!r}"


def open_translator(
    system: System,
    *,
    device: DeviceName,
    precision: PrecisionName | None,
    threads: int = 0,
    job: Job | None = None,
) -> Translator:
    """The models of a system, on the device and in the precision that were asked for.

    An ensemble computes in bfloat16 where each of its runs would. A process of a job has a device,
    or cores, of its own.
    """
    job = job or Job()
    use_threads(threads, processes=job.local_size)
    where = choose_device(device.value, job.local_rank)
    models = [run.load_model(where) for run in system.runs]
    for run in system.runs:
        say_warnings(run)
    precisions = {_precision(run, precision, where) for run in system.runs}
    return Translator(
        model=Ensemble(models) if system.is_ensemble else models[0],
        source=system.first.source,
        target=system.first.target,
        device=where,
        precision=precisions.pop() if len(precisions) == 1 else "fp32",
    )


def _precision(run: Run, asked: PrecisionName | None, where: torch.device) -> str:
    wanted = asked.value if asked else run.config.training.precision
    return choose_precision(wanted, where, run.config.model.decoder_size)
