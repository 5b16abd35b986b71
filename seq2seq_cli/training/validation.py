"""Scoring the validation set while training, by the same path as `s2s evaluate`.

Knows nothing of steps or of what is done with the score.
"""

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from seq2seq_cli.batching.batch import make_batch
from seq2seq_cli.batching.dataset import Split
from seq2seq_cli.batching.sampler import BatchSize, cut
from seq2seq_cli.config import Config
from seq2seq_cli.model.device import computing
from seq2seq_cli.model.job import Job
from seq2seq_cli.model.seq2seq import Seq2Seq
from seq2seq_cli.scoring.evaluation import validation_score
from seq2seq_cli.scoring.health import AttentionHealth, attention_health
from seq2seq_cli.search.forced import weight_matrices
from seq2seq_cli.search.sharing import best_of_job
from seq2seq_cli.search.translator import Translator, settings_of
from seq2seq_cli.training.events import Example
from seq2seq_cli.training.loss import decoded_loss

VALIDATION_SIZE = BatchSize(tokens=2_048)


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What one validation finds."""

    loss: float
    """Cross-entropy per target token, in nats, without smoothing."""
    score: float
    example: Example | None
    attention: AttentionHealth | None
    """In the hypotheses, or, where nothing is decoded for the score, in the forced references."""


class Validator:
    """Scores a model on the validation split; its texts are read once.

    The processes of a job share the work, and the score of the first is that of all.
    """

    def __init__(self, split: Split, translator: Translator, config: Config, job: Job) -> None:
        self.split, self.translator, self.config, self.job = split, translator, config, job
        self.model = cast(Seq2Seq, translator.model)  # what is trained is never an ensemble
        self.settings = settings_of(config.search, beam=config.search.validation_beam)
        self.lines = split.source_lines()
        self.sources = translator.source.encode_batch(self.lines)
        self.references = split.target_lines()
        order = np.lexsort((split.source_lengths, split.target_lengths))
        self.batches = list(cut(job.part(order), split.target_lengths, size=VALIDATION_SIZE))
        self.rotation = [i for i in range(len(split)) if len(self.sources[i])]

    def validate(self, step: int) -> Validation:
        """Loss, score and one example; `step` chooses which sentence is shown."""
        model = self.model.eval()
        metric = self.config.training.metric
        with torch.inference_mode():
            loss, weights = self._force(keep_weights=metric == "loss")
        score, hypotheses = loss, None
        if metric != "loss":
            best = best_of_job(self.translator, self.sources, self.settings, self.job)
            hypotheses = self.translator.texts(self.lines, best)
            score = self._score(hypotheses)
            weights = [found.token_weights for found in best if found is not None]
        health = attention_health(weights, total=self.job.sum if metric == "loss" else tuple)
        example = self._example(step, hypotheses)
        model.train()
        return Validation(loss=loss, score=score, example=example, attention=health)

    def _score(self, hypotheses: list[str]) -> float:
        metric, first = self.config.training.metric, self.job.is_first
        score = validation_score(metric, hypotheses, self.references) if first else None
        return float(self.job.share(score))

    def _force(self, *, keep_weights: bool) -> tuple[float, list[NDArray[np.float64]]]:
        """Cross-entropy per token, and the attention weights of each pair without its `</s>` row.

        Weights are copied from the device only where they are wanted.
        """
        total, tokens = 0.0, 0.0
        weights: list[NDArray[np.float64]] = []
        model, device = self.model, self.translator.device
        for indices in self.batches:
            batch = make_batch(
                [self.sources[i] for i in indices],
                [self.split.target(i) for i in indices],
                indices.tolist(),
            ).to(device)
            with computing(self.translator.precision, device):
                decoded = model(
                    batch.source, batch.source_lengths, batch.target_in, batch.target_lengths
                )
                _, plain = decoded_loss(model, decoded, batch, smoothing=0.0)
            if keep_weights:
                weights += [matrix[:-1] for matrix in weight_matrices(decoded, batch)]
            total += float(plain)
            tokens += batch.target_tokens
        total, tokens = self.job.sum([total, tokens])
        return total / max(tokens, 1), weights

    def _example(self, step: int, hypotheses: list[str] | None) -> Example | None:
        if not self.rotation:
            return None
        index = self.rotation[step % len(self.rotation)]
        if hypotheses is None:
            best = self.translator.best([self.sources[index]], self.settings)
            (hypothesis,) = self.translator.texts([self.lines[index]], best)
        else:
            hypothesis = hypotheses[index]
        return Example(
            source=self.lines[index],
            reference=self.references[index],
            hypothesis=hypothesis,
        )


def is_better(
    found: Validation, best_score: float | None, best_loss: float | None, metric: str
) -> bool:
    """Whether what was found beats the best so far; any number beats none.

    As long as the score is 0, as exact match can be for a while, a lower loss is better; with the
    metric `loss` it always is.
    """
    if best_score is None or math.isnan(best_score):
        return True
    if metric == "loss":
        return found.score < best_score
    if found.score == best_score == 0.0 and best_loss is not None:
        return found.loss < best_loss
    return found.score > best_score
