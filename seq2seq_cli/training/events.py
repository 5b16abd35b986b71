"""What happens in training, as small dataclasses: the trainer yields them, views draw them.

Knows nothing of models or terminals.
"""

from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.machine import MemoryNeed
from seq2seq_cli.scoring.health import AttentionHealth
from seq2seq_cli.search.alignment import Alignment


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """Training begins, or goes on after `--resume`."""

    run: Path
    """The run folder."""
    parameters: int
    """Number of trained weights."""
    train_pairs: int
    valid_pairs: int
    long_pairs: int = 0
    """Training pairs that are left out because a side is longer than `max_length`."""
    max_length: int = 0
    attention: str
    device: str
    precision: str
    threads: int
    metric: str
    """What the best model is chosen by: `loss`, `bleu`, `chrf` or `exact_match`."""
    epochs: int
    """Most epochs that will be run."""
    steps_per_epoch: int
    """Where an epoch is read in several windows, by what the first of them has."""
    max_minutes: float | None
    resumed_step: int
    """The step at which training goes on; 0 for a fresh run."""
    guide: Path | None = None
    """The file of links that attention is guided by."""
    guided_pairs: int = 0
    """Training pairs that have links in it."""
    memory: MemoryNeed | None = None
    """What the largest batch takes, where it was tried; of one process, where there are several."""
    windows: int = 1
    """In how many parts an epoch is read: more than one where training pairs are in shards."""
    processes: int = 1
    """How many processes train together."""


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """One optimizer step; figures are running means since the last report where that helps."""

    step: int
    epoch: int
    """Counted from 1."""
    step_in_epoch: int
    loss: float
    """Label-smoothed cross-entropy per target token, in nats."""
    perplexity: float
    """exp of the cross-entropy per target token, without smoothing."""
    learning_rate: float
    gradient_norm: float
    """Norm before clipping."""
    tokens_per_second: float
    """Target tokens, `</s>` included, padding not."""
    seconds: float
    """Training time of the run so far."""
    seconds_left: float | None
    """Until the last epoch or the time limit, whichever is first."""
    guide_loss: float | None = None
    """Cross-entropy of attention against the guide per guided token, in nats; None without one."""


@dataclass(frozen=True, kw_only=True)
class StepSkipped:
    """A step that changed no weight, because its loss or its gradient was not finite."""

    step: int
    epoch: int
    what: str
    """What was not finite: `loss` or `gradient`."""
    file: str = "train.source.txt"
    """The file of the dataset that the source lines of the batch are in."""
    pairs: tuple[int, ...]
    """Which of its lines they are, counted from 1."""
    skipped: int
    """Steps skipped so far."""
    allowed: int
    """How many may be."""


@dataclass(frozen=True, kw_only=True)
class BatchHalved:
    """The device had no room for a batch; it was cut into parts, as larger ones will be."""

    step: int
    sentences: int
    parts: int


@dataclass(frozen=True, kw_only=True)
class Example:
    """One validation sentence with what the model makes of it."""

    source: str
    reference: str
    hypothesis: str


@dataclass(frozen=True, kw_only=True)
class ValidationDone:
    """The validation set was scored."""

    step: int
    epoch: int
    loss: float
    """Cross-entropy per target token, in nats, without smoothing."""
    perplexity: float
    metric: str
    score: float
    """The value of `metric`; higher is better, except for `loss`."""
    is_best: bool
    best_score: float
    seconds: float
    """Training time of the run so far."""
    example: Example | None
    patience_left: int
    """Validations without improvement that are still allowed."""
    attention: AttentionHealth | None = None
    """How attention behaves in the hypotheses, or, where `metric` is `loss` and nothing is decoded,
    in the forced references; None for a model without attention."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionWatched:
    """The alignment of a watched sentence, by the model that was just validated."""

    step: int
    epoch: int
    sentence: str
    """The raw source line."""
    target: str | None
    """The raw target that was given; None: `text` is what the model made of the sentence."""
    text: str
    """The raw target that the rows are of."""
    score: float
    """What hypotheses are ranked by."""
    unknown: dict[str, tuple[str, ...]]
    """Source words that the model has never seen, each with the closest known ones."""
    alignment: Alignment
    """By word."""
    by_piece: Alignment | None
    """The same by piece; None where the tokenizers make no pieces."""


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved:
    """The state of training is safe on disk."""

    step: int
    path: Path


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """Training is over, for the stated reason."""

    run: Path
    reason: str
    """`epochs`, `early-stopping`, `time`, `interrupted` or `bad-numbers`."""
    metric: str
    best_score: float
    best_step: int
    step: int
    seconds: float
    watched: bool = False
    """Whether the run keeps how the alignment of a sentence came about."""


Event = (
    RunStarted
    | StepDone
    | StepSkipped
    | BatchHalved
    | ValidationDone
    | AttentionWatched
    | CheckpointSaved
    | RunEnded
)
