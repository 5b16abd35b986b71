"""Training speed of Joey NMT 2.3.0, by its own trainer.

Workaround on today's torch: its `plateau` scheduler passes `verbose` to torch, which torch no
longer takes; the `exponential` scheduler with a factor of 1 keeps the learning rate constant.
"""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from meter import FinishedError, Meter, count_parameters, run_driver, use_threads

SPECIALS = ("<unk>", "<pad>", "<s>", "</s>")


def configuration(job: dict[str, Any], folder: str) -> dict[str, Any]:
    """Joey NMT's configuration for this job: `bahdanau` attention with input feeding."""
    sizes = job["sizes"]
    recurrent = {"rnn_type": "gru", "num_layers": 1, "dropout": sizes["dropout"]}
    embeddings = {"embedding_dim": sizes["embedding"], "dropout": sizes["dropout"]}
    return {
        "name": "speed",
        "model_dir": f"{folder}/model",
        "use_cuda": False,
        "random_seed": job["seed"],
        "data": data_configuration(job, folder),
        "testing": {"beam_size": 1, "batch_size": sizes["batch"]},
        "training": training_configuration(job),
        "model": {
            "encoder": recurrent
            | {
                "type": "recurrent",
                "bidirectional": True,
                "hidden_size": sizes["encoder"],
                "embeddings": embeddings,
            },
            "decoder": recurrent
            | {
                "type": "recurrent",
                "attention": "bahdanau",
                "input_feeding": True,
                "init_hidden": "bridge",
                "hidden_size": sizes["decoder"],
                "hidden_dropout": sizes["dropout"],
                "embeddings": embeddings,
            },
        },
    }


def data_configuration(job: dict[str, Any], folder: str) -> dict[str, Any]:
    """Where the pieces and the vocabularies are; nothing is left to tokenize."""
    side = {"level": "word", "lowercase": False, "tokenizer_type": "none"}
    sides = {
        name: side | {"lang": name, "voc_file": f"{folder}/{name}.vocabulary"}
        for name in ("source", "target")
    }
    prefix = f"{job['stream']}/train"
    return {
        "train": prefix,
        "dev": f"{folder}/valid",
        "dataset_type": "plain",
        "src": sides["source"],
        "trg": sides["target"],
    }


def training_configuration(job: dict[str, Any]) -> dict[str, Any]:
    """How it learns; validation and reports are put off for ever."""
    never = 1_000_000
    return {
        "loss": "crossentropy",
        "normalization": "tokens",
        "optimizer": "adam",
        "learning_rate": 0.0005,
        "learning_rate_min": 0.0,
        "clip_grad_norm": 1.0,
        "scheduling": "exponential",
        "decrease_factor": 1.0,
        "batch_type": "sentence",
        "batch_size": job["sizes"]["batch"],
        "shuffle": job["batching"] == "own",
        "epochs": never,
        "logging_freq": never,
        "validation_freq": never,
        "early_stopping_metric": "loss",
    }


def write_inputs(job: dict[str, Any], folder: Path) -> None:
    """The vocabulary with Joey NMT's specials in front, and a token validation set."""
    stream = Path(job["stream"])
    for side in ("source", "target"):
        tokens = (stream / f"{side}.vocabulary").read_text(encoding="utf-8")
        text = "\n".join(SPECIALS) + "\n" + tokens
        (folder / f"{side}.vocabulary").write_text(text, encoding="utf-8")
        with (stream / f"train.{side}").open(encoding="utf-8") as lines:
            (folder / f"valid.{side}").write_text(next(lines), encoding="utf-8")


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train through Joey NMT's own loop, timed from outside."""
    use_threads(job["threads"])
    from joeynmt.training import TrainManager, train

    meter = Meter(warm_up=job["warm_up"], steps=job["steps"])
    facts: dict[str, Any] = {}
    whole_step = TrainManager._train_step

    def timed_step(self: Any, batch: Any) -> Any:
        facts["parameters"] = count_parameters(self.model)
        meter.begin_step(int(batch.ntokens))
        loss, correct = whole_step(self, batch)
        meter.add_loss(loss)
        return loss, correct

    TrainManager._train_step = timed_step
    # The loop saves its weights whenever it is left, which is no part of a step.
    TrainManager._save_checkpoint = lambda *_: None
    with tempfile.TemporaryDirectory() as folder:
        write_inputs(job, Path(folder))
        Path(folder, "model").mkdir()
        with contextlib.suppress(FinishedError):
            train(rank=0, world_size=1, cfg=configuration(job, folder), skip_test=True)
    return meter.result() | facts


if __name__ == "__main__":
    run_driver(measure)
