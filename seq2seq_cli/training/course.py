"""The way of a run through its pairs: epoch by epoch, window by window, batch by batch.

Where it stands is kept in `Progress` alone, so that it goes on from there without a look at what
came before. Knows nothing of models or of what a step does.
"""

from fractions import Fraction

from seq2seq_cli.training.checkpoint import Progress
from seq2seq_cli.training.pairs import Indices, TrainingPairs


class Course:
    """Gives the batches one after another and moves `progress` along.

    Attributes:
        batches: those of the window that is read.
    """

    def __init__(self, pairs: TrainingPairs, progress: Progress) -> None:
        self.pairs, self.progress = pairs, progress
        self.batches: list[Indices] = []
        self._read()
        self._first = len(self.batches)
        if pairs.windows == 1 and progress.epoch > 1:
            self._first = len(pairs.batches(1, 0))
        self.pass_on()

    def next(self) -> Indices:
        """The next batch; where an epoch is over, the first of the one after it."""
        progress = self.progress
        if self.epoch_is_over:
            progress.epoch, progress.window = progress.epoch + 1, 0
            progress.batch = progress.batches_before = 0
            self._read()
            self.pass_on()
        progress.batch += 1
        return self.batches[progress.batch - 1]

    def pass_on(self) -> None:
        """Where all batches of a window are done, go on to the next one that has some.

        Called after a step, not before the next: what is to be done at the end of an epoch is done
        before the next one is begun.
        """
        progress = self.progress
        while progress.batch == len(self.batches) and progress.window + 1 < self.pairs.windows:
            progress.batches_before += len(self.batches)
            progress.window, progress.batch = progress.window + 1, 0
            self._read()

    @property
    def epoch_is_over(self) -> bool:
        """Whether all batches of the epoch are done."""
        progress = self.progress
        is_last = progress.window + 1 == self.pairs.windows
        return is_last and progress.batch == len(self.batches)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch; where it is read in several windows, by what this one has."""
        return round(Fraction(len(self.batches)) * self._whole / max(1, self._pairs))

    def total_steps(self, epochs: int) -> int:
        """Steps of so many epochs: what a schedule counts on.

        Where an epoch is read in several windows, the batches of those that were not read yet are
        not known. Then the steps so far are to all steps as the pairs so far are to all pairs, so
        that the last step is the last one of the schedule too.
        """
        progress = self.progress
        if self.pairs.windows == 1:
            return epochs * self._first
        part = Fraction(progress.batch, max(1, len(self.batches)))
        pairs = (progress.epoch - 1) * self._whole + self._before + part * self._pairs
        if not pairs:
            return epochs * self.steps_per_epoch
        return round(progress.step * epochs * self._whole / pairs)

    def _read(self) -> None:
        """The batches of the window that progress stands at."""
        epoch, done = self.progress.epoch, self.progress.window
        self.batches = self.pairs.batches(epoch, done)
        self._before, self._pairs = self.pairs.window_pairs(epoch, done)

    @property
    def _whole(self) -> int:
        return len(self.pairs.split)
