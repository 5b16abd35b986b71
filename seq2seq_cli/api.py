"""The Python API for notebooks and programs: `seq2seq_cli.load(run)`.

A thin face over the same path that the commands take.
"""

from collections.abc import Sequence
from pathlib import Path
from warnings import warn

from seq2seq_cli.model.device import choose_device, choose_precision
from seq2seq_cli.model.run import Run
from seq2seq_cli.search.attend import Attended, attend
from seq2seq_cli.search.translator import Translator, settings_of
from seq2seq_cli.text.features import check_columns


class LoadedModel:
    """A trained run, ready to translate and to show what it attends to."""

    def __init__(self, run: Run, translator: Translator) -> None:
        self.run, self.translator = run, translator

    def translate(self, lines: Sequence[str], *, beam: int | None = None) -> list[str]:
        """The best translation of each raw line; a blank line stays blank.

        Args:
            lines: raw source lines; columns of features follow after tabs, where there are any
            beam: hypotheses kept while searching; the run's own by default

        Raises:
            InputError: if a line has fewer or more columns than the run was trained with.
        """
        lines = list(lines)
        for number, line in enumerate(lines, start=1):
            check_columns(self.translator.source.tokenizer, line, f"line {number:,}")
        settings = settings_of(self.run.config.search, beam=beam)
        found = self.translator.translate(lines, settings)
        return [best[0].text if best else "" for best in found]

    def attend(
        self,
        line: str,
        target: str | None = None,
        *,
        beam: int | None = None,
        pieces: bool = False,
    ) -> Attended:
        """The best translation of a line, or a given target, with tokens, weights and scores.

        The result's `alignment` holds `source` and `target` labels, `weights` as an array
        (target, source) whose rows sum to 1 (`luong-local-p`: to less), `log_probs` (target,) in
        nats, and, for a run that copies, `copied` (target,): the share of each distribution that
        comes from the source.

        Args:
            line: raw source, likewise
            target: raw text whose alignment is wanted instead of the model's own translation
            beam: hypotheses kept while searching; the run's own by default
            pieces: subwords as they are, not merged into words

        Raises:
            InputError: if the line is blank, or has other columns than the run was trained with.
        """
        check_columns(self.translator.source.tokenizer, line, "the line")
        settings = settings_of(self.run.config.search, beam=beam)
        return attend(self.translator, line, settings, target=target, pieces=pieces)[0]


def load(run: str | Path, *, device: str = "auto", precision: str | None = None) -> LoadedModel:
    """Load a trained run.

    Args:
        run: the run folder
        device: `auto`, `cpu`, `cuda` or `mps`
        precision: `fp32` or `bf16`; by default what the run was trained in, where it fits

    Raises:
        InputError: if the folder is not a run, is damaged, or the device is not there.
    """
    opened = Run.open(Path(run))
    for warning in opened.warnings:
        warn(warning, stacklevel=2)
    where = choose_device(device)
    wanted = precision or opened.config.training.precision
    translator = Translator(
        model=opened.load_model(where),
        source=opened.source,
        target=opened.target,
        device=where,
        precision=choose_precision(wanted, where, opened.config.model.decoder_size),
    )
    return LoadedModel(opened, translator)
