"""Scoring the validation set while training, by the same path as `s2s evaluate`.

Knows nothing of steps or of what is done with the score.
"""

from dataclasses import dataclass

import numpy as np
import torch

from seq2seq_cli.batching.batch import make_batch
from seq2seq_cli.batching.dataset import Split
from seq2seq_cli.batching.sampler import BatchSize, cut
from seq2seq_cli.config import Config
from seq2seq_cli.scoring.evaluation import validation_score
from seq2seq_cli.search.translator import Translator, settings_of
from seq2seq_cli.training.events import Example
from seq2seq_cli.training.loss import batch_loss

VALIDATION_SIZE = BatchSize(tokens=2_048)


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What one validation finds."""

    loss: float
    """Cross-entropy per target token, in nats, without smoothing."""
    score: float
    example: Example | None


class Validator:
    """Scores a model on the validation split; its texts are read once."""

    def __init__(self, split: Split, translator: Translator, config: Config) -> None:
        self.split, self.translator, self.config = split, translator, config
        self.settings = settings_of(config.search, beam=config.search.validation_beam)
        self.lines = split.source_lines()
        self.sources = translator.source.encode_batch(self.lines)
        self.references = split.target_lines()
        order = np.lexsort((split.source_lengths, split.target_lengths))
        self.batches = list(cut(order, split.target_lengths, size=VALIDATION_SIZE))
        self.rotation = [i for i in range(len(split)) if len(self.sources[i])]

    def validate(self, step: int) -> Validation:
        """Loss, score and one example; `step` chooses which sentence is shown."""
        model = self.translator.model.eval()
        with torch.inference_mode():
            loss = self._loss()
        metric = self.config.training.metric
        if metric == "loss":
            return Validation(loss=loss, score=loss, example=self._example(step, None))
        hypotheses = self.translator.best_lines(self.sources, self.settings)
        score = validation_score(metric, hypotheses, self.references)
        model.train()
        return Validation(loss=loss, score=score, example=self._example(step, hypotheses))

    def _loss(self) -> float:
        total, tokens = 0.0, 0
        for indices in self.batches:
            batch = make_batch(
                [self.sources[i] for i in indices],
                [self.split.target(i) for i in indices],
                indices.tolist(),
            ).to(self.translator.device)
            _, plain = batch_loss(
                self.translator.model, batch, smoothing=0.0, precision=self.translator.precision
            )
            total += float(plain)
            tokens += batch.target_tokens
        return total / max(tokens, 1)

    def _example(self, step: int, hypotheses: list[str] | None) -> Example | None:
        if not self.rotation:
            return None
        index = self.rotation[step % len(self.rotation)]
        if hypotheses is None:
            hypothesis = self.translator.best_lines([self.sources[index]], self.settings)[0]
        else:
            hypothesis = hypotheses[index]
        return Example(
            source=self.lines[index],
            reference=self.references[index],
            hypothesis=hypothesis,
        )
