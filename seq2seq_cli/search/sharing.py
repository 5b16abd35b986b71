"""Searches of a job: each process searches for its share of the sources, all get all hypotheses.

Knows nothing of what is done with them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from seq2seq_cli.batching.batch import Ids
from seq2seq_cli.model.job import Job
from seq2seq_cli.search.hypothesis import Hypothesis, SearchSettings
from seq2seq_cli.search.translator import Translator


def best_of_job(
    translator: Translator, sources: Sequence[Ids], settings: SearchSettings, job: Job
) -> list[Hypothesis | None]:
    """`Translator.best`, done by all processes of a job together."""
    if job.is_alone:
        return translator.best(sources, settings)

    def search(part: Sequence[Ids]) -> list[dict[str, Any] | None]:
        found = translator.best(part, settings)
        return [None if one is None else hypothesis_to_json(one) for one in found]

    found = job.spread(sources, search)
    return [None if one is None else hypothesis_from_json(one) for one in found]


def hypothesis_to_json(found: Hypothesis) -> dict[str, Any]:
    """A hypothesis as JSON values, its figures exact."""
    return {
        "ids": list(found.ids),
        "log_probs": found.log_probs.tolist(),
        "weights": found.weights.flatten().tolist(),
        "shape": list(found.weights.shape),
        "score": found.score,
    }


def hypothesis_from_json(values: dict[str, Any]) -> Hypothesis:
    """What `hypothesis_to_json` described, taken on trust: from a process of the same job."""
    return Hypothesis(
        ids=tuple(values["ids"]),
        log_probs=np.array(values["log_probs"], dtype=np.float64),
        weights=np.array(values["weights"], dtype=np.float64).reshape(values["shape"]),
        score=values["score"],
    )
